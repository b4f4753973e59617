import { randomInt } from 'node:crypto';
import { drawBytes } from '#src/trust/random.ts';
import type { Key } from '#src/trust/seal.ts';
import { BLOCK_ADDRESSES, sealOriginals } from '../../sealed-block.ts';
import { Parts, PARTS } from './parts.ts';
import { Rows, type Writer } from './rows.ts';

/** Blocks that go out together: as many bytes as exposures. */
const BLOCKS_TOGETHER = 100;

/** The addresses of exposed people, or of those in one segment, until they are sealed. `address` is UTF-8, of at most 254 bytes. */
export class Originals {
  readonly #parts: Parts;
  readonly #segmentId: string | null;

  /** `segmentId`: null for everybody. */
  constructor(folder: string, segmentId: string | null = null) {
    this.#parts = new Parts(folder);
    this.#segmentId = segmentId;
  }

  /** Into a part by chance, so that nothing of an original tells where its exposure stands. */
  keep(address: Buffer): void {
    const room = this.#parts.room(drawBytes(1)[0] as number, address.length + 1);
    room[0] = address.length;
    address.copy(room, 1);
  }

  /** Sealed a hundred together, shuffled, in the order of the blocks' random ids. */
  async write(listId: string, dataKey: Key, write: Writer, onPart: (part: number) => void): Promise<void> {
    const rows = new Rows('sealed_originals', BLOCKS_TOGETHER, write);
    let waiting: string[] = [];
    for (let part = 0; part < PARTS; part += 1) {
      waiting.push(...shuffled(addressesIn(this.#parts.read(part))));
      const rest = part === PARTS - 1 ? 0 : waiting.length % BLOCK_ADDRESSES;
      const whole = waiting.length - rest;
      for (const [block, id] of idsIn(part, Math.ceil(whole / BLOCK_ADDRESSES)).entries()) {
        const from = block * BLOCK_ADDRESSES;
        const addresses = waiting.slice(from, Math.min(whole, from + BLOCK_ADDRESSES));
        rows.add([listId, id, sealOriginals(dataKey, id, addresses, this.#segmentId), this.#segmentId]);
        if (rows.full) await rows.flush();
      }
      waiting = waiting.slice(whole);
      onPart((part + 1) / PARTS);
    }
    await rows.flush();
  }

  close(): void {
    this.#parts.close();
  }
}

/** Random ids in their order, and behind those of the parts before. */
function idsIn(part: number, count: number): Buffer[] {
  const ids = Array.from({ length: count }, () => Buffer.concat([Buffer.of(part), drawBytes(15)]));
  return ids.sort(Buffer.compare);
}

function addressesIn(records: Buffer): string[] {
  const addresses: string[] = [];
  for (let at = 0; at < records.length;) {
    const end = at + 1 + (records[at] as number);
    addresses.push(records.toString('utf8', at + 1, end));
    at = end;
  }
  return addresses;
}

/** Fisher and Yates. */
function shuffled<Item>(items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [items[last], items[other]] = [items[other] as Item, items[last] as Item];
  }
  return items;
}
