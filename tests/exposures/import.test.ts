import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import { findCurrentList, findListFacts, listExposureLists } from '#src/domain/exposures/queries.ts';
import { deleteList } from '#src/domain/exposures/import/list-row.ts';
import { listSealedOriginals } from '#src/domain/exposures/sealed.ts';
import { operator } from '#src/domain/actors.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { findIncidentBySlug } from '#src/domain/incidents/queries.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, importFiles, now, rowsOf, staffMember, until } from './support.ts';

const store = await testStore();
const keys = testKeys();

const message = (to: string, day = 1) =>
  `From exchange@example.com Fri Nov  ${day} 06:00:00 2019\nDate: Fri, 0${day} Nov 2019 06:00:00 +0000\nFrom: exchange@example.com\nTo: ${to}\n\nHello\n\n`;

type Exposure = { batch_no: number; flags: number; measures: Record<string, string> | null };
const exposuresOf = (listId: string | undefined) =>
  rowsOf<Exposure>(
    store,
    `select batch_no, flags, measures from exposures where list_id = '${listId}' order by address_key, batch_no`,
  );

describe('An import', () => {
  test('that is finished is not undone, whatever fails afterwards', async () => {
    const { slug } = await dataIncident(store.db);
    const { list } = await importFiles(store, keys, slug, { 'a.csv': 'address\na@example.com\n' });
    await deleteList(store.db, list?.id ?? '');
    expect(await exposuresOf(list?.id)).toHaveLength(1);
    expect(await listExposureLists(store.db, list?.incident.id)).toHaveLength(1);
  });

  test('makes a draft with its figures', async () => {
    const { slug, id } = await dataIncident(store.db);
    const mbox =
      message('Ada Lovelace <ada.lovelace@example.com>, bo@example.com, BO@example.com') +
      message('ada.lovelace@example.com, cy@example.org, di@example.net');
    const { outcome, list, report } = await importFiles(store, keys, slug, { 'leak.mbox': mbox });
    expect(outcome).toBe('imported');
    expect(list).toMatchObject({ version: 1, state: 'draft', sourceName: 'leak.mbox', hasSealed: true });
    expect(list?.sealedUntil).toEqual(until);
    expect(report).toEqual({
      lines: 6,
      listed: 6,
      leakedBatches: 2,
      stoppedBatches: 0,
      distinctAddresses: 4,
      exposedAddresses: 4,
      queuedNotSent: 0,
      bounced: 0,
      duplicates: 1,
      rejected: {},
      smallestBatch: 2,
      medianBatch: 2,
      largestBatch: 3,
      containsName: 1,
      sealed: 4,
    });
    expect(await findCurrentList(store.db, id)).toBeUndefined();
    expect(await findListFacts(store.db, id)).toMatchObject({ exposedAddresses: 4, containsNameShare: 0.25 });
  });

  test('writes an address once for each message, in the order of the keys and not of the file', async () => {
    const { slug } = await dataIncident(store.db);
    const people = Array.from({ length: 300 }, (_, index) => `person${index}@example.com`);
    const csv = ['address', ...people, ...people].join('\n');
    const { list } = await importFiles(store, keys, slug, { 'leak.csv': csv });
    const written = await rowsOf<{ key: string }>(
      store,
      `select encode(address_key, 'hex') as key from exposures where list_id = '${list?.id}' order by ctid`,
    );
    expect(written.length).toBe(300);
    expect(written.map(({ key }) => key)).toEqual(written.map(({ key }) => key).sort());
    const ids = await rowsOf<{ id: string }>(
      store,
      `select encode(id, 'hex') as id from sealed_originals where list_id = '${list?.id}' order by ctid`,
    );
    expect(ids.length).toBe(3);
    expect(ids.map(({ id }) => id)).toEqual(ids.map(({ id }) => id).sort());
  });

  test('calls a copy bounced only when every line of it says so', async () => {
    const { slug } = await dataIncident(store.db);
    const csv =
      'address,delivered\na@example.com,bounced\na@example.com,yes\nb@example.com,no\nb@example.com,bounced\n';
    const { list, report } = await importFiles(store, keys, slug, { 'leak.csv': csv });
    expect(report).toMatchObject({ bounced: 1, exposedAddresses: 2 });
    expect((await exposuresOf(list?.id)).map(({ flags }) => flags).sort()).toEqual([0, 2]);
    const [batch] = await rowsOf<{ size: number; delivered: number }>(
      store,
      `select size, delivered from leaked_batches where list_id = '${list?.id}'`,
    );
    expect(batch).toEqual({ size: 2, delivered: 1 });
  });

  test('counts a message as stopped only when all of it was, and its people as queued when nothing else left', async () => {
    const { slug } = await dataIncident(store.db);
    const csv = [
      'address,batch,delivered',
      'a@example.com,1,yes',
      'b@example.com,1,stopped',
      'a@example.com,2,stopped',
      'c@example.com,2,stopped',
    ].join('\n');
    const { list, report } = await importFiles(store, keys, slug, { 'leak.csv': csv });
    expect(report).toMatchObject({
      leakedBatches: 2,
      stoppedBatches: 1,
      exposedAddresses: 2,
      queuedNotSent: 1,
    });
    expect(report.sealed).toBe(2);
    const originals = await listSealedOriginals(store.db, keys, list?.id ?? '', null, 10);
    expect(originals.length).toBe(2);
  });

  test('merges the measures of an address over all its lines', async () => {
    const { slug } = await dataIncident(store.db);
    const csv = [
      'address,batch,Password reset,Note',
      'a@example.com,1,1 November 2019,',
      'A@example.com,2,2 November 2019,"tab\tquote"" back\\slash"',
      'b@example.com,2,,',
    ].join('\n');
    const { list } = await importFiles(store, keys, slug, { 'leak.csv': csv });
    const measures = {
      'Password reset': '1 November 2019; 2 November 2019',
      Note: 'tab\tquote" back\\slash',
    };
    const rows = await exposuresOf(list?.id);
    expect(rows.filter((row) => row.measures !== null).map((row) => row.measures)).toEqual([
      measures,
      measures,
    ]);
    expect(rows.length).toBe(3);
  });

  test('takes what a mailbox cannot say from the delivery file, the address before the message', async () => {
    const { slug } = await dataIncident(store.db);
    const mbox =
      message('a@example.com, b@example.com') +
      message('b@example.com, c@example.com') +
      message('d@example.com');
    const deliveries = [
      'address,batch,delivered,Password reset',
      'a@example.com,,bounced,',
      ',2,stopped,',
      ',3,bounced,',
      'd@example.com,3,yes,1 November 2019',
      'nobody@example.com,,bounced,',
      ',9,stopped,',
      'not an address,1,yes,',
    ].join('\n');
    const { list, report, rejects } = await importFiles(
      store,
      keys,
      slug,
      { 'leak.mbox': mbox },
      { deliveries },
    );
    expect(report).toMatchObject({
      leakedBatches: 3,
      stoppedBatches: 1,
      bounced: 1,
      exposedAddresses: 3,
      queuedNotSent: 1,
      rejected: {
        'delivery file: it names an address or a batch that is not in the mailing': 2,
        'delivery file: it has no @': 1,
      },
    });
    expect(rejects).toMatchObject([{ source: 'delivery.csv', line: 8, masked: 'n***' }]);
    const rows = await exposuresOf(list?.id);
    expect(rows.find(({ batch_no }) => batch_no === 3)).toMatchObject({
      flags: 0,
      measures: { 'Password reset': '1 November 2019' },
    });
  });

  test('numbers the messages of several mail files on', async () => {
    const { slug } = await dataIncident(store.db);
    const files = {
      '1.mbox': message('a@example.com') + message('b@example.com'),
      '2.eml': 'To: c@example.com\n\nHello\n',
    };
    const { list, report } = await importFiles(store, keys, slug, files);
    expect(report.leakedBatches).toBe(3);
    expect(list?.sourceName).toBe('1.mbox, 2.eml');
    expect((await exposuresOf(list?.id)).map(({ batch_no }) => batch_no).sort()).toEqual([1, 2, 3]);
  });

  test('tells its progress', async () => {
    const { slug } = await dataIncident(store.db);
    const seen: string[] = [];
    await importFiles(
      store,
      keys,
      slug,
      { 'a.csv': 'address\na@example.com\n' },
      { onProgress: ({ phase }) => seen.push(phase) },
    );
    expect([...new Set(seen)]).toEqual(['reading', 'writing']);
  });

  test('is recorded with the SHA-256 of its files and its counts', async () => {
    const { slug, id } = await dataIncident(store.db);
    const csv = 'address\na@example.com\nwrong\n';
    await importFiles(store, keys, slug, { 'a.csv': csv });
    const entries = await rowsOf<{ details: Record<string, unknown> }>(
      store,
      `select details from evidence where kind = 'exposures_imported' and details->>'incident' = '${id}'`,
    );
    expect(entries).toMatchObject([
      {
        details: {
          version: 1,
          filesSha256: [createHash('sha256').update(csv).digest('hex')],
          exposedAddresses: 1,
          rejected: 1,
        },
      },
    ]);
    expect(await verifyEvidence(store.db)).toMatchObject({ ok: true });
  });
});

