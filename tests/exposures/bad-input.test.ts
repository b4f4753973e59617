import { gzipSync } from 'node:zlib';
import { sql } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { findCurrentList, listExposureLists } from '#src/domain/exposures/queries.ts';
import { operator } from '#src/domain/actors.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, dumpOf, importFiles, importThreads, now, until } from './support.ts';

const store = await testStore();
const keys = testKeys();

const head = 'From a@example.com Fri Nov  1 06:00:00 2019\nTo: ada.lovelace@example.com,\n bo@example.com';
const mailing = { 'leak.csv': 'address\na@example.com\n' };
const long = `${'x'.repeat(290)}@example.com`;
const people = 'ada.lovelace@example.com,\n '.repeat(80_000);
const packed = gzipSync(`address\n${people.replaceAll(',\n ', '\n')}`);
const utf16 = (text: string) => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));

describe('A bad file is refused in words, and nothing of it is imported', () => {
  test.each([
    ['an mbox cut off inside a header', 'leak.mbox', head, ['leak.mbox, line 3', 'cut off']],
    [
      'an mbox cut off after a good message',
      'leak.mbox',
      `${head}\n\nHello\n\n${head}`,
      ['leak.mbox, line 9', 'cut off'],
    ],
    [
      'a CSV without an address column',
      'leak.csv',
      'name,e-mail\nAda,ada.lovelace@example.com\n',
      ['leak.csv, line 1', '“address”'],
    ],
    [
      'a CSV that begins with an address',
      'leak.csv',
      'ada.lovelace@example.com\n',
      ['leak.csv, line 1', 'instead of the names'],
    ],
    [
      'a 300-byte address alone',
      'leak.csv',
      `address\n${long}\n`,
      ['No address was found in leak.csv', '1 × it is longer than 254 bytes'],
    ],
    [
      'UTF-16',
      'leak.csv',
      utf16('address\nada.lovelace@example.com\n'),
      ['leak.csv', 'UTF-16', 'Save it as UTF-8'],
    ],
    ['an empty file', 'leak.mbox', '', ['leak.mbox', 'the file is empty']],
    ['a CSV whose quote never closes', 'leak.csv', `address\n"${people}`, ['line 2', 'is never closed']],
    [
      'a line without end',
      'leak.txt',
      `a@example.com\n${'x'.repeat(1_100_000)}`,
      ['line 2', 'longer than 1 MB'],
    ],
    ['a header without end', 'leak.mbox', `${head},\n ${people}`, ['leak.mbox', 'or has no end']],
    ['NUL bytes', 'leak.ndjson', '{"address":"a@example.com"}\n\0', ['line 2', 'NUL bytes']],
    [
      'mixed encodings',
      'leak.txt',
      Buffer.concat([Buffer.from('jürgen@example.com\n'), Buffer.from('j\u00f6rg@example.com\n', 'latin1')]),
      ['leak.txt, line 2', 'mixes encodings'],
    ],
    ['a gzip bomb', 'leak.txt.gz', gzipSync(Buffer.alloc(20_000_000, 10)), ['more than 100 times its size']],
    ['a gzip file cut off', 'leak.csv.gz', packed.subarray(0, -9), ['leak.csv.gz', 'is cut off']],
    [
      'a damaged gzip file',
      'leak.csv.gz',
      packed.with(-5, packed.at(-5) === 0 ? 1 : 0),
      ['leak.csv.gz', 'is damaged'],
    ],
    ['a gzip file in a gzip file', 'leak.csv.gz', gzipSync(packed), ['leak.csv.gz', 'once more']],
    ['an unknown ending', 'leak.xlsx', 'PK', ['leak.xlsx', 'only .mbox, .eml, .csv']],
  ])('%s', async (_, name, content, expected) => {
    const { slug, id } = await dataIncident(store.db);
    const before = await dumpOf(store);
    const refused = importFiles(store, keys, slug, { [name]: content });
    const message = await refused.then(
      () => 'it was imported',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    for (const part of expected) expect(message).toContain(part);
    expect(message).not.toMatch(/lovelace|xxxx/);
    await expect(refused).rejects.toMatchObject({ name: 'DomainError', code: 'invalid' });
    expect(await listExposureLists(store.db, id)).toEqual([]);
    expect(await dumpOf(store)).toBe(before);
  });

  test('a bad delivery file undoes a good mailing', async () => {
    const { slug } = await dataIncident(store.db);
    const before = await dumpOf(store);
    const refused = importFiles(
      store,
      keys,
      slug,
      { 'a.csv': 'address\na@example.com\n' },
      { deliveries: 'name\nAda\n' },
    );
    await expect(refused).rejects.toThrow('delivery.csv, line 1');
    expect(await dumpOf(store)).toBe(before);
  });

  test('the second of two files undoes the first', async () => {
    const { slug } = await dataIncident(store.db);
    const before = await dumpOf(store);
    const refused = importFiles(store, keys, slug, { 'a.csv': 'address\na@example.com\n', 'b.csv': '' });
    await expect(refused).rejects.toThrow('b.csv: the file is empty');
    expect(await dumpOf(store)).toBe(before);
  });
});

describe('An incident that was to be opened with its list', () => {
  const exposureKeys = () => keys.list().filter(({ name }) => name.startsWith('exposure-'));

  test('leaves no key behind when the import is refused, however often', async () => {
    const before = exposureKeys();
    for (const file of [{ 'leak.csv': 'name\nAda\n' }, { 'leak.csv': `address\n${long}\n` }]) {
      const refused = importFiles(store, keys, 'never-opened', file, { newTitle: 'Never opened' });
      await expect(refused).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(exposureKeys()).toEqual(before);
  });

  test('leaves no key behind when the disk is full before it is opened', async () => {
    const before = exposureKeys();
    await fillTheDiskAt('exposure_lists');
    const failed = importFiles(store, keys, 'never-opened', mailing, { newTitle: 'Never opened' });
    await expect(failed).rejects.toMatchObject({ code: 'unavailable' });
    await emptyTheDiskAt('exposure_lists');
    expect(exposureKeys()).toEqual(before);
  });

  test('keeps its key when it was opened and writing failed after that', async () => {
    const before = exposureKeys();
    await fillTheDiskAt('exposures');
    const failed = importFiles(store, keys, 'opened', mailing, { newTitle: 'Opened' });
    await expect(failed).rejects.toMatchObject({ code: 'unavailable' });
    await emptyTheDiskAt('exposures');
    expect(exposureKeys()).toHaveLength(before.length + 1);
    expect(await importFiles(store, keys, 'opened', mailing)).toMatchObject({ outcome: 'imported' });
    expect(exposureKeys()).toHaveLength(before.length + 1);
  });

  test('keeps the key of an incident that was there before', async () => {
    const { slug } = await dataIncident(store.db);
    await importFiles(store, keys, slug, mailing);
    const before = exposureKeys();
    await expect(importFiles(store, keys, slug, { 'b.csv': '' }, { newTitle: 'Again' })).rejects.toThrow();
    expect(exposureKeys()).toEqual(before);
  });
});

describe('A bad line among good ones', () => {
  test('is counted and shown by number and reason, with the address masked', async () => {
    const { slug } = await dataIncident(store.db);
    const csv = `address\nada.lovelace@example.com\n${long}\nbo@@example.com\ncy\u200b@example.com\n`;
    const { report, rejects } = await importFiles(store, keys, slug, { 'leak.csv': csv });
    expect(report).toMatchObject({
      lines: 4,
      listed: 1,
      rejected: {
        'it is longer than 254 bytes': 1,
        'it has more than one @': 1,
        'it contains an invisible or text-direction character': 1,
      },
    });
    expect(rejects.map(({ source, line, masked }) => `${source}:${line} ${masked}`)).toEqual([
      'leak.csv:3 x***@example.com',
      'leak.csv:4 b***@example.com',
      'leak.csv:5 c***@example.com',
    ]);
  });

  test('is shown up to the 200th and counted beyond', async () => {
    const { slug } = await dataIncident(store.db);
    const csv = `address\na@example.com\n${'wrong\n'.repeat(2500)}`;
    const { report, rejects } = await importFiles(store, keys, slug, { 'leak.csv': csv }, { dryRun: true });
    expect(report.rejected).toEqual({ 'it has no @': 2500 });
    expect(rejects).toHaveLength(200);
  });

  test('goes to whoever asked for the refused lines, every one', async () => {
    const { slug } = await dataIncident(store.db);
    const seen: number[] = [];
    const csv = `address\na@example.com\n${'wrong\n'.repeat(300)}`;
    await importFiles(
      store,
      keys,
      slug,
      { 'leak.csv': csv },
      { dryRun: true, onReject: ({ line }) => void seen.push(line) },
    );
    expect(seen).toHaveLength(300);
  });
});

describe('An import that fails in the middle leaves nothing behind, and succeeds when it is done again', () => {
  const csv = ['address', ...Array.from({ length: 5000 }, (_, index) => `person${index}@example.com`)].join(
    '\n',
  );

  test.each(['exposures', 'sealed_originals', 'leaked_batches', 'evidence'])(
    'when the disk is full while it writes %s',
    async (table) => {
      const { slug, id } = await dataIncident(store.db);
      const before = await dumpOf(store);
      await fillTheDiskAt(table);
      const failed = importFiles(store, keys, slug, { 'leak.csv': csv });
      await expect(failed).rejects.toMatchObject({ code: 'unavailable' });
      await expect(failed).rejects.toThrow(/is full.*Nothing of this import remains/s);
      await emptyTheDiskAt(table);
      expect(await dumpOf(store)).toBe(before);
      const { outcome, list } = await importFiles(store, keys, slug, { 'leak.csv': csv });
      expect(outcome).toBe('imported');
      expect(list).toMatchObject({ version: 1 });
      expect(await findCurrentList(store.db, id)).toBeUndefined();
    },
  );

  test('when the upload breaks off', async () => {
    const { slug, id } = await dataIncident(store.db);
    const before = await dumpOf(store);
    async function* torn() {
      yield Buffer.from(csv.slice(0, 50_000));
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    const request = {
      sources: [{ name: 'leak.csv', bytes: torn() }],
      incidentSlug: slug,
      seal: { until },
      dryRun: false,
    };
    await expect(importExposures({ store, keys, importThreads }, operator, request, now)).rejects.toThrow(
      'aborted',
    );
    expect(await dumpOf(store)).toBe(before);
    expect(await listExposureLists(store.db, id)).toEqual([]);
  });
});

/** The database itself answers as it does on a full disk, after some rows. */
async function fillTheDiskAt(table: string): Promise<void> {
  await store.db.execute(
    sql.raw(`
    create function disk_full() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file "base/1": No space left on device' using errcode = '53100'; end $$`),
  );
  await store.db.execute(
    sql.raw(`
    create trigger disk_full after insert on ${table} for each statement
    execute function disk_full()`),
  );
}

async function emptyTheDiskAt(table: string): Promise<void> {
  await store.db.execute(sql.raw(`drop trigger disk_full on ${table}`));
  await store.db.execute(sql.raw('drop function disk_full()'));
}
