import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** The built site: Astro's own handler, as the Node adapter's middleware mode exports it. */
export type PageHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
  locals?: object,
) => void | Promise<void>;

const PAGE = 'text/html; charset=utf-8';

export type Rendered = { status: number; type: string; bytes: Uint8Array };

/**
 * Renders one public path for nobody in particular: the request has no cookie, no query and no header but Host.
 * Goes through the same handler as every other page, so there is one template for everything.
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
  // Headers given to writeHead are kept beside one that was set before, and forgotten where there is none.
  response.setHeader('Content-Type', PAGE);
  const chunks: Uint8Array[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(chunk);
  };
  const finished = new Promise<void>((resolve) => {
    response.write = (chunk: unknown) => {
      keep(chunk);
      return true;
    };
    response.end = (chunk?: unknown) => {
      keep(chunk);
      resolve();
      return response;
    };
  });
  await handler(request, response, () => void response.writeHead(404).end(), locals);
  await finished;
  return {
    status: response.statusCode,
    // Astro names no character set for its pages.
    type: String(response.getHeader('content-type')).replace(/^text\/html$/, PAGE),
    bytes: Buffer.concat(chunks),
  };
}
