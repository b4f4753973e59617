import { ScratchFile, type Place } from '#src/trust/scratch-file.ts';

/** One part for each value of a record's first byte. */
export const PARTS = 256;

/** What a part holds in memory before it goes to the scratch file: all of them together stay under five megabytes. */
const PIECE_BYTES = 16 * 1024;

type Part = { piece: Buffer; used: number; places: Place[] };

/**
 * Records sorted by their first byte, in constant memory: small ones never touch the disk, what is more goes to an encrypted file
 * without a name. Records of one part come back in the order they were written.
 */
export class Parts {
  readonly #folder: string;
  readonly #parts: Part[] = Array.from({ length: PARTS }, () => ({
    piece: Buffer.alloc(0),
    used: 0,
    places: [],
  }));
  #file: ScratchFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Room for one record, which the caller fills before asking for more. @throws ScratchFailed */
  room(part: number, bytes: number): Buffer {
    const into = this.#parts[part] as Part;
    if (into.used + bytes > into.piece.length) this.#turnOver(into, bytes);
    const room = into.piece.subarray(into.used, into.used + bytes);
    into.used += bytes;
    return room;
  }

  /** Everything in the part. It stays there. @throws ScratchFailed */
  read(part: number): Buffer {
    const { places, piece, used } = this.#parts[part] as Part;
    const rest = piece.subarray(0, used);
    if (places.length === 0 || !this.#file) return rest;
    const file = this.#file;
    return Buffer.concat([...places.map((place) => file.read(place)), rest]);
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Pieces begin small, so that a small import takes little. */
  #turnOver(part: Part, bytes: number): void {
    if (part.used > 0 && part.piece.length < PIECE_BYTES) {
      const larger = Buffer.allocUnsafe(Math.max(part.used + bytes, Math.min(PIECE_BYTES, part.used * 4)));
      part.piece.copy(larger, 0, 0, part.used);
      part.piece = larger;
      return;
    }
    if (part.used > 0) {
      this.#file ??= new ScratchFile(this.#folder);
      part.places.push(this.#file.append(part.piece.subarray(0, part.used)));
      part.used = 0;
    }
    if (part.piece.length < bytes) part.piece = Buffer.allocUnsafe(Math.max(1024, bytes));
  }
}
