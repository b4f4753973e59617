/** A request for a document as browsers, feed readers and caches make them. */
export type PlainGet = { url: string; acceptEncoding: string | undefined; ifNoneMatch: string | undefined };

const BYTES_MAX = 8192;
/** A field line as RFC 9112 has it, and nothing that somebody could read otherwise. */
const FIELD = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const REQUEST_LINE = /^GET (\/[\x21-\x7e]*) HTTP\/1\.1\r\n/;
/** What changes where a request ends, or how it is answered. */
const UNUSUAL = new Set([
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'range',
  'te',
  'trailer',
]);

/**
 * Reads one whole GET request of HTTP/1.1 without a body; undefined for everything else, and whenever in doubt: half a request,
 * two of them, another method or version, a connection that is to be closed.
 */
export function parsePlainGet(chunk: Buffer): PlainGet | undefined {
  if (chunk.length > BYTES_MAX || chunk[0] !== 0x47) return undefined;
  const text = chunk.toString('latin1');
  const [line = '', url = ''] = REQUEST_LINE.exec(text) ?? [];
  if (url === '') return undefined;
  const request: PlainGet = { url, acceptEncoding: undefined, ifNoneMatch: undefined };
  let hosts = 0;
  FIELD.lastIndex = line.length;
  let end = line.length;
  for (let field = FIELD.exec(text); field; field = FIELD.exec(text)) {
    end = FIELD.lastIndex;
    const name = (field[1] as string).toLowerCase();
    const value = field[2] as string;
    if (name === 'host') hosts += 1;
    else if (name === 'accept-encoding') {
      if (request.acceptEncoding !== undefined) return undefined;
      request.acceptEncoding = value;
    } else if (name === 'if-none-match') {
      if (request.ifNoneMatch !== undefined) return undefined;
      request.ifNoneMatch = value;
    } else if (name === 'connection') {
      if (value.toLowerCase() !== 'keep-alive') return undefined;
    } else if (UNUSUAL.has(name)) return undefined;
  }
  const isWhole = end === text.length - 2 && text.endsWith('\r\n');
  return isWhole && hosts === 1 ? request : undefined;
}
