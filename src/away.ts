import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '#db/client.ts';
import { openApp, type App, type AppOptions } from './app.ts';
import { allowScripts, answerFailed, isApiPath } from './http/api.ts';
import { securityHeaders, setSecurityHeaders } from './http/headers.ts';
import { splitLanguage } from './http/language.ts';
import { pathOf, sendText } from './http/requests.ts';
import { listen, type Answering, type WebServer } from './http/web-server.ts';
import { openLog } from './log.ts';
import { openMessages, type Messages } from './messages/messages.ts';
import { plainMessage } from './plain-errors.ts';
import { sendBody, type Body } from './press/body.ts';
import { openLastEdition, type LastEdition } from './press/last-edition.ts';
import { staleEdition } from './readiness.ts';
import type { Settings } from './settings.ts';

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 15_000;

/** The app, and the server that has answered until it could be opened. */
export type Opened = { app: App; listening: WebServer | undefined };

/**
 * Opens the app. Does PostgreSQL not answer, and is there an edition on disk, then that is served until it does: this may
 * take for ever.
 *
 * @throws StoreError, KeyStoreError when there is nothing to serve meanwhile.
 */
export async function openOrServeLast(
  settings: Settings,
  options: AppOptions,
  assets: ReadonlyMap<string, Body> | undefined,
): Promise<Opened> {
  try {
    return { app: await openApp(settings, options), listening: undefined };
  } catch (error) {
    if (!assets || !(error instanceof StoreError && error.code === 'unreachable')) throw error;
    const log = options.log ?? openLog(settings.logLevel);
    const messages = options.messages ?? openMessages();
    const last = await openLastEdition(settings.editionDir, {
      log,
      messages,
      headers: securityHeaders(settings.publicUrl),
    });
    if (!last) throw error;
    const listening = await listen(settings, answerFromLast(last, assets, messages, settings.publicUrl));
    log.warn('serving_last_edition', { asOf: last.asOf.toISOString(), why: error.message });
    return { app: await openWhenBack(settings, { ...options, log }), listening };
  }
}

async function openWhenBack(settings: Settings, options: AppOptions & Required<Pick<AppOptions, 'log'>>) {
  for (let waitMs = RETRY_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
    await delay(waitMs);
    try {
      return await openApp(settings, options);
    } catch (error) {
      options.log.warn('database_still_away', { why: plainMessage(error) });
    }
  }
}

function answerFromLast(
  last: LastEdition,
  assets: ReadonlyMap<string, Body>,
  messages: Messages,
  publicUrl: string,
): Answering {
  return {
    inMemory: (url) => assets.get(url) ?? last.find(url),
    answer(request, response) {
      const path = pathOf(request);
      const reading = request.method === 'GET' || request.method === 'HEAD';
      const body = reading ? (assets.get(path) ?? last.find(path)) : undefined;
      if (body) sendBody(request, response, body);
      else {
        setSecurityHeaders(response, publicUrl);
        answerAway(request, response, last, messages);
      }
    },
  };
}

function answerAway(
  request: IncomingMessage,
  response: ServerResponse,
  last: LastEdition,
  messages: Messages,
): void {
  const path = pathOf(request);
  if (path === '/healthz') return sendText(response, 200, 'ok');
  if (path === '/readyz') {
    return sendText(response, 503, `database: does not answer\n${staleEdition(last.asOf)}`);
  }
  response.setHeader('Retry-After', '30');
  if (isApiPath(path)) {
    allowScripts(response);
    return answerFailed(request, response, { away: true });
  }
  const { language } = splitLanguage(path, messages.languages);
  const page = last.unavailable(language);
  if (!page) return sendText(response, 503, messages.in(language ?? 'en')('failure.away'));
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', page.type);
  response.writeHead(503).end(request.method === 'HEAD' ? undefined : page.identity);
}
