import type { IncomingMessage } from 'node:http';
import type { App } from '../app.ts';
import type { TrustedProxies } from '../http/client-address.ts';
import { splitLanguage } from '../http/language.ts';
import { pathOf } from '../http/requests.ts';
import type { Translate } from '../messages/messages.ts';
import type { Body } from '../press/body.ts';
import type { Keeper } from '../press/keeper.ts';
import type { lanes } from '../press/lanes.ts';
import type { Press } from '../press/press.ts';
import type { PageHandler } from '../press/render.ts';

/** What every request is answered from. */
export type Site = {
  app: App;
  handler: PageHandler;
  assets: ReadonlyMap<string, Body>;
  press: Press;
  keeper: Keeper;
  inLiveLane: ReturnType<typeof lanes>;
  proxies: TrustedProxies;
  /** From PUBLIC_URL. */
  host: string;
};

/** What a page is given that is the same for everybody. */
export function forNobody(app: App, requestId: string, language: string | undefined): object {
  return { app, pressed: true, clientAddress: '', requestId, spoken: language };
}

/** Of the language that the path begins with; English without one: the site's own is not known before it is asked for. */
export function translatorFor({ messages }: App, request: IncomingMessage): Translate {
  return messages.in(splitLanguage(pathOf(request), messages.languages).language ?? 'en');
}
