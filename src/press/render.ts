import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { DEPENDS_ON, type Dependency } from '#src/domain/editions.ts';

/** The built site: Astro's own handler, as the Node adapter's middleware mode exports it. */
export type PageHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
  locals?: object,
) => void | Promise<void>;

const PAGE = 'text/html; charset=utf-8';

/** Headers of a rendering that its document keeps. The others belong to one answer: dates, lengths, caching. */
const KEPT = [
  'access-control-allow-origin',
  'access-control-expose-headers',
  'content-disposition',
  'content-language',
  'x-robots-tag',
];

export type Rendered = {
  status: number;
  type: string;
  /** By their names in lower case, but for the type's. */
  headers: Readonly<Record<string, string>>;
  bytes: Uint8Array;
  /** Beyond what its path tells: single things that it is about as well, which it names itself. */
  dependsOn?: readonly Dependency[];
};

/**
 * Renders one public path for nobody in particular: the request has no cookie, no query and no header but Host.
 * Goes through the same handler as every other page, so there is one template for everything.
 *
 * @throws Error when the page breaks off.
 */
export async function renderPath(
  handler: PageHandler,
  locals: object,
  host: string,
  path: string,
): Promise<Rendered> {
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  request.url = path;
  request.headers = { host };
  const response = new ServerResponse(request);
  const chunks: Uint8Array[] = [];
  const given = new Map<string, string>();
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(chunk);
  };
  let finished = false;
  response.writeHead = (status: number, headers?: unknown) => {
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers ?? {})) given.set(name.toLowerCase(), String(value));
    return response;
  };
  response.write = (chunk: unknown) => {
    keep(chunk);
    return true;
  };
  response.end = (chunk?: unknown) => {
    keep(chunk);
    finished = true;
    return response;
  };
  await handler(request, response, () => void response.writeHead(404).end(), locals);
  // Astro ends a page that fails in its middle without an end.
  if (!finished) throw new Error('A page broke off while it was rendered.');
  const headerOf = (name: string) => given.get(name) ?? response.getHeader(name)?.toString();
  return {
    status: response.statusCode,
    // Astro names no character set for its pages.
    type: (headerOf('content-type') ?? PAGE).replace(/^text\/html$/, PAGE),
    headers: Object.fromEntries(
      KEPT.flatMap((name) => {
        const value = headerOf(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    bytes: Buffer.concat(chunks),
    dependsOn: (headerOf(DEPENDS_ON)?.split(' ') ?? []) as Dependency[],
  };
}
