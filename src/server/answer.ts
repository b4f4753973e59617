import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowScripts, answerNotReading, answerNotThere, isApiPath } from '../http/api.ts';
import { clientAddress } from '../http/client-address.ts';
import { setSecurityHeaders } from '../http/headers.ts';
import { splitLanguage, type Spoken } from '../http/language.ts';
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
} from '../http/requests.ts';
import { plainSpelling } from '../http/spelling.ts';
import { sendBody } from '../press/body.ts';
import { findDocument, NOT_FOUND, UNAVAILABLE } from '../press/documents.ts';
import { listProblems } from '../readiness.ts';
import { answerNotFound, refuseForm } from './refuse.ts';
import { translatorFor, type Site } from './site.ts';

/** Somebody's own pages and those of staff, which have limits of their own. */
const PERSONAL = /^\/(?:admin|confirm|my|set-up|sign-in|sign-out|subscribe|u|webhooks|_actions)(?:\/|$)/;
/** Shown in place of other pages, and never at their own paths. */
const STAND_INS = new Set([NOT_FOUND, UNAVAILABLE, '/500']);

/**
 * Answers what is not in memory at its own address: a refusal, a document that is still to be rendered, or a page of Astro's.
 *
 * @throws Busy when too many pages are being rendered; whatever a page throws.
 */
export async function answer(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { app } = site;
  setSecurityHeaders(response, app.settings.publicUrl);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  const t = translatorFor(app, request);
  if (!asOriginForm(request)) return sendText(response, 400, t('refusal.notAnAddress'));
  const spoken = splitLanguage(pathOf(request), app.messages.languages);
  if (isApiPath(spoken.path)) {
    allowScripts(response);
    if (!reading) return answerNotReading(request, response);
  }
  if (!reading && request.method !== 'POST') {
    response.setHeader('Allow', 'GET, HEAD, POST');
    return sendText(response, 405, t('refusal.method'));
  }
  return reading
    ? answerReader(site, request, response, requestId)
    : answerForm(site, request, response, requestId);
}

async function answerReader(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const path = pathOf(request);
  if (await answerFromMemory(site, request, response, path)) return;
  const spoken = splitLanguage(path, site.app.messages.languages);
  // Every document of the API is pressed, and the press has been asked.
  if (isApiPath(spoken.path)) return answerNotThere(request, response);
  const plain = plainSpelling(path);
  if (plain !== path && isTidy(plain)) return redirect(response, plain + queryOf(request));
  // The search is the one page for everybody that is rendered for each.
  if (isNoPage(path) || (isForEverybody(spoken) && spoken.path !== '/search')) {
    return answerNotFound(site, request, response, spoken.language);
  }
  return answerFromAstro(site, request, response, { requestId, spoken });
}

async function answerForm(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { app } = site;
  const path = pathOf(request);
  const spoken = splitLanguage(path, app.messages.languages);
  if (isForEverybody(spoken)) return refuseForm(app, request, response);
  if (isNoPage(path)) return answerNotFound(site, request, response, spoken.language);
  if (!limitBody(request, path)) {
    const t = translatorFor(app, request);
    return sendText(response, 413, t('refusal.tooLarge', { megabytes: bodyMegabytesMax }));
  }
  return answerFromAstro(site, request, response, { requestId, spoken });
}

async function answerFromAstro(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, spoken }: { requestId: string; spoken: Spoken },
): Promise<void> {
  const { app, handler, host, proxies, inLiveLane } = site;
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

/** Astro would serve another page under it, or scale an image, which no page of ours has done. */
function isNoPage(path: string): boolean {
  return !isTidy(path) || path === '/_image';
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
