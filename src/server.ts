import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from './app.ts';
import { allowScripts, answerFailed, answerNotReading, answerNotThere, isApiPath } from './http/api.ts';
import { isForeign } from './http/cross-site.ts';
import { clientAddress, trustedProxies, type TrustedProxies } from './http/client-address.ts';
import { securityHeaders, setSecurityHeaders } from './http/headers.ts';
import { splitLanguage, type Spoken } from './http/language.ts';
import {
  asOriginForm,
  bodyMegabytesMax,
  forgetProxyHeaders,
  headerOf,
  isTidy,
  limitBody,
  pathOf,
  queryOf,
  sendText,
} from './http/requests.ts';
import { plainSpelling } from './http/spelling.ts';
import { listen, type Answering, type WebServer } from './http/web-server.ts';
import { errorFields } from './log.ts';
import type { Translate } from './messages/messages.ts';
import { sendBody, type Body } from './press/body.ts';
import { listKeptPaths } from './press/disk.ts';
import { findDocument, NOT_FOUND, UNAVAILABLE } from './press/documents.ts';
import { openKeeper, type Keeper } from './press/keeper.ts';
import { Busy, lanes } from './press/lanes.ts';
import { openPress, type Press } from './press/press.ts';
import { openPurger } from './press/purge.ts';
import { renderPath, type PageHandler } from './press/render.ts';
import { listProblems } from './readiness.ts';

const PING_MS = 1000;
/** Pages that are rendered for whoever asks: so many at once, and so many that wait for it. */
const LIVE_MAX = 4;
const LIVE_WAITING_MAX = 100;
/** Somebody's own pages and those of staff, which have limits of their own. */
const PERSONAL = /^\/(?:admin|confirm|my|set-up|sign-in|sign-out|subscribe|u|webhooks|_actions)(?:\/|$)/;
/** Shown in place of other pages, and never at their own paths. */
const STAND_INS = new Set([NOT_FOUND, UNAVAILABLE, '/500']);

