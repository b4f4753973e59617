import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from './app.ts';
import type { Asset } from './http/assets.ts';
import { clientAddress, trustedProxies, type TrustedProxies } from './http/client-address.ts';
import { setSecurityHeaders } from './http/headers.ts';
import { splitLanguage } from './http/language.ts';
import {
  asOriginForm,
  bodyTooLarge,
  forgetProxyHeaders,
  headerOf,
  limitBody,
  pathOf,
  queryOf,
  sendText,
} from './http/requests.ts';
import { errorFields } from './log.ts';
import { sendBody } from './press/body.ts';
import { findDocument } from './press/documents.ts';
import { openPress, type Press } from './press/press.ts';
import { renderPath, type PageHandler } from './press/render.ts';
import { listProblems } from './readiness.ts';

const DOCUMENT_CACHE = 'public, max-age=5, stale-while-revalidate=60, stale-if-error=3600';
const PING_MS = 1000;

export type WebServer = { url: string; close(): Promise<void> };

/** What every request is answered from. */
type Site = {
  app: App;
  handler: PageHandler;
  assets: ReadonlyMap<string, Asset>;
  press: Press;
  proxies: TrustedProxies;
  /** From PUBLIC_URL. */
  host: string;
};

/**
 * Serves the site: a file of the build, a pressed document, or else a page of Astro's.
 *
 * @throws Error with code EADDRINUSE or EACCES when it cannot listen.
 */
export async function serve(
  app: App,
  handler: PageHandler,
  assets: ReadonlyMap<string, Asset>,
): Promise<WebServer> {
  const { settings, log } = app;
  const host = new URL(settings.publicUrl).host;
  const press = await openPress({
    store: app.store,
    log,
    render: (asked) => {
      const { path, language } = splitLanguage(asked, app.messages.languages);
      return renderPath(handler, forNobody(app, 'press', language), host, path);
    },
  });
  const site: Site = { app, handler, assets, press, host, proxies: trustedProxies(settings.trustedProxies) };
  const server = createServer((request, response) => {
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
      log.error('request_failed', { requestId, ...errorFields(error) });
      return answerFailure(site, request, response, requestId);
    });
  });
  server.requestTimeout = 0; // An upload takes as long as it takes; idle connections end by the other time-outs.
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 10_000;
  await listen(server, settings.port, settings.host);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 5000).unref();
      await closed;
      await press.close();
    },
  };
}

async function answer(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { app, handler, host, proxies } = site;
  setSecurityHeaders(response, app.settings.publicUrl);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  if (!reading && request.method !== 'POST') {
    response.setHeader('Allow', 'GET, HEAD, POST');
    return sendText(response, 405, 'Pages are read and forms are sent here, nothing else.');
  }
  if (!asOriginForm(request)) return sendText(response, 400, 'This is not the address of a page.');
  const path = pathOf(request);
  if (reading && (await answerFromMemory(site, request, response, path))) return;
  if (!reading && !limitBody(request, path)) return sendText(response, 413, bodyTooLarge);
  const peer = request.socket.remoteAddress ?? '';
  const address = clientAddress(peer, headerOf(request, 'x-forwarded-for'), proxies);
  forgetProxyHeaders(request, host);
  const spoken = splitLanguage(path, app.messages.languages);
  if (spoken.language) request.url = spoken.path + queryOf(request);
  const locals = { app, pressed: false, clientAddress: address, requestId, spoken: spoken.language };
  // No database takes a NUL, so nothing is found under it; and no page of ours has Astro scale an image.
  if (path.includes('%00') || path === '/_image')
    return answerNotFound(site, request, response, requestId, spoken.language);
  let unmatched = false;
  await handler(request, response, () => (unmatched = true), locals);
  if (unmatched) await answerNotFound(site, request, response, requestId, spoken.language);
}

/** Health, a file of the build, or a document; false when it is none of these. */
async function answerFromMemory(
  { app, assets, press }: Site,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  if (path === '/healthz') {
    sendText(response, 200, 'ok');
    return true;
  }
  if (path === '/readyz') {
    const problems = await listProblems(app, press);
    sendText(response, problems.length === 0 ? 200 : 503, problems.join('\n') || 'ready');
    return true;
  }
  const asset = assets.get(path);
  const document = asset ? undefined : findDocument(path);
  const body = asset?.body ?? (document && (await press.find(document)));
  if (!body) return false;
  response.setHeader('Cache-Control', asset?.cacheControl ?? DOCUMENT_CACHE);
  sendBody(request, response, body);
  return true;
}

/** Astro answers a path it has no route for without our locals; asked for its 404 page it has them. */
async function answerNotFound(
  { app, handler, host }: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  language: string | undefined,
): Promise<void> {
  const page = await renderPath(handler, forNobody(app, requestId, language), host, '/404');
  if (page.status !== 404) throw new Error(`The page for what is not there ended with status ${page.status}`);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', page.type);
  response.writeHead(404).end(request.method === 'HEAD' ? undefined : page.bytes);
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
  const status = away ? 503 : 500;
  try {
    const { language } = splitLanguage(pathOf(request), app.messages.languages);
    const page = await renderPath(handler, forNobody(app, requestId, language), host, '/500');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', page.type);
    response.writeHead(status).end(request.method === 'HEAD' ? undefined : page.bytes);
  } catch {
    sendText(
      response,
      status,
      `Something failed on our side, and nothing was changed. Reference: ${requestId}`,
    );
  }
}

/** What a page is given that is the same for everybody. */
function forNobody(app: App, requestId: string, language: string | undefined): object {
  return { app, pressed: true, clientAddress: '', requestId, spoken: language };
}

async function answersPing(app: App): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), PING_MS).unref());
  const pinged = app.store.ping().then(
    () => true,
    () => false,
  );
  return Promise.race([pinged, late]);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
