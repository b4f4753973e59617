import fc from 'fast-check';
import { sql } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { answerExposure } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { deleteDestroyedRows, destroyExposures } from '#src/domain/exposures/destruction.ts';
import { exportedFigures } from '#src/domain/exposures/figures.ts';
import type { ImportRequest } from '#src/domain/exposures/import/request.ts';
import { parseSegments, type Segment } from '#src/domain/exposures/import/segments.ts';
import { uploadInput } from '#src/domain/exposures/input.ts';
import { destroySealedOriginals, listSealedOriginals } from '#src/domain/exposures/sealed.ts';
import { findSegment, listSegments } from '#src/domain/exposures/segments.ts';
import { collectOwnData } from '#src/domain/rights/queries.ts';
import { operator } from '#src/domain/actors.ts';
import { reportLines } from '#src/cli/exposure-words.ts';
import { csvText } from '#src/text/csv.ts';
import { exportedRows, figureRows } from '#src/ui/exposures/words.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, dumpOf, importFiles, now, provenCustomer, rowsOf, until } from './support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();

const noSecondFactor: Segment = { name: 'Reset by us', column: 'Two factors', value: 'no' };
const withBalance: Segment = { name: 'Hold a balance', column: 'Balance', value: 'above zero' };

type Options = Partial<ImportRequest> & { deliveries?: string };

async function imported(csv: string, options: Options = {}, name = 'leak.csv') {
  const incident = await dataIncident(db);
  const { list, report, outcome } = await importFiles(store, keys, incident.slug, { [name]: csv }, options);
  return { incident, listId: list?.id ?? '', list, report, outcome };
}

/** The opened originals of everybody, or of a segment by its name, in order. */
async function openedOf(listId: string, name?: string): Promise<string[]> {
  const segments = await listSegments(db, listId);
  const segment = segments.find((one) => one.name === name);
  if (name !== undefined && !segment) return [];
  const opened = await listSealedOriginals(db, keys, listId, null, 10_000, segment?.id ?? null);
  return opened.map(({ address }) => address.toLowerCase()).sort();
}

const measuresOf = async (listId: string) =>
  (await rowsOf<{ measures: unknown }>(store, `select measures from exposures where list_id = '${listId}'`))
    .map(({ measures }) => measures)
    .filter(Boolean);

const refusalOf = (...texts: string[]) => {
  const read = parseSegments(texts);
  return read.ok ? undefined : read.reason;
};

describe('A segment as it is typed', () => {
  test('has a name, a column and a value, without the spaces around them', () => {
    expect(
      parseSegments([' Reset by us :  Two factors = no ', 'Hold a balance: Balance=above = zero']),
    ).toEqual({
      ok: true,
      segments: [noSecondFactor, { ...withBalance, value: 'above = zero' }],
    });
  });

  test.each([
    ['', 'is written as NAME: column=value'],
    ['no column', 'is written as NAME: column=value'],
    ['Name: column', 'is written as NAME: column=value'],
    ['Name: =value', 'is written as NAME: column=value'],
    ['Name: column=', 'A blank cell is no value'],
    [': column=value', 'is written as NAME: column=value'],
    [`${'n'.repeat(61)}: column=value`, 'at most 60 characters'],
    ['ada@example.com: column=value', 'without an address'],
    ['<b>bold</b>: column=value', 'plain words'],
    ['two\nlines: column=value', 'plain words'],
    ['Name: ada@example.com=value', 'no text that a file can have there'],
    ['Name: Address=value', 'needed for the list itself'],
    ['Bounced: delivered=bounced', 'needed for the list itself'],
  ])('is refused when it is none: %j', (text, reason) => {
    expect(refusalOf(text)).toContain(reason);
    expect(refusalOf(text)).not.toContain('ada');
  });

  test('has a name of its own, and there are at most eight', () => {
    expect(refusalOf('One: a=1', 'ONE: a=2')).toContain('the same name');
    const many = Array.from({ length: 9 }, (_, index) => `S${index}: a=${index}`);
    expect(refusalOf(...many.slice(1))).toBeUndefined();
    expect(refusalOf(...many)).toContain('At most 8');
  });

  test('stands on a line of the upload form, beside sealed addresses only', () => {
    const fields = { incident: 'slug', seal: 'until', sealUntil: '2027-01-01' };
    const text = 'Reset by us: Two factors=no\r\n\r\nHold a balance: Balance=above zero\n';
    expect(uploadInput.parse({ ...fields, segments: text }).segments).toEqual([noSecondFactor, withBalance]);
    expect(uploadInput.parse(fields).segments).toEqual([]);
    for (const [given, reason] of [
      [{ segments: 'nothing' }, 'is written as NAME'],
      [{ segments: text, seal: 'answer_only' }, 'none are kept'],
    ] as const) {
      const issues = uploadInput.safeParse({ ...fields, ...given }).error?.issues;
      expect(issues).toMatchObject([{ path: ['segments'], message: expect.stringContaining(reason) }]);
    }
  });
});

