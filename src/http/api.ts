import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, HEAD, OPTIONS';
const DAY_S = 86_400;

export function isApiPath(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

/** Scripts of any site may read the API: it says the same to everybody, and takes no cookie. */
export function allowScripts(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Expose-Headers', 'ETag');
}

/** There is nothing at this path. */
export const notThere = {
  code: 'not_found',
  message: 'There is no such document. /api/forthright/v1/openapi.json lists ours.',
};

export function answerNotThere(request: IncomingMessage, response: ServerResponse): void {
  sendJson(request, response, 404, notThere);
}

/** 503 while the database is away, otherwise 500 with the reference that leads to the log. */
export function answerFailed(
  request: IncomingMessage,
  response: ServerResponse,
  failure: { away: true } | { away: false; reference: string },
): void {
  if (failure.away) {
    const message = 'Our database does not answer. Ask again in a minute.';
    sendJson(request, response, 503, { code: 'unavailable', message });
  } else {
    const message = `Something failed on our side. Reference: ${failure.reference}`;
    sendJson(request, response, 500, { code: 'failed', message });
  }
}

/** What is not GET or HEAD. A script that sends If-None-Match has its browser ask first. */
export function answerNotReading(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Allow', METHODS);
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Access-Control-Max-Age', DAY_S);
    response.writeHead(204).end();
    return;
  }
  const body = { code: 'method_not_allowed', message: 'This is read with GET or HEAD, and nothing else.' };
  sendJson(request, response, 405, body);
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
}
