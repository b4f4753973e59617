import { expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { advanceBroadcasts } from '#src/domain/broadcasts/advance.ts';
import { releaseBroadcast, resumeBroadcast, stopBroadcast } from '#src/domain/broadcasts/commands.ts';
import { getBroadcast, listInFlight } from '#src/domain/broadcasts/queries.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { evidenceKinds, staffMember } from '#tests/support/desk.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import {
  addressesOf,
  confirmedSubscriber,
  confirmedSubscribers,
  content,
  draftedBroadcast,
  frozenBroadcast,
  letterhead,
  now,
  releasedBroadcast,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const keys = testKeys();

test('a draft is released by another person, and the evidence log says who', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'ada@example.com');
    const broadcastId = await draftedBroadcast(db);
    const releaser = await staffMember(db, 'approver', 'Tom Reuter');
    await releaseBroadcast(db, keys, releaser, { broadcastId, letterhead }, now);
    const broadcast = await getBroadcast(db, broadcastId);
    expect(broadcast).toMatchObject({ state: 'approved', releasedBy: releaser.id, releasedAt: now });
    expect(await evidenceKinds(db)).toEqual(['broadcast_drafted', 'broadcast_released']);
    expect(await listInFlight(db)).toMatchObject([{ id: broadcastId, state: 'freezing', accepted: 0 }]);
  });
});

test('neither the person who drafted it, nor the operator, nor an editor can release it', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'ada@example.com');
    const broadcastId = await draftedBroadcast(db);
    const { draftedBy } = await getBroadcast(db, broadcastId);
    const drafter = { id: draftedBy, name: 'Ines Okafor', title: '', role: 'owner' } as const;
    for (const actor of [drafter, operator, await staffMember(db, 'editor')]) {
      const release = releaseBroadcast(db, keys, actor, { broadcastId, letterhead }, now);
      await expect(release).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'draft', reason: null });
  });
});

test('a second release is a conflict and sends nothing twice', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'ada@example.com');
    const outbox = testOutbox();
    const broadcastId = await releasedBroadcast(db, keys);
    await sendAll(db, keys, senderWith(outbox));
    const again = releaseBroadcast(
      db,
      keys,
      await staffMember(db, 'approver'),
      { broadcastId, letterhead },
      now,
    );
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.sent).toHaveLength(1);
  });
});

test('a broadcast to nobody is refused with the reason', async () => {
  await inRollback(store, async (db) => {
    await expect(releasedBroadcast(db, keys)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Nobody has subscribed'),
    });
    const duty = { purpose: 'duty', audience: { kind: 'exposed', incidentId: 'none' } } as const;
    await expect(releasedBroadcast(db, keys, duty)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Import and apply it first'),
    });
  });
});

test('what cannot be mailed is refused at the release, in words', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'ada@example.com');
    const remote = { ...content, html: '<p><img src="https://x.example/p.png"></p>' };
    await expect(releasedBroadcast(db, keys, { content: remote })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('image'),
    });
    const long = { ...content, html: `<p>${'x'.repeat(95_000)}</p>` };
    await expect(releasedBroadcast(db, keys, { content: long })).rejects.toMatchObject({ code: 'conflict' });
  });
});

test('an editor stops, an approver resumes, and it goes on exactly there', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscribers(db, keys, addressesOf(250));
    const outbox = testOutbox();
    const broadcastId = await frozenBroadcast(db, keys, outbox);
    const editor = await staffMember(db, 'editor', 'Tom Reuter');
    const approver = await staffMember(db, 'approver');
    await stopBroadcast(db, editor, { broadcastId }, now);
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'halted', reason: 'Stopped by Tom Reuter.' });
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.sent).toHaveLength(0);

    await expect(resumeBroadcast(db, editor, { broadcastId }, now)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await resumeBroadcast(db, approver, { broadcastId }, now);
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.sent).toHaveLength(250);
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'done', reason: null });
    await expect(stopBroadcast(db, editor, { broadcastId }, now)).rejects.toMatchObject({ code: 'conflict' });
    await expect(resumeBroadcast(db, approver, { broadcastId }, now)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await evidenceKinds(db)).slice(2)).toEqual([
      'broadcast_stopped',
      'broadcast_resumed',
      'broadcast_finished',
    ]);
  });
});

test.each([
  ['before it was begun', 0],
  ['half-way through', 1],
])('a freeze stopped %s goes on from there when it is resumed', async (_, chunks) => {
  await inRollback(store, async (db) => {
    await confirmedSubscribers(db, keys, addressesOf(1200));
    const outbox = testOutbox();
    const sender = senderWith(outbox);
    const broadcastId = await releasedBroadcast(db, keys);
    for (let turn = 0; turn < 2 * chunks; turn += 1) await advanceBroadcasts(db, keys, sender);
    await stopBroadcast(db, operator, { broadcastId }, now);
    await sendAll(db, keys, sender);
    expect(outbox.sent).toHaveLength(0);
    await resumeBroadcast(db, operator, { broadcastId }, now);
    await sendAll(db, keys, sender);
    expect(new Set(outbox.sent.map(({ to }) => to)).size).toBe(1200);
    expect(outbox.sent).toHaveLength(1200);
  });
});
