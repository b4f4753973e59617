import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { preferredEncoding, type Encoding } from './encoding.ts';

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Header names and values in turn, as `writeHead` takes them. */
export type FlatHeaders = readonly string[];

/** What goes out in one encoding, headers and all: nothing is left to be worked out for a request. */
type Answer = {
  bytes: Uint8Array;
  headers: string[];
  notModified: string[];
  /** The same as they stand on the wire, for those who write them themselves: without Date and what is about the connection. */
  head: Buffer;
  notModifiedHead: Buffer;
};

/** Bytes ready to be served in three encodings, each with a strong ETag of its own. */
export type Body = {
  type: string;
  hash: string;
  /** Headers that every answer carries, 304 as well. */
  shared: FlatHeaders;
  identity: Uint8Array;
  gzip: Uint8Array;
  br: Uint8Array;
  answers: Readonly<Record<Encoding, Answer>>;
};

/** Compresses off the event loop. Brotli 5 takes a hundredth of what 11 takes, for a few per cent of size. */
export async function makeBody(type: string, identity: Uint8Array, shared: FlatHeaders = []): Promise<Body> {
  const squeezed = isSqueezed(type);
  const [gzipped, brotlied] = squeezed
    ? [identity, identity]
    : await Promise.all([
        compressGzip(identity, { level: 6 }),
        compressBrotli(identity, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: 5,
            [constants.BROTLI_PARAM_LGWIN]: windowOf(identity.byteLength),
            [constants.BROTLI_PARAM_SIZE_HINT]: identity.byteLength,
          },
        }),
      ]);
  const hash = createHash('sha256').update(identity).digest('base64url').slice(0, 22);
  const plain = answerOf(type, `"${hash}"`, identity, undefined, shared);
  return {
    type,
    hash,
    shared,
    identity,
    gzip: gzipped,
    br: brotlied,
    answers: {
      identity: plain,
      gzip: squeezed ? plain : answerOf(type, `"${hash}-gzip"`, gzipped, 'gzip', shared),
      br: squeezed ? plain : answerOf(type, `"${hash}-br"`, brotlied, 'br', shared),
    },
  };
}

/** A window no larger than the text: the memory for it is taken and cleared each time. */
function windowOf(bytes: number): number {
  const bits = Math.ceil(Math.log2(bytes + 1));
  return Math.min(constants.BROTLI_MAX_WINDOW_BITS, Math.max(constants.BROTLI_MIN_WINDOW_BITS, bits));
}

/** Pictures and fonts are compressed as they are. */
function isSqueezed(type: string): boolean {
  return /^(?:image\/(?!svg)|font\/woff2)/.test(type);
}

function answerOf(
  type: string,
  etag: string,
  bytes: Uint8Array,
  encoding: string | undefined,
  shared: FlatHeaders,
): Answer {
  const always = ['ETag', etag, 'Vary', 'Accept-Encoding', ...shared];
  const headers = [
    'Content-Type',
    type,
    'Content-Length',
    String(bytes.byteLength),
    ...(encoding === undefined ? [] : ['Content-Encoding', encoding]),
    ...always,
  ];
  return {
    bytes,
    headers,
    notModified: always,
    head: headOf('200 OK', headers),
    notModifiedHead: headOf('304 Not Modified', always),
  };
}

function headOf(status: string, headers: FlatHeaders): Buffer {
  let head = `HTTP/1.1 ${status}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return Buffer.from(head, 'latin1');
}

/** Chooses as `sendBody` does, for a GET. */
export function responseOf(
  body: Body,
  asked: { acceptEncoding: string | undefined; ifNoneMatch: string | undefined },
): { head: Buffer; bytes: Uint8Array | undefined } {
  const answer = body.answers[preferredEncoding(asked.acceptEncoding)];
  if (asked.ifNoneMatch !== undefined && matches(asked.ifNoneMatch, body.hash))
    return { head: answer.notModifiedHead, bytes: undefined };
  return { head: answer.head, bytes: answer.bytes };
}

/** Answers GET and HEAD: 304 when the reader has these bytes already, else the encoding it prefers. */
export function sendBody(request: IncomingMessage, response: ServerResponse, body: Body): void {
  const answer = body.answers[preferredEncoding(request.headers['accept-encoding'])];
  const known = request.headers['if-none-match'];
  if (known !== undefined && matches(known, body.hash)) {
    response.writeHead(304, answer.notModified).end();
    return;
  }
  response.writeHead(200, answer.headers);
  response.end(request.method === 'HEAD' ? undefined : answer.bytes);
}

function matches(header: string, hash: string): boolean {
  return header
    .slice(0, 2000)
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === `"${hash}"` || tag === `"${hash}-gzip"` || tag === `"${hash}-br"`);
}
