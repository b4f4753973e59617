import { type Source, UnreadableSource } from './lines.ts';

const SAVE_AS_UTF8 = 'Save it as UTF-8 (“CSV UTF-8” in a spreadsheet program) and import it again.';

export const EMPTY_PROBLEM = 'the file is empty. Choose another file.';
export const NUL_PROBLEM = `it holds NUL bytes, as UTF-16 text and spreadsheet files do. ${SAVE_AS_UTF8}`;
export const NOT_UTF8_PROBLEM = `it is not UTF-8 text. ${SAVE_AS_UTF8}`;

/** The bytes without a UTF-8 byte order mark. @throws UnreadableSource when there are none, or they are marked as UTF-16. */
export async function* opened(source: Source): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array();
  let begun = false;
  for await (const chunk of source.bytes) {
    if (begun) {
      yield chunk;
      continue;
    }
    head = joined([head, chunk]);
    if (head.length < 3) continue;
    begun = true;
    yield withoutMark(source.name, head);
  }
  if (head.length === 0) throw new UnreadableSource(source.name, undefined, EMPTY_PROBLEM);
  if (!begun) yield withoutMark(source.name, head);
}

function withoutMark(name: string, head: Uint8Array): Uint8Array {
  const [first, second, third] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new UnreadableSource(name, 1, `the file is UTF-16 text. ${SAVE_AS_UTF8}`);
  }
  return first === 0xef && second === 0xbb && third === 0xbf ? head.subarray(3) : head;
}

/** Always a copy: what a stream hands out may be written over. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
