import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { FATES, joinedFate } from '#src/domain/exposures/import/fates.ts';
import { Batches } from '#src/domain/exposures/import/settling/batches.ts';
import { BatchTellings } from '#src/domain/exposures/import/settling/batch-tellings.ts';
import { Parts, PARTS } from '#src/domain/exposures/import/settling/parts.ts';
import { peopleIn, type Person } from '#src/domain/exposures/import/settling/people.ts';
import { keepLine } from '#src/domain/exposures/import/settling/record.ts';
import { countAll } from '#src/domain/exposures/import/settling/settle.ts';

const folder = mkdtempSync(join(tmpdir(), 'forthright-settling-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Few keys, some alike in their first five bytes, so that people have many lines. */
const keys = Array.from({ length: 6 }, (_, person) => {
  const key = Buffer.alloc(32, 7);
  key[0] = person % 2;
  key[31] = person;
  return key;
});

const fates = Object.values(FATES);
const anyLine = fc.record({
  person: fc.nat({ max: keys.length - 1 }),
  batchNo: fc.integer({ min: 1, max: 4 }),
  told: fc.boolean(),
  everyBatch: fc.boolean(),
  containsName: fc.boolean(),
  fate: fc.constantFrom(...fates),
  sentAt: fc.constantFrom(Number.NaN, 1_000, 2_000, 3_000),
  measures: fc.constantFrom(undefined, '{"reset":"yes"}', '{"reset":"no","called":"ü\\n"}'),
  segments: fc.nat({ max: 255 }),
});
const anyTelling = fc.record({
  batchNo: fc.integer({ min: 1, max: 5 }),
  fate: fc.constantFrom(...fates),
  sentAt: fc.constantFrom(Number.NaN, 500, 5_000),
  measures: fc.constantFrom(undefined, '{"batch":"late"}'),
  segments: fc.constantFrom(0, 0, 1, 128),
});
type AnyLine = typeof anyLine extends fc.Arbitrary<infer Line> ? Line : never;
type AnyTelling = typeof anyTelling extends fc.Arbitrary<infer Telling> ? Telling : never;

describe('What an import says of an address', () => {
  test('is what its lines say, whatever their order and number', () => {
    fc.assert(
      fc.property(
        fc.array(anyLine, { maxLength: 30 }),
        fc.array(anyTelling, { maxLength: 6 }),
        (lines, told) => {
          const parts = new Parts(folder);
          const tellings = new BatchTellings();
          for (const line of lines) keep(parts, line);
          for (const telling of told) tellings.tell(telling);
          const people = everybody(parts, tellings);
          const counted = countAll({ parts, tellings, folder }, () => {});
          const { batches } = counted;
          expect(people.map(shown)).toEqual(expectedPeople(lines, told));
          expect([...batches.rows()].map(({ batchNo, stopped }) => [batchNo, stopped])).toEqual(
            expectedBatches(lines, told),
          );
          expect(counted.unmatched(tellings)).toBe(expectedUnmatched(lines, told));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test('comes in the order of the keys, also when the first bytes are alike', () => {
    const parts = new Parts(folder);
    for (const person of [5, 3, 1, 1, 5]) {
      keep(parts, { ...plain, person });
    }
    const order = everybody(parts, new BatchTellings()).map(({ addressKey }) => addressKey[31]);
    expect(order).toEqual([1, 3, 5]);
  });
});

describe('More than memory is meant for', () => {
  test('comes back whole and leaves no file that has a name', () => {
    const own = join(folder, 'overflow');
    const parts = new Parts(own);
    const address = `${'x'.repeat(60)}@example.com`;
    for (let line = 0; line < 20_000; line += 1) {
      const addressKey = Buffer.alloc(32);
      addressKey.writeUInt32BE(line, 1);
      keepLine(parts, { ...plainLine, addressKey, batchNo: 1 + (line % 7), address });
    }
    expect(readdirSync(own)).toEqual([]);
    const people = [...peopleIn(Buffer.from(parts.read(0)), new BatchTellings())];
    expect(people).toHaveLength(20_000);
    expect(people.map(({ addressKey }) => addressKey.readUInt32BE(1))).toEqual(people.map((_, line) => line));
    expect(people.every((person) => person.address?.toString() === address)).toBe(true);
    parts.close();
  });
});

describe('The leaked batches of an import', () => {
  test('are counted in any number', () => {
    const batches = new Batches();
    const random = fc.sample(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { numRuns: 5_000, seed: 7 });
    for (const batchNo of random) batches.count(batchNo, FATES.yes, Number.NaN);
    const distinct = [...new Set(random)].sort((a, b) => a - b);
    expect([...batches.rows()].map(({ batchNo }) => batchNo)).toEqual(distinct);
    expect(batches.figures()).toMatchObject({ batches: distinct.length, copies: random.length, stopped: 0 });
    expect(batches.has(0)).toBe(false);
  });

  test('have a median that one of them has', () => {
    const batches = new Batches();
    for (const [batchNo, size] of [10, 2, 7, 4].entries()) {
      for (let copy = 0; copy < size; copy += 1) batches.count(batchNo + 1, FATES.unknown, Number.NaN);
    }
    expect(batches.figures()).toMatchObject({ smallest: 2, median: 4, largest: 10 });
  });
});

const plainLine = {
  told: false,
  containsName: false,
  fate: FATES.unknown,
  sentAt: Number.NaN,
  measures: undefined,
  segments: 0,
  address: undefined,
};
const plain: AnyLine = { ...plainLine, person: 0, batchNo: 1, everyBatch: false };

function keep(parts: Parts, { person, everyBatch, ...line }: AnyLine): void {
  keepLine(parts, {
    ...line,
    addressKey: keys[person] as Buffer,
    batchNo: everyBatch && line.told ? 0 : line.batchNo,
    address: undefined,
  });
}

function everybody(parts: Parts, tellings: BatchTellings): Person[] {
  const people: Person[] = [];
  for (let part = 0; part < PARTS; part += 1) people.push(...peopleIn(parts.read(part), tellings));
  return people.filter(({ copies }) => copies.length > 0);
}

/** As plain as can be: what the rules say, written down a second time. */
function expectedCopy(
  lines: readonly AnyLine[],
  told: readonly AnyTelling[],
  person: number,
  batchNo: number,
) {
  const own = lines.filter((line) => !line.told && line.person === person && line.batchNo === batchNo);
  const ofAddress = lines.filter(
    (line) => line.told && line.person === person && (line.everyBatch || line.batchNo === batchNo),
  );
  const ofBatch = told.filter((telling) => telling.batchNo === batchNo);
  const known = (said: readonly { fate: number; sentAt: number }[]) =>
    said.filter(({ fate }) => fate !== FATES.unknown);
  const decisive = [known(ofAddress), known(ofBatch), own].find((said) => said.length > 0) ?? [];
  const moment = (said: readonly { sentAt: number }[]) => {
    const moments = said.map(({ sentAt }) => sentAt).filter((at) => !Number.isNaN(at));
    return moments.length === 0 ? undefined : Math.min(...moments);
  };
  return {
    batchNo,
    containsName: own.some((line) => line.containsName),
    fate: joinedFate(decisive.reduce((said, { fate }) => said | fate, 0)),
    sentAt: moment(known(ofAddress)) ?? moment(known(ofBatch)) ?? moment(own),
    measures: [...own, ...ofAddress, ...ofBatch].flatMap(({ measures }) => measures ?? []),
    segments: [...own, ...ofAddress, ...ofBatch].reduce((joined, { segments }) => joined | segments, 0),
  };
}

function expectedPeople(lines: readonly AnyLine[], told: readonly AnyTelling[]) {
  const order = [...keys.keys()].sort((a, b) => Buffer.compare(keys[a] as Buffer, keys[b] as Buffer));
  return order.flatMap((person) => {
    const batchNos = batchesOf(lines.filter((line) => line.person === person));
    if (batchNos.length === 0) return [];
    const copies = batchNos.map((batchNo) => expectedCopy(lines, told, person, batchNo));
    const values: Record<string, string[]> = {};
    for (const text of copies.flatMap(({ measures }) => measures)) {
      for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, string>)) {
        (values[name] ??= []).push(value);
      }
    }
    const measures = Object.fromEntries(
      Object.entries(values).map(([name, all]) => [name, [...new Set(all)].sort().join('; ')]),
    );
    const segments = copies.reduce((joined, copy) => joined | copy.segments, 0);
    const shownCopies = copies.map(({ measures: _said, segments: _marks, ...copy }) => copy);
    return [{ person, copies: shownCopies, measures, segments }];
  });
}

function shown({ addressKey, copies, measures, segments }: Person) {
  const moment = (sentAt: number) => (Number.isNaN(sentAt) ? undefined : sentAt);
  return {
    person: addressKey[31],
    copies: copies.map((copy) => ({ ...copy, sentAt: moment(copy.sentAt) })),
    measures: measures ?? {},
    segments,
  };
}

const batchesOf = (lines: readonly AnyLine[]) =>
  [...new Set(lines.filter((line) => !line.told).map(({ batchNo }) => batchNo))].sort((a, b) => a - b);

function expectedBatches(lines: readonly AnyLine[], told: readonly AnyTelling[]) {
  return batchesOf(lines).map((batchNo) => [
    batchNo,
    keys.every((_, person) => {
      if (!lines.some((line) => !line.told && line.person === person && line.batchNo === batchNo))
        return true;
      return expectedCopy(lines, told, person, batchNo).fate === FATES.stopped;
    }),
  ]);
}

function expectedUnmatched(lines: readonly AnyLine[], told: readonly AnyTelling[]): number {
  const listed = lines.filter((line) => !line.told);
  const ofAddresses = lines.filter(
    (line) =>
      line.told &&
      !listed.some(
        ({ person, batchNo }) => person === line.person && (line.everyBatch || batchNo === line.batchNo),
      ),
  );
  const ofBatches = told.filter((telling) => !listed.some(({ batchNo }) => batchNo === telling.batchNo));
  return ofAddresses.length + ofBatches.length;
}