describe('The same files again', () => {
  const file = { 'a.csv': 'address\na@example.com\n' };

  test('change nothing, and say which version they are', async () => {
    const { slug, id } = await dataIncident(store.db);
    const first = await importFiles(store, keys, slug, file);
    const again = await importFiles(store, keys, slug, { 'another-name.csv': file['a.csv'] });
    expect(again).toMatchObject({ outcome: 'already_imported', list: { id: first.list?.id, version: 1 } });
    expect(await listExposureLists(store.db, id)).toHaveLength(1);
  });

  test('are a new version when they are to be sealed otherwise, or with deliveries', async () => {
    const { slug } = await dataIncident(store.db);
    await importFiles(store, keys, slug, file);
    const plain = await importFiles(store, keys, slug, file, { seal: 'answer_only' });
    expect(plain).toMatchObject({
      outcome: 'imported',
      list: { version: 2, hasSealed: false, sealedUntil: null },
    });
    const told = await importFiles(store, keys, slug, file, { deliveries: 'batch,delivered\n1,stopped\n' });
    expect(told).toMatchObject({ outcome: 'imported', list: { version: 3 } });
  });

  test('are a new version when another one has replaced them', async () => {
    const { slug } = await dataIncident(store.db);
    await importFiles(store, keys, slug, file);
    const second = await importFiles(store, keys, slug, { 'b.csv': 'address\nb@example.com\n' });
    await applyExposureList(store.db, operator, second.list?.id ?? '', now);
    expect(await importFiles(store, keys, slug, file)).toMatchObject({
      outcome: 'imported',
      list: { version: 3 },
    });
  });

  test('at the same time are imported once', async () => {
    const { slug, id } = await dataIncident(store.db);
    const results = await Promise.allSettled([1, 2, 3].map(() => importFiles(store, keys, slug, file)));
    const imported = results.filter(
      (result) => result.status === 'fulfilled' && result.value.outcome === 'imported',
    );
    expect(imported).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(String(result.reason)).toContain('being imported right now');
    }
    expect(await listExposureLists(store.db, id)).toHaveLength(1);
  });
});

