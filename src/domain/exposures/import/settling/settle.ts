import { copyField, type CopyValue } from '#db/copy.ts';
import { randomInt } from 'node:crypto';
import { NORM_VERSION } from '#src/text/email-address.ts';
import { drawBytes } from '#src/trust/random.ts';
import type { Key } from '#src/trust/seal.ts';
import { flags } from '../../rules.ts';
import { BLOCK_ADDRESSES, sealOriginals } from '../../sealed-block.ts';
import { Batches, type BatchFigures } from './batches.ts';
import type { BatchTellings } from './batch-tellings.ts';
import { missedItsReader } from '../fates.ts';
import { Parts, PARTS } from './parts.ts';
import { peopleIn, type Person } from './people.ts';

/** Rows of COPY's text that go out together. */
const ROWS_TOGETHER = 4000;
/** Rows of sealed blocks that go out together: as many bytes. */
const BLOCKS_TOGETHER = 100;

export type Target = { listId: string; keyVersion: number; dataKey: Key | undefined };

/** What an import comes to. */
export type Settled = { batches: BatchFigures; people: PeopleFigures; unmatched: number };

export type PeopleFigures = { addresses: number; exposed: number; named: number };

/** Tables that an import fills, with the columns of the rows it writes. */
export const WRITTEN = {
  exposures: ['list_id', 'address_key', 'batch_no', 'key_version', 'norm_version', 'flags', 'measures'],
  leaked_batches: ['list_id', 'batch_no', 'size', 'delivered', 'stopped', 'sent_at'],
  sealed_originals: ['list_id', 'id', 'sealed_address'],
} as const;

export type WrittenTable = keyof typeof WRITTEN;

/** Takes rows in COPY's text format; what it waits for, the next rows wait for. */
export type Writer = (table: WrittenTable, rows: Uint8Array<ArrayBuffer>) => Promise<void>;

type OnPart = (part: number) => void;

/** Counts the leaked batches, which decide who was exposed. Returns how many lines of the delivery file found nobody. */
export function settleBatches(
  parts: Parts,
  tellings: BatchTellings,
  onPart: OnPart,
): { batches: Batches; unmatched: number } {
  const batches = new Batches();
  let unmatched = 0;
  for (let part = 0; part < PARTS; part += 1) {
    for (const person of peopleIn(parts.read(part), tellings)) {
      for (const { batchNo, fate, sentAt } of person.copies) batches.count(batchNo, fate, sentAt);
      unmatched += person.unmatched;
    }
    onPart((part + 1) / PARTS);
  }
  return { batches, unmatched: unmatched + tellings.unmatched(batches) };
}

/** Counts the people and, where a target is given, writes everything of it: exposures in the order of their keys. */
export async function settlePeople(
  {
    parts,
    tellings,
    batches,
    folder,
  }: { parts: Parts; tellings: BatchTellings; batches: Batches; folder: string },
  target: Target | undefined,
  write: Writer,
  onPart: OnPart,
): Promise<PeopleFigures> {
  const total: PeopleFigures = { addresses: 0, exposed: 0, named: 0 };
  const originals = new Parts(folder);
  const rows = new Rows('exposures', ROWS_TOGETHER, write);
  const share = target?.dataKey ? 0.8 : 1;
  try {
    if (target) await writeBatches(batches, target, write);
    for (let part = 0; part < PARTS; part += 1) {
      for (const person of peopleIn(parts.read(part), tellings)) {
        if (person.copies.length === 0) continue;
        const exposed = person.copies.some(({ batchNo }) => !batches.isStopped(batchNo));
        total.addresses += 1;
        if (exposed) total.exposed += 1;
        if (exposed && person.copies.some((copy) => copy.containsName)) total.named += 1;
        if (!target) continue;
        addExposures(rows, person, target);
        if (exposed && person.address) keepOriginal(originals, person.address);
        if (rows.full) await rows.flush();
      }
      onPart(((part + 1) / PARTS) * share);
    }
    await rows.flush();
    if (target?.dataKey) {
      await writeOriginals(originals, target.listId, target.dataKey, write, (part) =>
        onPart(share + part * (1 - share)),
      );
    }
    return total;
  } finally {
    originals.close();
  }
}

function addExposures(rows: Rows, { addressKey, copies, measures }: Person, target: Target): void {
  const written = measures && JSON.stringify(measures);
  for (const { batchNo, containsName, fate } of copies) {
    const bits = (containsName ? flags.containsName : 0) + (missedItsReader(fate) ? flags.ownCopyBounced : 0);
    rows.add([target.listId, addressKey, batchNo, target.keyVersion, NORM_VERSION, bits, written]);
  }
}

async function writeBatches(batches: Batches, { listId }: Target, write: Writer): Promise<void> {
  const rows = new Rows('leaked_batches', ROWS_TOGETHER, write);
  for (const { batchNo, size, delivered, stopped, sentAt } of batches.rows()) {
    rows.add([listId, batchNo, size, delivered, stopped, sentAt]);
    if (rows.full) await rows.flush();
  }
  await rows.flush();
}

/** Into a part by chance, so that nothing of an original tells where its exposure stands. */
function keepOriginal(originals: Parts, address: Buffer): void {
  const room = originals.room(drawBytes(1)[0] as number, address.length + 1);
  room[0] = address.length;
  address.copy(room, 1);
}

/** Sealed a hundred together, shuffled, in the order of the blocks' random ids. */
async function writeOriginals(
  originals: Parts,
  listId: string,
  dataKey: Key,
  write: Writer,
  onPart: OnPart,
): Promise<void> {
  const rows = new Rows('sealed_originals', BLOCKS_TOGETHER, write);
  let waiting: string[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    waiting.push(...shuffled(addressesIn(originals.read(part))));
    const whole = part === PARTS - 1 ? waiting.length : waiting.length - (waiting.length % BLOCK_ADDRESSES);
    const ids = idsIn(part, Math.ceil(whole / BLOCK_ADDRESSES));
    for (const [block, id] of ids.entries()) {
      const from = block * BLOCK_ADDRESSES;
      const addresses = waiting.slice(from, Math.min(whole, from + BLOCK_ADDRESSES));
      rows.add([listId, id, sealOriginals(dataKey, id, addresses)]);
      if (rows.full) await rows.flush();
    }
    waiting = waiting.slice(whole);
    onPart((part + 1) / PARTS);
  }
  await rows.flush();
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

/** Rows of one table on their way to it. */
class Rows {
  readonly #table: WrittenTable;
  readonly #together: number;
  readonly #write: Writer;
  #rows: string[] = [];

  constructor(table: WrittenTable, together: number, write: Writer) {
    this.#table = table;
    this.#together = together;
    this.#write = write;
  }

  get full(): boolean {
    return this.#rows.length >= this.#together;
  }

  add(values: readonly CopyValue[]): void {
    this.#rows.push(`${values.map(copyField).join('\t')}\n`);
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    // A buffer of its own, which can be handed to another thread.
    const rows = new TextEncoder().encode(this.#rows.join(''));
    this.#rows = [];
    await this.#write(this.#table, rows);
  }
}
