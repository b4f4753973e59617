import type { Measures } from '../../rules.ts';
import { earlier, toldFate, type BatchTellings } from './batch-tellings.ts';
import { FATES, joinedFate } from '../fates.ts';
import { inOrderOfKeys, keptAt, keyAt, sameKey, type Kept } from './record.ts';

/** An address in one leaked batch, with what became of the copy. */
export type Copy = { batchNo: number; containsName: boolean; fate: number; sentAt: number };

/** Everything an import knows of one address. */
export type Person = {
  addressKey: Buffer;
  /** In the order of the batches. Empty: only the delivery file knows the address. */
  copies: readonly Copy[];
  measures: Measures | undefined;
  /** A bit for each segment. */
  segments: number;
  /** UTF-8, where it will be sealed. */
  address: Buffer | undefined;
  /** Lines of the delivery file that found no copy. */
  unmatched: number;
};

/** The people of one part, in the order of their keys. */
export function* peopleIn(records: Buffer, tellings: BatchTellings): Generator<Person> {
  const order = inOrderOfKeys(records);
  for (let from = 0; from < order.length;) {
    const first = order[from] as number;
    let to = from + 1;
    while (to < order.length && sameKey(records, first, order[to] as number)) to += 1;
    const kept: Kept[] = [];
    for (let index = from; index < to; index += 1) kept.push(keptAt(records, order[index] as number));
    yield personOf(keyAt(records, first), kept, tellings);
    from = to;
  }
}

function personOf(addressKey: Buffer, kept: readonly Kept[], tellings: BatchTellings): Person {
  const listed = kept.filter((line) => !line.told);
  const told = kept.length === listed.length ? [] : kept.filter((line) => line.told);
  const copies = listedCopies(listed);
  for (const copy of copies) applyTold(copy, told, tellings);
  const matched = (line: Kept) => copies.some((copy) => tellsOf(line, copy));
  const toldOfIt = told.filter(matched);
  return {
    addressKey,
    copies,
    measures: mergedMeasures([
      ...listed.map((line) => line.measures),
      ...toldOfIt.map((line) => line.measures),
      ...copies.flatMap(({ batchNo }) => tellings.of(batchNo)?.measures ?? []),
    ]),
    segments: joinedSegments(listed, toldOfIt, copies, tellings),
    address: listed.find((line) => line.address)?.address,
    unmatched: told.length - toldOfIt.length,
  };
}

/** Of every segment that any of its lines speaks for, or what is told of it or of a batch it stood in. */
function joinedSegments(
  listed: readonly Kept[],
  toldOfIt: readonly Kept[],
  copies: readonly Copy[],
  tellings: BatchTellings,
): number {
  let segments = 0;
  for (const line of listed) segments |= line.segments;
  for (const line of toldOfIt) segments |= line.segments;
  for (const { batchNo } of copies) segments |= tellings.of(batchNo)?.segments ?? 0;
  return segments;
}

/** An address once in each batch. */
function listedCopies(listed: readonly Kept[]): Copy[] {
  const copies = new Map<number, Copy>();
  for (const { batchNo, containsName, fate, sentAt } of listed) {
    const copy = copies.get(batchNo);
    if (copy) {
      copy.containsName ||= containsName;
      copy.fate |= fate;
      copy.sentAt = earlier(copy.sentAt, sentAt);
    } else copies.set(batchNo, { batchNo, containsName, fate, sentAt });
  }
  const found = [...copies.values()];
  for (const copy of found) copy.fate = joinedFate(copy.fate);
  return found.length === 1 ? found : found.sort((a, b) => a.batchNo - b.batchNo);
}

/** What is told about the address stands over what is told about its batch, and that over the mailing itself. */
function applyTold(copy: Copy, told: readonly Kept[], tellings: BatchTellings): void {
  const ofBatch = tellings.of(copy.batchNo);
  if (ofBatch?.said) {
    copy.fate = toldFate(ofBatch.said);
    if (!Number.isNaN(ofBatch.sentAt)) copy.sentAt = ofBatch.sentAt;
  }
  let said = 0;
  let sentAt = Number.NaN;
  for (const line of told) {
    if (!tellsOf(line, copy) || line.fate === FATES.unknown) continue;
    said |= line.fate;
    sentAt = earlier(sentAt, line.sentAt);
  }
  if (said === 0) return;
  copy.fate = toldFate(said);
  if (!Number.isNaN(sentAt)) copy.sentAt = sentAt;
}

const tellsOf = (told: Kept, copy: Copy) => told.batchNo === 0 || told.batchNo === copy.batchNo;

/** Several values of one name stand beside each other, each once. */
function mergedMeasures(said: readonly (Measures | undefined)[]): Measures | undefined {
  const given = said.filter((measures) => measures !== undefined);
  if (given.length <= 1) return given[0];
  const values = new Map<string, Set<string>>();
  for (const measures of given) {
    for (const [name, value] of Object.entries(measures)) {
      const known = values.get(name);
      if (known) known.add(value);
      else values.set(name, new Set([value]));
    }
  }
  return Object.fromEntries([...values].map(([name, each]) => [name, [...each].sort().join('; ')]));
}
