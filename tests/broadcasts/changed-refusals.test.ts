import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { exposureLists } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { resumeBroadcast } from '#src/domain/broadcasts/commands.ts';
import { beginFreeze, freezeChunk } from '#src/domain/broadcasts/freeze.ts';
import { advanceBroadcasts } from '#src/domain/broadcasts/advance.ts';
import { destroyExposures } from '#src/domain/exposures/destruction.ts';
import { destroySealedOriginals } from '#src/domain/exposures/sealed.ts';
import type { KeyName, KeyStore } from '#src/trust/keys.ts';
import { KeyStoreError } from '#src/trust/key-files.ts';
import { staffMember } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import {
  changedBroadcast,
  changedTo,
  corrected,
  listOf,
  recipientsOf,
  type Incident,
} from './changed-support.ts';
import {
  deliveriesOf,
  later,
  letterhead,
  now,
  releasedBroadcast,
  rowsOf,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();
const before = 'address\na@example.com\nb@example.com\n';
const after = 'address\nb@example.com\nc@example.com\n';
const all = ['a@example.com', 'c@example.com'];

const withoutKey = (away: KeyName): KeyStore => ({
  ...keys,
  active: (name) => (name === away ? [] : keys.active(name)),
  get(name, version) {
    if (name !== away) return keys.get(name, version);
    throw new KeyStoreError(`The key "${name}" version ${version} is not in the folder.`);
  },
});

/** Works at it until it rests; says what became of it, and that nothing has left. */
async function haltedBy(broadcastId: string, held: KeyStore = keys): Promise<string> {
  const outbox = testOutbox();
  await sendAll(db, held, senderWith(outbox));
  expect(outbox.requests).toEqual([]);
  const { state, reason } = await stateOf(db, broadcastId);
  expect(state).toBe('halted');
  for (const address of ['a@', 'b@', 'c@']) expect(reason).not.toContain(address);
  return reason ?? '';
}

/** What was wrong has been mended: everybody gets it, once. */
async function resumed(broadcastId: string): Promise<string[]> {
  await resumeBroadcast(db, operator, { broadcastId }, now);
  const outbox = testOutbox();
  await sendAll(db, keys, senderWith(outbox));
  expect(await stateOf(db, broadcastId)).toMatchObject({ state: 'done' });
  expect(outbox.sent.map(({ to }) => to).sort()).toEqual(await recipientsOf(db, keys, broadcastId));
  return recipientsOf(db, keys, broadcastId);
}

describe('A broadcast to those whose answer changed halts, sends nothing and loses nobody', () => {
  test('while the private half of the sealing key is offline', async () => {
    const { incident } = await corrected(store, keys, before, after);
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    expect(await haltedBy(id, withoutKey('sealing'))).toContain('private half of the sealing key');
    expect(await resumed(id)).toEqual(all);
  });

  test('while the key of either list is not in the key folder', async () => {
    const { incident, replaceBy } = await listOf(store, keys, before);
    const name = `exposure-${incident.id}` as const;
    const first = keys.get(name, 1);
    keys.rotate(name);
    await replaceBy(after);
    const id = await changedBroadcast(db, keys, incident.id, 'newlyExposed');
    expect(await haltedBy(id, withoutKey(name))).toContain('version 2 is not in the folder');
    const withoutOlder: KeyStore = {
      ...keys,
      get: (asked, version) =>
        asked === name && version === 1 ? withoutKey(name).get(asked, version) : keys.get(asked, version),
    };
    await resumeBroadcast(db, operator, { broadcastId: id }, now);
    expect(await haltedBy(id, withoutOlder)).toContain('version 1 is not in the folder');
    const withAnother: KeyStore = {
      ...keys,
      get: (asked, version) =>
        asked === name && version === 1 ? { ...first, bytes: new Uint8Array(32) } : keys.get(asked, version),
    };
    await resumeBroadcast(db, operator, { broadcastId: id }, now);
    expect(await haltedBy(id, withAnother)).toContain(
      'is not the one that version 1 of the list was made with',
    );
    expect(await resumed(id)).toEqual(['c@example.com']);
  });

  test('when the rows of the older list are gone: everybody would seem newly exposed', async () => {
    const { incident, olderId } = await corrected(store, keys, before, after);
    const id = await changedBroadcast(db, keys, incident.id, 'newlyExposed');
    await rowsOf(db, `delete from exposures where list_id = '${olderId}'`);
    expect(await haltedBy(id)).toContain('The rows of this exposure list are gone');
  });

  test('when some rows of the older list are gone: more would seem newly exposed than were counted', async () => {
    const { incident, olderId } = await corrected(
      store,
      keys,
      before,
      'address\na@example.com\nb@example.com\nc@example.com\n',
    );
    const id = await changedBroadcast(db, keys, incident.id, 'newlyExposed');
    await deleteOne('exposures', 'address_key', olderId);
    expect(await haltedBy(id)).toContain('More answers have changed than were counted');
    expect(await deliveriesOf(db, id)).toEqual([]);
  });

  test('when some rows of the newer list are gone: somebody exposed would seem not to be', async () => {
    const { incident, newerId } = await corrected(store, keys, before, after);
    const id = await changedBroadcast(db, keys, incident.id, 'newlyExposed');
    await deleteOne('exposures', 'address_key', newerId);
    expect(await haltedBy(id)).toContain('Version 2 of the list has lost rows');
  });

  test('when sealed addresses are lost: somebody would be forgotten', async () => {
    const { incident, newerId } = await corrected(store, keys, before, after);
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    await deleteOne('sealed_originals', 'id', newerId);
    expect(await haltedBy(id)).toContain(
      'Not all sealed addresses of version 2 of the list are there any more',
    );
  });

  test('when a sealed address was moved from one list to another', async () => {
    const { incident, newerId, olderId } = await corrected(store, keys, before, after);
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    await rowsOf(db, `delete from sealed_originals where list_id = '${newerId}'`);
    await rowsOf(db, `update sealed_originals set list_id = '${newerId}' where list_id = '${olderId}'`);
    expect(await haltedBy(id)).toContain('A sealed address of version 2 of the list cannot be opened');
  });

  test('when the sealed addresses are destroyed between release and freeze, and while it freezes', async () => {
    const { incident, olderId } = await corrected(store, keys, before, after);
    const early = await changedBroadcast(db, keys, incident.id, 'everybody');
    const late = await changedBroadcast(db, keys, incident.id, 'everybody');
    await beginFreeze(db, keys, { letterhead, mailer: testOutbox() }, late);
    await freezeChunk(db, keys, late);
    await db.update(exposureLists).set({ sealedUntil: now }).where(eq(exposureLists.id, olderId));
    await destroySealedOriginals(db, later(1));
    const reason = 'The addresses of version 1 of the list are not kept';
    expect(await haltedBy(early)).toContain(reason);
    expect((await stateOf(db, late)).reason).toContain(reason);
    // Those newly exposed stand in the other list.
    const id = await changedBroadcast(db, keys, incident.id, 'newlyExposed');
    await sendAll(db, keys, senderWith(testOutbox()));
    expect(await recipientsOf(db, keys, id)).toEqual(['c@example.com']);
  });

  test('when the list is replaced before it is released, before it is frozen, and while it freezes', async () => {
    const { incident, replaceBy } = await corrected(store, keys, before, after);
    const outdated = await changedTo(db, incident.id, 'everybody');
    const early = await releasedBroadcast(db, keys, outdated);
    const late = await releasedBroadcast(db, keys, outdated);
    await beginFreeze(db, keys, { letterhead, mailer: testOutbox() }, late);
    await freezeChunk(db, keys, late);
    await replaceBy('address\nd@example.com\n');
    const reason = expect.stringContaining(
      'about what version 2 of the list changed, and version 3 has taken its place',
    );
    await expect(releasedBroadcast(db, keys, outdated)).rejects.toMatchObject({
      code: 'conflict',
      message: reason,
    });
    expect(await haltedBy(early)).toEqual(reason);
    expect(await stateOf(db, late)).toEqual({ state: 'halted', reason });
  });
});

describe('What stands in the way', () => {
  test('the first list of an incident changed nobody’s answer', async () => {
    const { incident } = await listOf(store, keys, before);
    const release = releasedBroadcast(db, keys, await changedTo(db, incident.id, 'everybody'));
    await expect(release).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Version 1 is the first list of this incident'),
    });
  });

  test('addresses can be destroyed when such a broadcast halted for good, as its list was replaced', async () => {
    const { incident, replaceBy } = await corrected(store, keys, before, after);
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    await replaceBy('address\nd@example.com\n');
    await haltedBy(id);
    expect(await destroy(incident)).toEqual({ lists: 3 });
  });

  test('addresses are not destroyed while such a broadcast is being prepared', async () => {
    const { incident } = await corrected(store, keys, before, after);
    await changedBroadcast(db, keys, incident.id, 'everybody');
    await expect(destroy(incident)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('A broadcast to these people is being prepared'),
    });
    for (let busy = true; busy;)
      busy = (await advanceBroadcasts(db, keys, senderWith(testOutbox()))) === 'busy';
    expect(await destroy(incident)).toEqual({ lists: 2 });
  });
});

const destroy = ({ id: incidentId, slug }: Incident) =>
  destroyExposures(db, keys, staffMember('owner'), { incidentId, slug }, now);

async function deleteOne(table: string, key: string, listId: string): Promise<void> {
  await rowsOf(
    db,
    `delete from ${table} where list_id = '${listId}' and ${key} = (select ${key} from ${table} where list_id = '${listId}' order by 1 limit 1)`,
  );
}