/** What every request is answered from. */
type Site = {
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
  return (request, response) => {
    const { method, url = '/' } = request;
    const body = method === 'GET' || method === 'HEAD' ? (assets.get(url) ?? press.peek(url)) : undefined;
    // Nearly every request ends here, at the cost of two look-ups.
    if (body) sendBody(request, response, body);
    else answerLogged(site, request, response);
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

async function answer(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { app, handler, host, proxies, inLiveLane } = site;
  setSecurityHeaders(response, app.settings.publicUrl);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  const t = translatorFor(app, request);
  if (isApiPath(pathOf(request))) {
    allowScripts(response);
    if (!reading) return answerNotReading(request, response);
  }
  if (!reading && request.method !== 'POST') {
    response.setHeader('Allow', 'GET, HEAD, POST');
    return sendText(response, 405, t('refusal.method'));
  }
  if (!asOriginForm(request)) return sendText(response, 400, t('refusal.notAnAddress'));
  const path = pathOf(request);
  if (reading && (await answerFromMemory(site, request, response, path))) return;
  // Every document of the API is pressed.
  if (isApiPath(path)) return answerNotThere(request, response);
  const plain = plainSpelling(path);
  if (plain !== path && isTidy(plain)) return redirect(response, plain + queryOf(request));
  const spoken = splitLanguage(path, app.messages.languages);
  const isPublic = isForEverybody(spoken);
  if (!reading && isPublic) return refuseForm(app, request, response);
  // The press has been asked. No page of ours has Astro scale an image.
  if (!isTidy(path) || path === '/_image' || (isPublic && spoken.path !== '/search')) {
    return answerNotFound(site, request, response, spoken.language);
  }
  if (!reading && !limitBody(request, path)) {
    return sendText(response, 413, t('refusal.tooLarge', { megabytes: bodyMegabytesMax }));
  }
  const peer = request.socket.remoteAddress ?? '';
  const address = clientAddress(peer, headerOf(request, 'x-forwarded-for'), proxies);
  forgetProxyHeaders(request, host);
  if (spoken.language) request.url = spoken.path + queryOf(request);
  const locals = { app, pressed: false, clientAddress: address, requestId, spoken: spoken.language };
  let unmatched = false;
  const render = async () => handler(request, response, () => (unmatched = true), locals);
  await (PERSONAL.test(spoken.path) ? render() : inLiveLane(render));
  if (unmatched) answerNotFound(site, request, response, spoken.language);
}

/** The same for all, and without a form: documents, what stands in for them, and the search. */
function isForEverybody({ path }: Spoken): boolean {
  return path === '/search' || STAND_INS.has(path) || findDocument(path) !== undefined;
}

function refuseForm(app: App, request: IncomingMessage, response: ServerResponse): void {
  const t = translatorFor(app, request);
  const headers = new Headers(request.headers as Record<string, string>);
  const callsAction = new URLSearchParams(queryOf(request)).has('_action');
  if (callsAction && isForeign({ method: 'POST', headers }, app.settings.publicUrl)) {
    return sendText(response, 403, t('refusal.foreignRequest'));
  }
  response.setHeader('Allow', 'GET, HEAD');
  return sendText(response, 405, t('refusal.method'));
}

function redirect(response: ServerResponse, location: string): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Location', location);
  response.writeHead(308).end();
}

/** Health, a file of the build, or a document; false when it is none of these. */
async function answerFromMemory(
  { app, assets, press, keeper }: Site,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  if (path === '/healthz') {
    sendText(response, 200, 'ok');
    return true;
  }
  if (path === '/readyz') {
    const problems = await listProblems(app, press, keeper);
    sendText(response, problems.length === 0 ? 200 : 503, problems.join('\n') || 'ready');
    return true;
  }
  const body = assets.get(path) ?? (await press.find(path));
  if (body) sendBody(request, response, body);
  return body !== undefined;
}

/** Pressed: whoever asks for what is not there costs nothing. In plain words before the first edition. */
function answerNotFound(
  { app, press }: Site,
  request: IncomingMessage,
  response: ServerResponse,
  language: string | undefined,
): void {
  const page = press.standIn(NOT_FOUND, language);
  if (!page) return sendText(response, 404, app.messages.in(language ?? 'en')('notFound.title'));
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', page.type);
  response.writeHead(404).end(request.method === 'HEAD' ? undefined : page.identity);
}

/** Our own error page with its reference; 503 while the database is away, so that everybody asks again later. */
async function answerFailure(
  { app, handler, host }: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  if (response.headersSent) return void response.destroy();
  const away = !(await answersPing(app));
  if (away) response.setHeader('Retry-After', '30');
  if (isApiPath(pathOf(request))) {
    return answerFailed(request, response, away ? { away } : { away, reference: requestId });
  }
  const status = away ? 503 : 500;
  try {
    const { language } = splitLanguage(pathOf(request), app.messages.languages);
    const page = await renderPath(handler, forNobody(app, requestId, language), host, '/500');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', page.type);
    response.writeHead(status).end(request.method === 'HEAD' ? undefined : page.bytes);
  } catch {
    sendText(response, status, translatorFor(app, request)('refusal.failed', { reference: requestId }));
  }
}

/** What a page is given that is the same for everybody. */
export function forNobody(app: App, requestId: string, language: string | undefined): object {
  return { app, pressed: true, clientAddress: '', requestId, spoken: language };
}

/** Of the language that the path begins with; English without one: the site's own is not known before it is asked for. */
function translatorFor({ messages }: App, request: IncomingMessage): Translate {
  return messages.in(splitLanguage(pathOf(request), messages.languages).language ?? 'en');
}

async function answersPing(app: App): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), PING_MS).unref());
  const pinged = app.store.ping().then(
    () => true,
    () => false,
  );
  return Promise.race([pinged, late]);
}
