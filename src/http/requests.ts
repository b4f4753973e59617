import type { IncomingMessage, ServerResponse } from 'node:http';

const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** The one place where a large body is expected; it is read as it arrives and never kept. */
const UPLOAD_PATH = '/admin/exposures/upload';
const UPLOAD_BYTES_MAX = 20 * 1024 * 1024 * 1024;
/** For a form; an upload takes as long as it takes. */
const BODY_MS_MAX = 60_000;

export const bodyMegabytesMax = BODY_BYTES_MAX / 1024 / 1024;

/** A proxy may ask by the whole address (RFC 9112, 3.2.2). Astro would take such a request for one of the home page. */
export function asOriginForm(request: IncomingMessage): boolean {
  const url = request.url ?? '/';
  if (url.startsWith('/')) return true;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return false;
  const { pathname, search } = new URL(url);
  request.url = pathname + search;
  return true;
}

/** Without query and without a slash at its end. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * False for a path that Astro would tidy up into another page's (dots, doubled slashes), and for one with a NUL in it, however often it is
 * encoded: no database takes one, so nothing is found under it.
 */
export function isTidy(path: string): boolean {
  if (path.includes('//') || /%(?:25)*00/.test(path)) return false;
  return new URL(path, 'http://localhost').pathname === path;
}

/** With its question mark; empty when there is none. */
export function queryOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? '' : url.slice(query);
}

/** Links, cookies and redirects come from PUBLIC_URL: what a client writes into these headers is not for Astro to see. */
export function forgetProxyHeaders(request: IncomingMessage, host: string): void {
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith('x-forwarded-') || name === 'forwarded') delete request.headers[name];
  }
  request.headers.host = host;
}

/** False when the body is announced as too large; one that turns out so, or drips, while it is read is cut off. */
export function limitBody(request: IncomingMessage, path: string): boolean {
  const bytesMax = path === UPLOAD_PATH ? UPLOAD_BYTES_MAX : BODY_BYTES_MAX;
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return false;
  if (path !== UPLOAD_PATH) {
    const late = setTimeout(() => request.destroy(), BODY_MS_MAX);
    request.once('end', () => clearTimeout(late));
    request.once('close', () => clearTimeout(late));
  }
  let bytes = 0;
  const emit = request.emit.bind(request);
  request.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === 'data' && values[0] instanceof Uint8Array) {
      bytes += values[0].byteLength;
      if (bytes > bytesMax) {
        request.destroy();
        return false;
      }
    }
    return emit(event, ...values);
  };
  return true;
}

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.writeHead(status).end(`${text}\n`);
}
