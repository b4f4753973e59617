import { type Source, UnreadableSource } from './lines.ts';

const SAVE_AS_UTF8 = 'Save it as UTF-8 (“CSV UTF-8” in a spreadsheet program) and import it again.';

export const EMPTY_PROBLEM = 'the file is empty. Choose another file.';
export const NUL_PROBLEM = `it holds NUL bytes, as UTF-16 text and spreadsheet files do. ${SAVE_AS_UTF8}`;
export const NOT_UTF8_PROBLEM = `it is not UTF-8 text. ${SAVE_AS_UTF8}`;
export const MIXED_PROBLEM = `it is not UTF-8 text, and lines before it are: the file mixes encodings. Convert its parts one by one and join them again. ${SAVE_AS_UTF8}`;

const HEAD_BYTES = 4;

/** What a file is that no ending we read belongs to, by the bytes it begins with. */
const SIGNATURES: readonly { bytes: readonly number[]; problem: string }[] = [
  { bytes: [0xff, 0xfe], problem: `the file is UTF-16 text. ${SAVE_AS_UTF8}` },
  { bytes: [0xfe, 0xff], problem: `the file is UTF-16 text. ${SAVE_AS_UTF8}` },
  {
    bytes: [0x1f, 0x8b],
    problem: 'what it holds is compressed with gzip (once more). Unpack it, or end its name in one .gz.',
  },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    problem:
      'the file is a ZIP archive or a spreadsheet. Unpack it, or save the spreadsheet as “CSV UTF-8”, and import that.',
  },
];

/**
 * The bytes without a UTF-8 byte order mark.
 *
 * @throws UnreadableSource when there are none, or they begin as UTF-16 text, an archive or a spreadsheet does.
 */
export async function* opened(source: Source): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array();
  let begun = false;
  for await (const chunk of source.bytes) {
    if (begun) {
      yield chunk;
      continue;
    }
    head = joined([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    begun = true;
    yield withoutMark(source.name, head);
  }
  if (head.length === 0) throw new UnreadableSource(source.name, undefined, EMPTY_PROBLEM);
  if (!begun) yield withoutMark(source.name, head);
}

function withoutMark(name: string, head: Uint8Array): Uint8Array {
  for (const { bytes, problem } of SIGNATURES) {
    if (beginsWith(head, bytes)) throw new UnreadableSource(name, 1, problem);
  }
  return beginsWith(head, [0xef, 0xbb, 0xbf]) ? head.subarray(3) : head;
}

export function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
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
