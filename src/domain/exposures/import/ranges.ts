/** A part of the space of keys: from (included) to (excluded), compared as PostgreSQL compares bytea. */
export type KeyRange = { from: Uint8Array; to: Uint8Array };

const PREFIXES = 2 ** 32;

/**
 * Cuts the space of keys into parts that hold about `rowsPerRange` of `rows` rows each. Keys are HMACs or random, and so
 * spread evenly; an address never stands in two parts.
 */
export function* keyRanges(rows: number, rowsPerRange: number): Generator<KeyRange> {
  const ranges = Math.max(1, Math.ceil(rows / rowsPerRange));
  for (let index = 0; index < ranges; index += 1) {
    const last = index === ranges - 1;
    // One byte longer than any key: nothing lies beyond it.
    const to = last ? Buffer.alloc(33, 0xff) : prefix(((index + 1) / ranges) * PREFIXES);
    yield { from: prefix((index / ranges) * PREFIXES), to };
  }
}

function prefix(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.floor(value));
  return bytes;
}
