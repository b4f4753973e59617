export type RawHeader = { name: string; value: string };

/**
 * The header fields of a raw message, in order, names in lower case, folded lines joined (RFC 5322 2.2.3).
 * Undefined when the head is not well formed: a stray CR, LF or NUL, a line that is no field, or no end.
 */
export function readRawHeaders(raw: Uint8Array): RawHeader[] | undefined {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes
    .subarray(0, end)
    .toString('utf8')
    .replace(/\r\n(?=[ \t])/g, '');
  const headers: RawHeader[] = [];
  for (const line of head.split('\r\n')) {
    const [, name, value] = /^([!-9;-~]+):([^\r\n\0]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    headers.push({ name: name.toLowerCase(), value: value.trim() });
  }
  return headers;
}
