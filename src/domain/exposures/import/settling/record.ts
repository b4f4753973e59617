import type { Measures } from '../../rules.ts';
import type { Parts } from './parts.ts';

/**
 * What is kept of a line while an import works: an address in a leaked batch, or what a delivery file tells of an address. The
 * address itself is there only when it will be sealed.
 */
export type Line = {
  addressKey: Uint8Array;
  /** 0: every batch. Only in what is told. */
  batchNo: number;
  told: boolean;
  containsName: boolean;
  /** Of `FATES`. */
  fate: number;
  /** Milliseconds; NaN where nothing is said. */
  sentAt: number;
  /** JSON. */
  measures: string | undefined;
  /** A bit for each segment that the line speaks for. */
  segments: number;
  address: string | undefined;
};

/** The same, read back. */
export type Kept = Pick<Line, 'batchNo' | 'told' | 'containsName' | 'fate' | 'sentAt' | 'segments'> & {
  measures: Measures | undefined;
  /** UTF-8. */
  address: Buffer | undefined;
};

const KEY_BYTES = 32;
const FATE_AT = KEY_BYTES + 4;
const BITS_AT = FATE_AT + 1;
const SEGMENTS_AT = BITS_AT + 1;
const ADDRESS_AT = SEGMENTS_AT + 1;
const HEAD_BYTES = ADDRESS_AT + 1;
const SENT_BYTES = 8;
const MEASURES_BYTES = 4;

/** 2^32 prefixes times as many places are the whole numbers that a double holds. */
const PLACES = 2 ** 21;

const TOLD = 1;
const NAME = 2;
const SENT = 4;
const MEASURES = 8;

/** head: key (32), batch (4), fate (1), bits (1), segments (1), length of the address (1); then moment (8), measures (4 and JSON), address. */
export function keepLine(parts: Parts, line: Line): void {
  const { addressKey, sentAt, address } = line;
  const sent = !Number.isNaN(sentAt);
  const measures = line.measures === undefined ? undefined : Buffer.from(line.measures);
  const addressBytes = address === undefined ? 0 : Buffer.byteLength(address);
  const bytes =
    HEAD_BYTES + (sent ? SENT_BYTES : 0) + (measures ? MEASURES_BYTES + measures.length : 0) + addressBytes;
  const record = parts.room(addressKey[0] as number, bytes);
  record.set(addressKey, 0);
  record.writeInt32BE(line.batchNo, KEY_BYTES);
  record[FATE_AT] = line.fate;
  record[BITS_AT] =
    (line.told ? TOLD : 0) | (line.containsName ? NAME : 0) | (sent ? SENT : 0) | (measures ? MEASURES : 0);
  record[SEGMENTS_AT] = line.segments;
  record[ADDRESS_AT] = addressBytes;
  let at = HEAD_BYTES;
  if (sent) at = record.writeDoubleBE(sentAt, at);
  if (measures) {
    at = record.writeUInt32BE(measures.length, at);
    at += measures.copy(record, at);
  }
  if (address !== undefined) record.write(address, at, 'utf8');
}

export function keptAt(records: Buffer, at: number): Kept {
  const bits = records[at + BITS_AT] as number;
  let next = at + HEAD_BYTES;
  let sentAt = Number.NaN;
  if (bits & SENT) {
    sentAt = records.readDoubleBE(next);
    next += SENT_BYTES;
  }
  let measures: Measures | undefined;
  if (bits & MEASURES) {
    const end = next + MEASURES_BYTES + records.readUInt32BE(next);
    measures = JSON.parse(records.toString('utf8', next + MEASURES_BYTES, end)) as Measures;
    next = end;
  }
  const addressBytes = records[at + ADDRESS_AT] as number;
  return {
    batchNo: records.readInt32BE(at + KEY_BYTES),
    told: (bits & TOLD) !== 0,
    containsName: (bits & NAME) !== 0,
    fate: records[at + FATE_AT] as number,
    sentAt,
    measures,
    segments: records[at + SEGMENTS_AT] as number,
    address: addressBytes === 0 ? undefined : records.subarray(next, next + addressBytes),
  };
}

/** Where the records of a part begin, in the order of their keys. */
export function inOrderOfKeys(records: Buffer): Uint32Array {
  const starts: number[] = [];
  for (let at = 0; at < records.length; at = endOf(records, at)) starts.push(at);
  // Four bytes after the first, which all of a part share, sort as numbers; the few that are alike are looked at whole.
  if (starts.length > PLACES) throw new RangeError('More lines than an import can take: 500 million.');
  const order = new Float64Array(starts.length);
  for (let index = 0; index < order.length; index += 1) {
    order[index] = records.readUInt32BE((starts[index] as number) + 1) * PLACES + index;
  }
  order.sort();
  const sorted = Uint32Array.from(order, (value) => starts[value % PLACES] as number);
  settleLikes(records, sorted);
  return sorted;
}

export function sameKey(records: Buffer, one: number, other: number): boolean {
  return records.compare(records, one, one + KEY_BYTES, other, other + KEY_BYTES) === 0;
}

export function keyAt(records: Buffer, at: number): Buffer {
  return records.subarray(at, at + KEY_BYTES);
}

function settleLikes(records: Buffer, sorted: Uint32Array): void {
  const prefix = (index: number) => records.readUInt32BE((sorted[index] as number) + 1);
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && prefix(to) === prefix(from)) to += 1;
    if (to - from > 1) {
      const likes = sorted.subarray(from, to);
      const others = likes.some((at) => !sameKey(records, at, likes[0] as number));
      if (others) {
        likes.set(
          [...likes].sort((a, b) => records.compare(records, b, b + KEY_BYTES, a, a + KEY_BYTES) || a - b),
        );
      }
    }
    from = to;
  }
}

function endOf(records: Buffer, at: number): number {
  const bits = records[at + BITS_AT] as number;
  let end = at + HEAD_BYTES + (records[at + ADDRESS_AT] as number);
  if (bits & SENT) end += SENT_BYTES;
  if (bits & MEASURES) {
    const measuresAt = at + HEAD_BYTES + (bits & SENT ? SENT_BYTES : 0);
    end += MEASURES_BYTES + records.readUInt32BE(measuresAt);
  }
  return end;
}
