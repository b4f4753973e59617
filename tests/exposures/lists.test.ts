import { describe, expect, test } from 'vitest';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import {
  findCurrentList,
  findListFacts,
  getExposureList,
  listExposureLists,
} from '#src/domain/exposures/queries.ts';
import { operator } from '#src/domain/actors.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, importFiles, now, replaceList, rowsOf, staffMember } from './support.ts';

const store = await testStore();
const keys = testKeys();
const editor = staffMember('editor');
const approver = staffMember('approver');

async function draftList(slug: string, csv = 'address\na@example.com\nb@example.com\n'): Promise<string> {
  const { list } = await importFiles(store, keys, slug, { 'leak.csv': csv }, { as: editor });
  return list?.id ?? '';
}

describe('A list', () => {
  test('goes from draft to applied to closed, with evidence of who did what', async () => {
    const { slug, id } = await dataIncident(store.db);
    const listId = await draftList(slug);
    expect(await findCurrentList(store.db, id)).toBeUndefined();
    const later = new Date(now.getTime() + 60_000);
    expect(await applyExposureList(store.db, approver, listId, later)).toMatchObject({
      state: 'applied',
      importedBy: editor.id,
      appliedBy: approver.id,
      appliedAt: later,
    });
    expect((await findCurrentList(store.db, id))?.report?.exposedAddresses).toBe(2);
    expect(await closeExposureList(store.db, approver, listId, later)).toMatchObject({
      state: 'closed',
      closedAt: later,
    });
    expect((await findCurrentList(store.db, id))?.report?.exposedAddresses).toBe(2);
    const entries = await rowsOf<{ kind: string; actor: string }>(
      store,
      `select kind, actor from evidence where subject = 'exposure_list:${listId}' order by number`,
    );
    expect(entries).toEqual([
      { kind: 'exposures_imported', actor: `staff:${editor.id}` },
      { kind: 'exposures_applied', actor: `staff:${approver.id}` },
      { kind: 'exposures_closed', actor: `staff:${approver.id}` },
    ]);
  });

  test('in force supersedes every version before it, and leaves newer drafts', async () => {
    const { slug, id } = await dataIncident(store.db);
    const first = await draftList(slug);
    await applyExposureList(store.db, approver, first, now);
    const second = await draftList(slug, 'address\nc@example.com\n');
    const third = await draftList(slug, 'address\nd@example.com\n');
    const fourth = await draftList(slug, 'address\ne@example.com\n');
    await replaceList(store, third, approver);
    const states = (await listExposureLists(store.db, id))
      .map(({ version, state }) => `${version} ${state}`)
      .sort();
    expect(states).toEqual(['1 superseded', '2 superseded', '3 applied', '4 draft']);
    await expect(applyExposureList(store.db, approver, second, now)).rejects.toMatchObject({
      code: 'conflict',
    });
    await replaceList(store, fourth, approver);
    expect(await findCurrentList(store.db, id)).toMatchObject({ id: fourth });
  });

  test('cannot be put in force by who imported it, whatever their role', async () => {
    const { slug } = await dataIncident(store.db);
    const owner = staffMember('owner');
    const { list } = await importFiles(
      store,
      keys,
      slug,
      { 'a.csv': 'address\na@example.com\n' },
      { as: owner },
    );
    const own = applyExposureList(store.db, owner, list?.id ?? '', now);
    await expect(own).rejects.toMatchObject({ code: 'forbidden' });
    expect(await getExposureList(store.db, list?.id ?? '')).toMatchObject({ state: 'draft' });
    await applyExposureList(store.db, operator, list?.id ?? '', now);
  });

  test('is put in force once when two people press at once', async () => {
    const { slug } = await dataIncident(store.db);
    const listId = await draftList(slug);
    const results = await Promise.allSettled(
      [1, 2].map(() => applyExposureList(store.db, approver, listId, now)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('that does not exist is not found', async () => {
    await expect(applyExposureList(store.db, approver, 'nothing', now)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(closeExposureList(store.db, approver, 'nothing', now)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('The facts a text is held against', () => {
  test('are those of the list in force, or else of the newest draft', async () => {
    const { slug, id } = await dataIncident(store.db);
    expect(await findListFacts(store.db, id)).toBeUndefined();
    const first = await draftList(slug);
    await draftList(slug, 'address\nada.lovelace@example.com\n');
    expect(await findListFacts(store.db, id)).toMatchObject({
      version: 2,
      state: 'draft',
      exposedAddresses: 1,
      containsNameShare: 1,
    });
    await applyExposureList(store.db, approver, first, now);
    expect(await findListFacts(store.db, id)).toMatchObject({
      version: 1,
      state: 'applied',
      exposedAddresses: 2,
    });
  });
});
