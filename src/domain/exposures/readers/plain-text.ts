import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { UnreadableSource } from './lines.ts';
import { MIXED_PROBLEM, NOT_UTF8_PROBLEM, NUL_PROBLEM } from './opened.ts';

/** No line of a list is longer: what is would be held in memory until it ends. */
export const LINE_BYTES_MAX = 1_000_000;

const LF = 0x0a;
export const CR = 0x0d;

/** Any line ending. */
export const LINE_ENDING = /\r\n|\n|\r/g;

/** The text of a file piece by piece, each of whole lines. */
export class PlainText {
  readonly #name: string;
  #beyondAscii = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** `line` is that of its first. @throws UnreadableSource naming the line of a NUL byte, or the first that is not UTF-8. */
  read(bytes: Uint8Array, line: number): string {
    const piece = bufferOf(bytes);
    const nul = piece.indexOf(0);
    if (nul !== -1)
      throw new UnreadableSource(this.#name, line + lineEndsIn(piece.subarray(0, nul)), NUL_PROBLEM);
    if (isAscii(piece)) return piece.toString('latin1');
    if (!isUtf8(piece)) throw this.#notUtf8(piece, line);
    this.#beyondAscii = true;
    return piece.toString('utf8');
  }

  #notUtf8(piece: Buffer, line: number): UnreadableSource {
    let from = 0;
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, from)) {
      if (!isUtf8(piece.subarray(from, at))) break;
      from = at + 1;
    }
    const before = piece.subarray(0, from);
    const mixed = this.#beyondAscii || !isAscii(before);
    return new UnreadableSource(
      this.#name,
      line + lineEndsIn(before),
      mixed ? MIXED_PROBLEM : NOT_UTF8_PROBLEM,
    );
  }
}

/** Behind the last line that ends between the two, or 0. A CR at the very end of the bytes waits for its LF. */
export function endOfLines(bytes: Uint8Array, from: number, until: number): number {
  for (let at = until - 1; at >= from; at -= 1) {
    if (bytes[at] === LF || (bytes[at] === CR && at + 1 < bytes.length)) return at + 1;
  }
  return 0;
}

/** For a refusal only. */
export function lineEndsIn(bytes: Uint8Array): number {
  return bufferOf(bytes).toString('latin1').match(LINE_ENDING)?.length ?? 0;
}

/** The same bytes, not a copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
