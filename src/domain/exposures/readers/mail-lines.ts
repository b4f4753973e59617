import { Buffer, isUtf8 } from 'node:buffer';

/** Of a line of a body only its beginning is looked at, for `From `. */
export const BODY_LINE_BYTES_MAX = 500;

const USUAL_FIELDS =
  /^(?:x-|arc-|list-|content-|resent-|(?:dkim-signature|domainkey-signature|return-path|received|delivered-to|envelope-to|authentication-results|message-id|mime-version|date|from|sender|reply-to|to|cc|bcc|subject|status)$)/;

export function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (bytes[at] !== text.charCodeAt(at)) return false;
  return true;
}

/** RFC 5322: printable ASCII and a colon; blanks before the colon are of old. */
export function fieldNameOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).toString('latin1');
  return /^([!-9;-~]+)[ \t]*:/.exec(start)?.[1]?.toLowerCase();
}

/** Whether a header is likely to begin with this field: a line of a body with a colon in it is not. */
export function isUsualField(name: string): boolean {
  return USUAL_FIELDS.test(name);
}

/** `From somebody Fri Nov  1 06:00:00 2019`, with or without a zone. */
export function hasDate(bytes: Uint8Array): boolean {
  const start = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.length, BODY_LINE_BYTES_MAX),
  ).toString('latin1');
  return /\s\w{3}\s+\w{3}\s+\d{1,2}\s+\d{2}:\d{2}(?::\d{2})?\s(?:.{0,20}\s)?\d{4}(?:\s.{0,10})?$/.test(start);
}

const western = new TextDecoder('windows-1252');

/** Mail older than RFC 6532 holds bytes of other encodings; read as Western European they lose nothing. */
export function headerText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) return western.decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
