import { describe, expect, test } from 'vitest';
import type { BroadcastContent } from '#db/schema/index.ts';
import { operator, type Actor } from '#src/domain/actors.ts';
import { acknowledgeAnswer, answerExposure, type Answer } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { deleteDestroyedRows, destroyExposures } from '#src/domain/exposures/destruction.ts';
import { compareWithListInForce } from '#src/domain/exposures/difference.ts';
import { destroyExposureKey } from '#src/domain/exposures/key-destruction.ts';
import { findCurrentList, getExposureList, listPublicCounts } from '#src/domain/exposures/queries.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, dumpOf, importFiles, now, provenCustomer, rowsOf, staffMember } from './support.ts';

const store = await testStore();
const keys = testKeys();
const editor = staffMember('editor');
const approver = staffMember('approver');
const owner = staffMember('owner');
const day = new Date('2027-02-01T09:00:00.000Z');
const csv =
  'address,batch,delivered\nada.lovelace@example.com,1,yes\nbo@example.com,1,yes\neve@example.com,2,stopped\n';
const everybody = ['ada.lovelace@example.com', 'eve@example.com', 'zoe@example.com'];

type Incident = { id: string; slug: string; title: string };

async function closedList(): Promise<{ incident: Incident; listId: string }> {
  const incident = await dataIncident(store.db);
  const { list } = await importFiles(store, keys, incident.slug, { 'leak.csv': csv }, { as: editor });
  const listId = list?.id ?? '';
  await applyExposureList(store.db, approver, listId, now);
  await closeExposureList(store.db, approver, listId, now);
  return { incident, listId };
}

const destroy = (incident: Incident, as: Actor = owner, held: KeyStore = keys, slug = incident.slug) =>
  destroyExposures(store.db, held, as, { incidentId: incident.id, slug }, day);

async function askAll(incident: Incident): Promise<Answer[]> {
  const customer = await provenCustomer(store.db, keys, ...everybody);
  return Promise.all(
    customer.addresses.map((address) => answerExposure(store.db, keys, customer, address, incident)),
  );
}

const countOf = async (table: string, listId: string) =>
  (
    await rowsOf<{ rows: number }>(
      store,
      `select count(*)::int as rows from ${table} where list_id = '${listId}'`,
    )
  )[0]?.rows;
const keysOf = (incident: Incident) => keys.list().filter(({ name }) => name === `exposure-${incident.id}`);