describe('A dry run', () => {
  test('counts the same and stores nothing', async () => {
    const { slug, id } = await dataIncident(store.db);
    const file = { 'a.csv': 'address,delivered\na@example.com,yes\nb@example.com,stopped\n' };
    const dry = await importFiles(store, keys, slug, file, { dryRun: true });
    expect(dry).toMatchObject({ outcome: 'dry_run', list: undefined });
    expect(await listExposureLists(store.db, id)).toEqual([]);
    expect(keys.list().map(({ name }) => name)).not.toContain(`exposure-${id}`);
    const real = await importFiles(store, keys, slug, file);
    expect(dry.report).toEqual(real.report);
  });

  test('opens no incident', async () => {
    const request = { newTitle: 'Addresses shown', dryRun: true };
    await importFiles(store, keys, 'dry-new', { 'a.csv': 'address\na@example.com\n' }, request);
    expect(await findIncidentBySlug(store.db, 'dry-new')).toBeUndefined();
  });
});

describe('The incident of an import', () => {
  const file = { 'a.csv': 'address\na@example.com\n' };

  test('must exist, unless its title is given: then it is opened unpublished', async () => {
    await expect(importFiles(store, keys, 'unheard-of', file)).rejects.toThrow(
      'There is no incident "unheard-of"',
    );
    await importFiles(store, keys, 'unheard-of', file, { newTitle: 'Addresses shown' });
    const incident = await findIncidentBySlug(store.db, 'unheard-of');
    expect(incident).toMatchObject({ title: 'Addresses shown', nature: 'data', publishedAt: null });
  });

  test('is not opened when the files cannot be read', async () => {
    const refused = importFiles(
      store,
      keys,
      'never-opened',
      { 'a.csv': 'name\nAda\n' },
      { newTitle: 'Addresses shown' },
    );
    await expect(refused).rejects.toThrow('no column');
    expect(await findIncidentBySlug(store.db, 'never-opened')).toBeUndefined();
  });

  test('is a data incident', async () => {
    const input = { title: 'Slow pages', slug: 'slow-pages', nature: 'service', impact: 'minor' } as const;
    await openIncident(store.db, operator, input, now);
    await expect(importFiles(store, keys, 'slow-pages', file)).rejects.toThrow('belongs to a data incident');
  });

  test('needs a slug that can stand in a page’s address', async () => {
    const refused = importFiles(store, keys, 'Not a slug', file, { newTitle: 'Addresses shown' });
    await expect(refused).rejects.toThrow('a-z, 0-9 and single hyphens');
  });
});

describe('The date until which addresses are kept sealed', () => {
  test.each([
    ['past', new Date(now.getTime() - 1)],
    ['more than a year ahead', new Date('2027-11-03T06:00:00Z')],
    ['no date at all', new Date(Number.NaN)],
  ])('is refused when it is %s', async (_, date) => {
    const { slug } = await dataIncident(store.db);
    const refused = importFiles(
      store,
      keys,
      slug,
      { 'a.csv': 'address\na@example.com\n' },
      { seal: { until: date } },
    );
    await expect(refused).rejects.toThrow('at most a year ahead');
  });
});

describe('Who imports', () => {
  test('is an editor or more', async () => {
    const { slug } = await dataIncident(store.db);
    const file = { 'a.csv': 'address\na@example.com\n' };
    await expect(importFiles(store, keys, slug, file, { as: staffMember('viewer') })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const { list } = await importFiles(store, keys, slug, file, { as: staffMember('editor') });
    expect(list?.importedBy).toBe('staff-editor');
  });
});
