import { hash } from 'node:crypto';

/** What is looked for: beginnings of hashes, and pieces of text. */
export type Wanted = { beginnings: ReadonlySet<string>; filter: Uint8Array; pieces: readonly Buffer[] };

/** Of each hash so many bytes: two that agree by chance do not occur, and a shortened one is found too. */
const BEGINNING = 12;
/** A filter of this many bits lets one in a hundred places through to the exact look-up. */
const FILTER_BITS = 27;
const ALGORITHMS = ['md5', 'sha1', 'sha256'] as const;

/** Every unkeyed hash of each text, and pieces of text one of which is in every one of them, in whichever case. */
export function wantedOf(texts: Iterable<string>, pieces: readonly string[]): Wanted {
  const beginnings = new Set<string>();
  const filter = new Uint8Array(1 << (FILTER_BITS - 3));
  for (const text of texts) {
    for (const algorithm of ALGORITHMS) {
      const digest = hash(algorithm, text, 'buffer');
      beginnings.add(digest.toString('latin1', 0, BEGINNING));
      const place = digest.readUInt32BE(0) >>> (32 - FILTER_BITS);
      filter[place >>> 3] = (filter[place >>> 3] ?? 0) | (1 << (place & 7));
    }
  }
  return { beginnings, filter, pieces: pieces.map((piece) => Buffer.from(piece)) };
}

/**
 * What somebody finds who has these bytes: hashes and pieces as they are, and written in hexadecimal digits or base64, wherever
 * they begin. Each as `what: where`.
 */
export function findIn(bytes: Buffer, wanted: Wanted): string[] {
  const found = findPlain(bytes, wanted, 'as it is');
  for (const run of runsOf(bytes, isHexDigit, 8)) {
    // Whatever stands before it can be half a byte.
    for (const from of [0, 1])
      found.push(
        ...findPlain(Buffer.from(run.toString('latin1', from), 'hex'), wanted, 'in hexadecimal digits'),
      );
  }
  for (const run of runsOf(bytes, isBase64Digit, 8)) {
    for (const from of [0, 1, 2, 3])
      found.push(...findPlain(Buffer.from(run.toString('latin1', from), 'base64'), wanted, 'in base64'));
  }
  return [...new Set(found)];
}

function findPlain(bytes: Buffer, { beginnings, filter, pieces }: Wanted, where: string): string[] {
  const found: string[] = [];
  for (const piece of pieces) if (bytes.includes(piece)) found.push(`${piece.toString()}: ${where}`);
  let four = 0;
  // `at` is the fourth byte of what may begin there.
  for (let at = 0; at <= bytes.length - BEGINNING + 3; at += 1) {
    four = ((four << 8) | (bytes[at] as number)) >>> 0;
    const place = four >>> (32 - FILTER_BITS);
    if (((filter[place >>> 3] as number) & (1 << (place & 7))) === 0 || at < 3) continue;
    if (beginnings.has(bytes.toString('latin1', at - 3, at - 3 + BEGINNING))) found.push(`a hash: ${where}`);
  }
  return found;
}

const isHexDigit = digitsOf('0123456789abcdefABCDEF');
const isBase64Digit = digitsOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_');

function digitsOf(digits: string): Uint8Array {
  const is = new Uint8Array(256);
  for (const digit of digits) is[digit.charCodeAt(0)] = 1;
  return is;
}

/** The longest runs of such digits, of so many at least. */
function* runsOf(bytes: Buffer, isDigit: Uint8Array, least: number): Generator<Buffer> {
  let from = -1;
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && isDigit[bytes[at] as number] === 1) {
      if (from < 0) from = at;
    } else if (from >= 0) {
      if (at - from >= least) yield bytes.subarray(from, at);
      from = -1;
    }
  }
}
