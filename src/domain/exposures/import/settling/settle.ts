import { copyField } from '#db/copy.ts';
import { NORM_VERSION } from '#src/text/email-address.ts';
import type { Key } from '#src/trust/seal.ts';
import { flags } from '../../rules.ts';
import { missedItsReader } from '../fates.ts';
import { SEGMENTS_MAX } from '../segments.ts';
import type { BatchTellings } from './batch-tellings.ts';
import { Batches, type BatchFigures } from './batches.ts';
import { Originals } from './originals.ts';
import { Parts, PARTS } from './parts.ts';
import { peopleIn, type Person } from './people.ts';
import { Rows, type Writer } from './rows.ts';

/** Rows of exposures that go out together: half a megabyte. */
const ROWS_TOGETHER = 4000;
/** Of the work of writing, before the originals. */
const EXPOSURES_SHARE = 0.8;

/** What was read, and a folder for more of it than memory is meant for. */
export type Kept = { parts: Parts; tellings: BatchTellings; folder: string };

/** The list that is written. `dataKey`: originals are sealed with it, those of a segment once more under its id. */
export type Target = {
  listId: string;
  keyVersion: number;
  dataKey: Key | undefined;
  segmentIds: readonly string[];
};

/** `segments`: how many of the exposed are in each, by its bit. */
export type PeopleFigures = { addresses: number; exposed: number; named: number; segments: number[] };

/** What an import comes to. `unmatched`: lines of the delivery file that found nobody. */
export type Settled = { batches: BatchFigures; people: PeopleFigures; unmatched: number };

type OnPart = (part: number) => void;

/** The leaked batches of the people who have been added. */
export class Count {
  readonly batches = new Batches();
  #unmatched = 0;

  add({ copies, unmatched }: Person): void {
    for (const { batchNo, fate, sentAt } of copies) this.batches.count(batchNo, fate, sentAt);
    this.#unmatched += unmatched;
  }

  /** When everybody has been added. */
  unmatched(tellings: BatchTellings): number {
    return this.#unmatched + tellings.unmatched(this.batches);
  }
}

/** Counts before anything is written: which batches were stopped, as whole ones, decides who was exposed. */
export function countAll({ parts, tellings }: Kept, onPart: OnPart): Count {
  const count = new Count();
  for (let part = 0; part < PARTS; part += 1) {
    for (const person of peopleIn(parts.read(part), tellings)) count.add(person);
    onPart((part + 1) / PARTS);
  }
  return count;
}

/**
 * Counts the people and, where a target is given, writes everything of it: exposures in the order of their keys. `counted` is left
 * out where no line says that a copy was stopped: then nobody has to be looked at twice.
 */
export async function settle(
  { parts, tellings, folder }: Kept,
  counted: Count | undefined,
  target: Target | undefined,
  write: Writer,
  onPart: OnPart,
): Promise<Settled> {
  const people: PeopleFigures = {
    addresses: 0,
    exposed: 0,
    named: 0,
    segments: Array.from({ length: SEGMENTS_MAX }, () => 0),
  };
  const count = counted ?? new Count();
  const originals = new Originals(folder);
  const ofSegments = (target?.segmentIds ?? []).map((id) => new Originals(folder, id));
  const rows = new Rows('exposures', ROWS_TOGETHER, write);
  const share = target?.dataKey ? EXPOSURES_SHARE : 1;
  try {
    for (let part = 0; part < PARTS; part += 1) {
      for (const person of peopleIn(parts.read(part), tellings)) {
        if (!counted) count.add(person);
        if (person.copies.length === 0) continue;
        const exposed = !counted || person.copies.some(({ batchNo }) => !counted.batches.isStopped(batchNo));
        people.addresses += 1;
        if (exposed) people.exposed += 1;
        if (exposed && person.copies.some((copy) => copy.containsName)) people.named += 1;
        if (exposed && person.segments !== 0) addToSegments(person, people.segments, ofSegments);
        if (!target) continue;
        addExposures(rows, person, target);
        if (exposed && person.address) originals.keep(person.address);
        if (rows.full) await rows.flush();
      }
      onPart(((part + 1) / PARTS) * share);
    }
    await rows.flush();
    if (target) await writeBatches(count.batches, target, write);
    if (target?.dataKey) {
      const sealed = [originals, ...ofSegments];
      for (const [index, each] of sealed.entries()) {
        const onOriginals = (part: number) => onPart(share + ((index + part) / sealed.length) * (1 - share));
        await each.write(target.listId, target.dataKey, write, onOriginals);
      }
    }
    return { batches: count.batches.figures(), people, unmatched: count.unmatched(tellings) };
  } finally {
    for (const each of [originals, ...ofSegments]) each.close();
  }
}

/** Counts an exposed person in each of their segments and, where these are written, keeps the address once more for each. */
function addToSegments(
  { segments, address }: Person,
  counts: number[],
  ofSegments: readonly Originals[],
): void {
  for (let index = 0; index < SEGMENTS_MAX; index += 1) {
    if ((segments & (1 << index)) === 0) continue;
    counts[index]! += 1;
    if (address) ofSegments[index]?.keep(address);
  }
}

function addExposures(rows: Rows, person: Person, { listId, keyVersion }: Target): void {
  // Only measures come from outside; the rest is ours, and needs no look at what must be escaped.
  const measures = copyField(person.measures && JSON.stringify(person.measures));
  const before = `${listId}\t\\\\x${person.addressKey.toString('hex')}\t`;
  for (const { batchNo, containsName, fate } of person.copies) {
    const bits = (containsName ? flags.containsName : 0) + (missedItsReader(fate) ? flags.ownCopyBounced : 0);
    rows.addText(`${before}${batchNo}\t${keyVersion}\t${NORM_VERSION}\t${bits}\t${measures}`);
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