describe('An import with segments', () => {
  test('seals their people once more, and drops the columns from every line, matching or not', async () => {
    const { listId, list, report } = await imported(
      [
        'address,batch,delivered,two FACTORS,Balance,Password reset',
        'ada@example.com,1,, No ,above zero,2019-11-01',
        'bo@example.com,1,,yes,none,2019-11-02',
        'cy@example.com,2,,no,,',
        'dee@example.com,2,,,above zero,',
        'eve@example.com,3,stopped,no,above zero,',
      ].join('\n'),
      { segments: [noSecondFactor, withBalance] },
    );
    expect(await openedOf(listId, 'Reset by us')).toEqual(['ada@example.com', 'cy@example.com']);
    expect(await openedOf(listId, 'Hold a balance')).toEqual(['ada@example.com', 'dee@example.com']);
    const everybody = ['ada', 'bo', 'cy', 'dee'].map((name) => `${name}@example.com`);
    expect(await openedOf(listId)).toEqual(everybody);
    expect(await measuresOf(listId)).toEqual(
      expect.arrayContaining([{ 'Password reset': '2019-11-01' }, { 'Password reset': '2019-11-02' }]),
    );
    expect(JSON.stringify(await measuresOf(listId))).not.toMatch(/factor|balance/i);
    expect(report.sealed).toBe(4);
    expect(list?.report?.segments).toEqual([
      { name: 'Reset by us', addresses: 2 },
      { name: 'Hold a balance', addresses: 2 },
    ]);
  });

  test('takes the attribute of a mailbox from the file beside it, of an address, a copy or a whole batch', async () => {
    const message = (...to: string[]) =>
      `From x@y Fri Nov  1 06:00:00 2019\nTo: ${to.map((name) => `${name}@example.com`).join(', ')}\nSubject: News\n\nText\n\n`;
    const mbox = message('ada', 'bo') + message('cy', 'dee') + message('bo', 'eve');
    const deliveries = [
      'address,batch,Two factors,Called',
      'ada@example.com,,no,yes',
      'bo@example.com,3,no,',
      'cy@example.com,1,no,',
      'eve@example.com,,yes,',
      ',2,no,',
    ].join('\n');
    const { listId } = await imported(mbox, { deliveries, segments: [noSecondFactor] }, 'leak.mbox');
    const inIt = ['ada', 'bo', 'cy', 'dee'].map((name) => `${name}@example.com`);
    expect(await openedOf(listId, 'Reset by us')).toEqual(inIt);
    expect(await measuresOf(listId)).toEqual([{ Called: 'yes' }]);
  });

  test('reads the column of NDJSON too', async () => {
    const lines = [
      { address: 'ada@example.com', 'Two factors': 'no' },
      { address: 'bo@example.com', 'Two factors': true, Note: 'x' },
    ];
    const ndjson = lines.map((line) => JSON.stringify(line)).join('\n');
    const { listId } = await imported(ndjson, { segments: [noSecondFactor] }, 'leak.ndjson');
    expect(await openedOf(listId, 'Reset by us')).toEqual(['ada@example.com']);
    expect(await measuresOf(listId)).toEqual([{ Note: 'x' }]);
  });

  test('has in each segment the exposed people whose line says so, and nobody else', async () => {
    const anyLines = fc.array(
      fc.record({
        person: fc.nat({ max: 30 }),
        batch: fc.integer({ min: 1, max: 4 }),
        colour: fc.constantFrom('', 'red', 'RED', 'green', 'blue'),
        size: fc.constantFrom('', 'small', 'large'),
      }),
      { minLength: 1, maxLength: 80 },
    );
    const segments = [
      { name: 'Red', column: 'Colour', value: 'red' },
      { name: 'Green', column: 'Colour', value: 'green' },
      { name: 'Small', column: 'size', value: 'Small' },
    ];
    await fc.assert(
      fc.asyncProperty(anyLines, fc.integer({ min: 0, max: 4 }), async (lines, stopped) => {
        const rows = lines.map(({ person, batch, colour, size }) =>
          [`p${person}@example.com`, batch, batch === stopped ? 'stopped' : '', colour, size].join(),
        );
        // A line of its own, so that the columns are there.
        const csv = ['address,batch,delivered,Colour,Size', ...rows, 'last@example.com,9,,blue,large'].join(
          '\n',
        );
        const { listId, report } = await imported(csv, { segments });
        const exposed = new Set(lines.filter(({ batch }) => batch !== stopped).map(({ person }) => person));
        const those = (says: (line: (typeof lines)[number]) => boolean) =>
          [...new Set(lines.filter(says).map(({ person }) => person))]
            .filter((person) => exposed.has(person))
            .map((person) => `p${person}@example.com`)
            .sort();
        const expected = [
          those(({ colour }) => colour.toLowerCase() === 'red'),
          those(({ colour }) => colour === 'green'),
          those(({ size }) => size === 'small'),
        ];
        for (const [index, { name }] of segments.entries()) {
          expect(await openedOf(listId, name)).toEqual(expected[index]);
        }
        expect(report.segments?.map(({ addresses }) => addresses)).toEqual(
          expected.map(({ length }) => length),
        );
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  test('writes nothing of a segment that nobody is in, and says so in its figures', async () => {
    const { listId, report } = await imported('address,Two factors\nada@example.com,yes\n', {
      segments: [noSecondFactor],
    });
    expect(await listSegments(db, listId)).toEqual([]);
    expect(report.segments).toEqual([{ name: 'Reset by us', addresses: 0 }]);
    expect(await openedOf(listId)).toEqual(['ada@example.com']);
  });

  test('keeps eight apart, each in blocks of a hundred', async () => {
    const segments = Array.from({ length: 8 }, (_, index) => ({
      name: `Group ${index}`,
      column: 'Group',
      value: String(index),
    }));
    const people = Array.from({ length: 1700 }, (_, index) => `p${index}@example.com,${index % 8}`);
    const { listId } = await imported(['address,Group', ...people].join('\n'), { segments });
    for (const { name, value } of segments) {
      const expected = people.filter((line) => line.endsWith(`,${value}`)).map((line) => line.split(',')[0]);
      expect(await openedOf(listId, name)).toEqual(expected.sort());
    }
    const [blocks] = await rowsOf<{ everybody: number; segments: number }>(
      store,
      `select count(*) filter (where segment_id is null)::int as everybody, count(segment_id)::int as segments
       from sealed_originals where list_id = '${listId}'`,
    );
    expect(blocks).toEqual({ everybody: 17, segments: 24 });
  });

  test('only counts on a dry run', async () => {
    const csv = 'address,Two factors\nada@example.com,no\n';
    const before = await rowsOf(store, 'select 1 from exposure_segments');
    const { outcome, report } = await imported(csv, { segments: [noSecondFactor], dryRun: true });
    expect(outcome).toBe('dry_run');
    expect(report.segments).toEqual([{ name: 'Reset by us', addresses: 1 }]);
    expect(await rowsOf(store, 'select 1 from exposure_segments')).toEqual(before);
  });

  test('is another import when its segments are others, and the same when they are the same', async () => {
    const csv = 'address,Two factors\nada@example.com,no\nbo@example.com,yes\n';
    const { slug } = await dataIncident(db);
    const versionOf = async (segments?: Segment[]) => {
      const { list, outcome } = await importFiles(store, keys, slug, { 'leak.csv': csv }, { segments });
      return [outcome, list?.version];
    };
    expect(await versionOf()).toEqual(['imported', 1]);
    expect(await versionOf([noSecondFactor])).toEqual(['imported', 2]);
    expect(await versionOf([{ ...noSecondFactor, column: 'TWO factors' }])).toEqual(['already_imported', 2]);
    expect(await versionOf([{ ...noSecondFactor, value: 'yes' }])).toEqual(['imported', 3]);
    expect(await versionOf([{ ...noSecondFactor, name: 'Another' }])).toEqual(['imported', 4]);
    expect(await versionOf([])).toEqual(['already_imported', 1]);
  });
});

describe('An import with segments is refused', () => {
  test('before anything is read when no addresses are sealed, or a segment is none', async () => {
    const { slug } = await dataIncident(db);
    let read = false;
    async function* bytes() {
      read = true;
      yield Buffer.from('address\nada@example.com\n');
    }
    for (const [options, reason] of [
      [{ seal: 'answer_only', segments: [noSecondFactor] }, 'none are kept'],
      [{ segments: [{ ...noSecondFactor, column: 'batch' }] }, 'needed for the list itself'],
      [{ segments: [noSecondFactor, noSecondFactor] }, 'the same name'],
    ] as const) {
      const refused = importFiles(
        store,
        keys,
        slug,
        {},
        {
          ...options,
          segments: [...options.segments],
          sources: [{ name: 'leak.csv', bytes: bytes() }],
        },
      );
      await expect(refused).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(new RegExp(`${reason}.*Nothing was read`, 's')),
      });
    }
    expect(read).toBe(false);
  });

  test('when no file has anything in the column of one, and nothing of it stays', async () => {
    const { slug } = await dataIncident(db);
    const before = await dumpOf(store);
    for (const csv of ['address,2FA\nada@example.com,no\n', 'address,Two factors\nada@example.com,\n']) {
      const segments = [noSecondFactor];
      const refused = importFiles(store, keys, slug, { 'leak.csv': csv }, { segments });
      await expect(refused).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('No file has anything in the column that the segment “Reset by us”'),
      });
      await expect(refused).rejects.not.toThrow('Two factors');
    }
    expect(await dumpOf(store)).toBe(before);
  });

  test('whole, when the disk is full while its segments are written', async () => {
    const { slug } = await dataIncident(db);
    const before = await dumpOf(store);
    const csv = 'address,Two factors\nada@example.com,no\n';
    await db.execute(
      sql.raw(`create function segments_full() returns trigger language plpgsql as $$
        begin raise exception 'No space left on device' using errcode = '53100'; end $$`),
    );
    await db.execute(
      sql.raw(`create trigger segments_full after insert on exposure_segments for each statement
        execute function segments_full()`),
    );
    const segments = [noSecondFactor];
    await expect(importFiles(store, keys, slug, { 'leak.csv': csv }, { segments })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await db.execute(sql.raw('drop function segments_full cascade'));
    expect(await dumpOf(store)).toBe(before);
    const { outcome } = await importFiles(store, keys, slug, { 'leak.csv': csv }, { segments });
    expect(outcome).toBe('imported');
  });
});

describe('The people of a segment', () => {
  const attributes = ['zwiebelfarbe', 'quittengelb', 'mausgrau', 'schwellenwert', 'unterhalb', 'oberhalb'];
  const segments = [
    { name: 'Reset by us', column: 'Zwiebelfarbe', value: 'quittengelb' },
    { name: 'Called by us', column: 'Schwellenwert', value: 'unterhalb' },
  ];

  async function heldList() {
    const people = Array.from({ length: 250 }, (_, index) => {
      const colour = index % 5 === 0 ? 'quittengelb' : 'mausgrau';
      return `person${index}@example.com,${index % 3},${colour},${index % 7 === 0 ? 'unterhalb' : 'oberhalb'},yes`;
    });
    const csv = ['address,batch,Zwiebelfarbe,Schwellenwert,Password reset', ...people].join('\n');
    const held = await imported(csv.replaceAll(',0,', ',9,'), { segments });
    await applyExposureList(db, operator, held.listId, now);
    await closeExposureList(db, operator, held.listId, now);
    return held;
  }

  test('stand nowhere in the database but in sealed blocks, and the attributes nowhere at all', async () => {
    const { listId } = await heldList();
    const dump = (await dumpOf(store)).toLowerCase();
    for (const attribute of attributes) expect(dump).not.toContain(attribute);
    expect(dump).not.toMatch(/person\d+@example/);
    const rows = await rowsOf<Record<string, unknown>>(
      store,
      `select measures::text as measures, flags, key_version, norm_version, count(*)::int as people
       from exposures where list_id = '${listId}' group by 1, 2, 3, 4`,
    );
    // Nothing tells one row from another but its key and its batch.
    expect(rows).toMatchObject([{ measures: '{"Password reset": "yes"}', people: 250 }]);
    const ids = (await listSegments(db, listId)).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    const holding = dump.split('\n').filter((row) => ids.some((id) => row.includes(id)));
    const blocks = holding.filter((row) => row.startsWith(`(${listId},"\\\\x`));
    expect(blocks).toHaveLength(2);
    expect(holding.filter((row) => !blocks.includes(row))).toHaveLength(ids.length);
  });

  test('cannot be told from others at what a customer is answered, or has exported', async () => {
    const { incident } = await heldList();
    const customer = await provenCustomer(db, keys, 'person0@example.com', 'person1@example.com');
    const answers = await Promise.all(
      customer.addresses.map((address) => answerExposure(db, keys, customer, address, incident)),
    );
    const copy = await collectOwnData(db, keys, customer, answers, now);
    const text = JSON.stringify([answers, copy]).toLowerCase();
    expect(text).toContain('password reset');
    for (const part of [...attributes, 'segment', 'reset by us', 'called by us']) {
      expect(text).not.toContain(part);
    }
  });

  test('have blocks that open in no other segment, and not among everybody’s', async () => {
    const { listId } = await heldList();
    const [one, other] = await listSegments(db, listId);
    if (!one || !other) throw new Error('two segments were written');
    for (const [from, to] of [
      [`= '${one.id}'`, `'${other.id}'`],
      [`= '${other.id}'`, 'null'],
    ] as const) {
      await rowsOf(
        store,
        `update sealed_originals set segment_id = ${to} where list_id = '${listId}' and segment_id ${from}`,
      );
      const asked = to === 'null' ? null : other.id;
      await expect(listSealedOriginals(db, keys, listId, null, 10_000, asked)).rejects.toThrow(
        'does not open here',
      );
    }
  });

  test('are destroyed with everybody’s originals at their date; name and count stay', async () => {
    const { listId } = await heldList();
    const left = () => rowsOf(store, `select 1 from sealed_originals where list_id = '${listId}'`);
    expect(await left()).toHaveLength(3 + 1 + 1);
    const [segment] = await listSegments(db, listId);
    while ((await destroySealedOriginals(db, until)) > 0);
    expect(await left()).toEqual([]);
    await expect(listSealedOriginals(db, keys, listId, null, 10, segment?.id ?? '')).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await findSegment(db, listId, segment?.id ?? '')).toMatchObject({ size: segment?.size });
  });

  test('are destroyed at the end of the incident’s data', async () => {
    const { incident, listId } = await heldList();
    await destroyExposures(db, keys, operator, { incidentId: incident.id, slug: incident.slug }, now);
    await deleteDestroyedRows(db, keys, now);
    expect(await rowsOf(store, `select 1 from sealed_originals where list_id = '${listId}'`)).toEqual([]);
  });

  test('are counted, never named, in what staff see', async () => {
    const { list } = await heldList();
    const report = list?.report;
    if (!list || !report) throw new Error('no report');
    expect(figureRows(report)).toContainEqual({ label: 'segment: Reset by us', count: 50, part: true });
    expect(reportLines(report).join('\n')).toMatch(/^ {2}segment: Called by us +36$/m);
    const figures = exportedFigures({ ...list, report }, []);
    expect(csvText(exportedRows(figures))).toContain('segment: Reset by us,50\r\n');
    expect(figures.figures.segments).toEqual(report.segments);
    const taken = JSON.stringify(figures).toLowerCase();
    for (const attribute of attributes) expect(taken).not.toContain(attribute);
  });
});