describe('The end of an incident’s data', () => {
  test('is told to everybody alike, with the day, and nobody is told that they were not exposed', async () => {
    const { incident } = await closedList();
    expect((await askAll(incident)).map(({ verdict }) => verdict)).toEqual([
      'exposed',
      'queued_not_sent',
      'not_exposed',
    ]);
    await destroy(incident);
    for (const rowsAreGone of [false, true]) {
      if (rowsAreGone) await deleteDestroyedRows(store.db, keys, day);
      const answers = await askAll(incident);
      expect(answers.map(({ address, ...told }) => told)).toEqual(
        everybody.map(() => ({ incident, verdict: 'destroyed', destroyedAt: day })),
      );
    }
  });

  test('destroys the key and every row, and keeps the counts and the evidence', async () => {
    const { incident, listId } = await closedList();
    const customer = await provenCustomer(store.db, keys, 'ada.lovelace@example.com');
    await acknowledgeAnswer(store.db, customer, { addressId: customer.addresses[0]?.id ?? '', listId }, now);
    const draft = await importFiles(store, keys, incident.slug, { 'b.csv': 'address\nb@example.com\n' });
    expect(await destroy(incident)).toEqual({ lists: 2 });
    expect(keysOf(incident)).toEqual([]);
    expect(await deleteDestroyedRows(store.db, keys, day)).toBe(2);
    for (const id of [listId, draft.list?.id ?? '']) {
      for (const table of ['exposures', 'sealed_originals', 'acknowledgements']) {
        expect([table, await countOf(table, id)]).toEqual([table, 0]);
      }
      expect(await getExposureList(store.db, id)).toMatchObject({
        destroyedAt: day,
        emptiedAt: day,
        hasSealed: false,
      });
    }
    expect(await countOf('leaked_batches', listId)).toBe(2);
    expect(await listPublicCounts(store.db, incident.id)).toMatchObject([{ exposedAddresses: 2 }]);
    expect(await findCurrentList(store.db, incident.id)).toMatchObject({ report: { exposedAddresses: 2 } });
    const entries = await rowsOf<{ kind: string; actor: string }>(
      store,
      `select kind, actor from evidence where subject in ('incident:${incident.id}', 'exposure_list:${listId}') order by number`,
    );
    expect(entries.slice(-2)).toEqual([
      { kind: 'exposures_destroyed', actor: `staff:${owner.id}` },
      { kind: 'exposures_emptied', actor: 'worker' },
    ]);
    expect(await deleteDestroyedRows(store.db, keys, day)).toBe(0);
  });

  test('leaves another incident’s people, rows and key as they are', async () => {
    const other = await closedList();
    const { incident } = await closedList();
    await destroy(incident);
    await deleteDestroyedRows(store.db, keys, day);
    expect((await askAll(other.incident)).map(({ verdict }) => verdict)).toEqual([
      'exposed',
      'queued_not_sent',
      'not_exposed',
    ]);
    expect(keysOf(other.incident)).toHaveLength(1);
  });

  test('is finished by the worker when the process died before the key was destroyed', async () => {
    const { incident, listId } = await closedList();
    const dying = {
      ...keys,
      destroy: () => {
        throw new Error('killed');
      },
    };
    await expect(destroy(incident, owner, dying)).rejects.toThrow('killed');
    expect((await askAll(incident)).map(({ verdict }) => verdict)).toEqual(everybody.map(() => 'destroyed'));
    expect(keysOf(incident)).toHaveLength(1);
    expect(await deleteDestroyedRows(store.db, keys, day)).toBe(1);
    expect(keysOf(incident)).toEqual([]);
    expect(await countOf('exposures', listId)).toBe(0);
  });

  test('goes on where it was cut off in the middle of the rows', async () => {
    const { incident } = await closedList();
    const people = Array.from({ length: 4500 }, (_, index) => `p${index}@example.com`).join('\n');
    const { list } = await importFiles(store, keys, incident.slug, { 'b.csv': `address\n${people}\n` });
    const listId = list?.id ?? '';
    await destroy(incident);
    let statements = 0;
    const cutOff = new Proxy(store.db, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property === 'execute' && (statements += 1) > 7) throw new Error('killed');
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await expect(deleteDestroyedRows(cutOff, keys, day)).rejects.toThrow('killed');
    const left = (await countOf('exposures', listId)) ?? 0;
    expect(await deleteDestroyedRows(store.db, keys, day)).toBeGreaterThan(0);
    expect([left > 0 && left < 4500, await countOf('exposures', listId)]).toEqual([true, 0]);
  });

  test('repeated changes nothing but what was left of the keys', async () => {
    const { incident } = await closedList();
    await destroy(incident);
    await destroyExposures(
      store.db,
      keys,
      operator,
      { incidentId: incident.id, slug: incident.slug },
      new Date(day.getTime() + 60_000),
    );
    expect(await askAll(incident)).toMatchObject(everybody.map(() => ({ destroyedAt: day })));
  });

  test('leaves nobody to be found, even with a copy of the key', async () => {
    const { incident, listId } = await closedList();
    const rows = await rowsOf<{ key: string }>(
      store,
      `select encode(address_key, 'hex') as key from exposures where list_id = '${listId}'`,
    );
    await destroy(incident);
    await deleteDestroyedRows(store.db, keys, day);
    const dump = await dumpOf(store);
    expect(rows).toHaveLength(3);
    for (const { key } of rows) expect(dump.includes(key)).toBe(false);
  });

  test('ends its lists: none is compared, put in force, closed or imported any more', async () => {
    const { incident, listId } = await closedList();
    const draft = await importFiles(
      store,
      keys,
      incident.slug,
      { 'b.csv': 'address\nb@example.com\n' },
      { as: editor },
    );
    const draftId = draft.list?.id ?? '';
    await destroy(incident);
    await expect(compareWithListInForce(store, editor, draftId, day)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(applyExposureList(store.db, approver, draftId, day)).rejects.toThrow('have been destroyed');
    await expect(closeExposureList(store.db, approver, listId, day)).rejects.toMatchObject({
      code: 'conflict',
    });
    const again = importFiles(store, keys, incident.slug, { 'c.csv': 'address\nc@example.com\n' });
    await expect(again).rejects.toThrow('can be imported into it any more');
    expect(keysOf(incident)).toEqual([]);
  });
});

describe('An incident’s data is not destroyed', () => {
  async function untouched(incident: Incident) {
    expect(keysOf(incident)).toHaveLength(1);
    expect((await askAll(incident)).map(({ verdict }) => verdict)[0]).toBe('exposed');
  }

  test('by an approver, or by the owner who imported a list of it', async () => {
    const { incident } = await closedList();
    await expect(destroy(incident, approver)).rejects.toMatchObject({ code: 'forbidden' });
    const importer = { ...owner, id: editor.id };
    await expect(destroy(incident, importer)).rejects.toThrow('another owner');
    await untouched(incident);
  });

  test('when another name was typed', async () => {
    const { incident } = await closedList();
    await expect(destroy(incident, owner, keys, `${incident.slug}x`)).rejects.toMatchObject({
      code: 'invalid',
    });
    await untouched(incident);
  });

  test('while a list is being imported', async () => {
    const { incident, listId } = await closedList();
    await rowsOf(
      store,
      `insert into exposure_lists (id, incident_id, version, state, source_name, key_version, key_fingerprint, norm_version, imported_at)
       select '${listId}x', incident_id, 2, 'loading', 'x', key_version, key_fingerprint, norm_version, imported_at
       from exposure_lists where id = '${listId}'`,
    );
    await expect(destroy(incident)).rejects.toThrow('is being imported');
    await untouched(incident);
    await rowsOf(store, `delete from exposure_lists where id = '${listId}x'`);
  });

  test('while a broadcast to its people is being prepared', async () => {
    const { incident } = await closedList();
    const content: BroadcastContent = { title: 't', summary: 's', html: 'h', text: 't', permalink: 'p' };
    await rowsOf(
      store,
      `insert into broadcasts (id, purpose, about_kind, about_id, content, audience, state, drafted_by, drafted_at)
       values ('b-${incident.id}', 'duty', 'statement_revision', 'r', '${JSON.stringify(content)}',
         '${JSON.stringify({ kind: 'exposed', incidentId: incident.id })}', 'approved', 'x', now())`,
    );
    await expect(destroy(incident)).rejects.toThrow('broadcast');
    await untouched(incident);
    await rowsOf(store, `delete from broadcasts where id = 'b-${incident.id}'`);
  });

  test('where there is none', async () => {
    await expect(destroy(await dataIncident(store.db))).rejects.toMatchObject({ code: 'conflict' });
    await expect(destroy({ id: 'nothing', slug: 'x', title: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('A version of an incident’s key', () => {
  const destroyKey = (incidentId: string, version: number, as: Actor = operator) =>
    destroyExposureKey(store.db, keys, as, { incidentId, version }, day);

  test('is not destroyed while a list rests on it, nor when the next import would use it', async () => {
    const { incident } = await closedList();
    await expect(destroyKey(incident.id, 1)).rejects.toThrow('Version 1 of the list');
    keys.rotate(`exposure-${incident.id}`);
    await expect(destroyKey(incident.id, 1)).rejects.toThrow('rests on this key');
    await expect(destroyKey(incident.id, 2)).rejects.toThrow('next import');
    expect(keysOf(incident)).toHaveLength(2);
  });

  test('is destroyed when nothing rests on it, with evidence', async () => {
    const { incident } = await closedList();
    keys.rotate(`exposure-${incident.id}`);
    keys.rotate(`exposure-${incident.id}`);
    await destroyKey(incident.id, 2);
    expect(
      keysOf(incident)
        .map(({ version }) => version)
        .sort(),
    ).toEqual([1, 3]);
    const entries = await rowsOf<{ details: unknown }>(
      store,
      `select details from evidence where subject = 'key:exposure-${incident.id}'`,
    );
    expect(entries).toEqual([
      { details: { version: 2, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) } },
    ]);
    expect((await askAll(incident)).map(({ verdict }) => verdict)[0]).toBe('exposed');
  });

  test('is destroyed by an owner, and has to be there', async () => {
    await expect(destroyKey('nothing', 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(destroyKey('nothing', 1, approver)).rejects.toMatchObject({ code: 'forbidden' });
    keys.current('exposure-gone');
    await destroyKey('gone', 1);
    expect(keys.active('exposure-gone')).toEqual([]);
  });
});
