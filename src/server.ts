import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from './app.ts';
import { trustedProxies } from './http/client-address.ts';
import { securityHeaders } from './http/headers.ts';
import { splitLanguage } from './http/language.ts';
import { pathOf, sendText } from './http/requests.ts';
import { listen, type Answering, type WebServer } from './http/web-server.ts';
import { errorFields } from './log.ts';
import { sendBody, type Body } from './press/body.ts';
import { listKeptPaths } from './press/disk.ts';
import { openKeeper } from './press/keeper.ts';
import { Busy, lanes } from './press/lanes.ts';
import { openPress } from './press/press.ts';
import { openPurger } from './press/purge.ts';
import { renderPath, type PageHandler } from './press/render.ts';
import { answer } from './server/answer.ts';
import { answerFailure } from './server/refuse.ts';
import { forNobody, translatorFor, type Site } from './server/site.ts';

/** Pages that are rendered for whoever asks: so many at once, and so many that wait for it. */
const LIVE_MAX = 4;
const LIVE_WAITING_MAX = 100;

/** The built site: its pages and its files. */
export type Build = { handler: PageHandler; assets: ReadonlyMap<string, Body> };

/**
 * Serves the site: a file of the build, a pressed document, or else a page of Astro's.
 *
 * @param listening a server that has answered from the last edition until now.
 * @throws Error with code EADDRINUSE or EACCES when it cannot listen.
 */
export async function serve(
  app: App,
  { handler, assets }: Build,
  listening?: WebServer,
): Promise<Pick<WebServer, 'url' | 'close'>> {
  const { settings, log } = app;
  const host = new URL(settings.publicUrl).host;
  const before = await listKeptPaths(settings.editionDir);
  const keeper = openKeeper({ folder: settings.editionDir, log, assets });
  const purger = settings.cdnPurge && openPurger({ ...settings.cdnPurge, log });
  const press = await openPress({
    store: app.store,
    log,
    messages: app.messages,
    now: () => app.now(),
    headers: securityHeaders(settings.publicUrl),
    render: async (asked, db) => {
      const startedAt = performance.now();
      const { path, language } = splitLanguage(asked, app.messages.languages);
      const rendered = await renderPath(handler, forNobody({ ...app, db }, 'press', language), host, path);
      log.debug('document_rendered', { ms: Math.round(performance.now() - startedAt) });
      return rendered;
    },
    beforeSwap: (changed) => keeper.change(changed),
    onSwap(edition, changed) {
      keeper.keep(edition, changed.length > 0);
      purger?.purge(changed);
    },
    onKnown: (at) => keeper.known(at),
  });
  const site: Site = {
    app,
    handler,
    assets,
    press,
    keeper,
    inLiveLane: lanes(LIVE_MAX, LIVE_WAITING_MAX),
    host,
    proxies: trustedProxies(settings.trustedProxies),
  };
  const server = listening ?? (await listen(settings, answering(site)));
  listening?.become(answering(site));
  void press.warm(before);
  return {
    url: server.url,
    async close() {
      await server.close();
      await press.close();
      await keeper.close();
      await purger?.close();
    },
  };
}

function answering(site: Site): Answering {
  const { assets, press } = site;
  // Nearly every request ends here, at the cost of two look-ups.
  const inMemory = (url: string) => assets.get(url) ?? press.peek(url);
  return {
    inMemory,
    answer(request, response) {
      const { method, url = '/' } = request;
      const body = method === 'GET' || method === 'HEAD' ? inMemory(url) : undefined;
      if (body) sendBody(request, response, body);
      else answerLogged(site, request, response);
    },
  };
}

function answerLogged(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const { log } = site.app;
  const requestId = randomUUID().slice(0, 8);
  const startedAt = performance.now();
  response.once('close', () => {
    // The reference that our error page shows leads here, whoever has answered.
    const level = response.statusCode >= 500 && pathOf(request) !== '/readyz' ? 'error' : 'debug';
    log[level]('request', {
      requestId,
      method: request.method ?? '',
      status: response.statusCode,
      ms: Math.round(performance.now() - startedAt),
    });
  });
  answer(site, request, response, requestId).catch((error: unknown) => {
    if (error instanceof Busy && !response.headersSent) {
      response.setHeader('Retry-After', '1');
      return sendText(response, 503, translatorFor(site.app, request)('refusal.busy'));
    }
    log.error('request_failed', { requestId, ...errorFields(error) });
    return answerFailure(site, request, response, requestId);
  });
}
