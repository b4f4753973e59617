import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../app.ts';
import { answerFailed, isApiPath } from '../http/api.ts';
import { isForeign } from '../http/cross-site.ts';
import { splitLanguage } from '../http/language.ts';
import { pathOf, queryOf, sendText } from '../http/requests.ts';
import { NOT_FOUND } from '../press/documents.ts';
import { renderPath } from '../press/render.ts';
import { forNobody, translatorFor, type Site } from './site.ts';

const PING_MS = 1000;

/** Pressed: whoever asks for what is not there costs nothing. In plain words before the first edition. */
export function answerNotFound(
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

/** A form that was sent to a page that has none. */
export function refuseForm(app: App, request: IncomingMessage, response: ServerResponse): void {
  const t = translatorFor(app, request);
  const headers = new Headers(request.headers as Record<string, string>);
  const callsAction = new URLSearchParams(queryOf(request)).has('_action');
  if (callsAction && isForeign({ method: 'POST', headers }, app.settings.publicUrl)) {
    return sendText(response, 403, t('refusal.foreignRequest'));
  }
  response.setHeader('Allow', 'GET, HEAD');
  return sendText(response, 405, t('refusal.method'));
}

/** Our own error page with its reference; 503 while the database is away, so that everybody asks again later. */
export async function answerFailure(
  { app, handler, host }: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  if (response.headersSent) return void response.destroy();
  const away = !(await answersPing(app));
  if (away) response.setHeader('Retry-After', '30');
  const { path, language } = splitLanguage(pathOf(request), app.messages.languages);
  if (isApiPath(path)) {
    return answerFailed(request, response, away ? { away } : { away, reference: requestId });
  }
  const status = away ? 503 : 500;
  try {
    const page = await renderPath(handler, forNobody(app, requestId, language), host, '/500');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', page.type);
    response.writeHead(status).end(request.method === 'HEAD' ? undefined : page.bytes);
  } catch {
    sendText(response, status, translatorFor(app, request)('refusal.failed', { reference: requestId }));
  }
}

async function answersPing(app: App): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), PING_MS).unref());
  const pinged = app.store.ping().then(
    () => true,
    () => false,
  );
  return Promise.race([pinged, late]);
}
