import { eq } from '#db/drizzle.ts';
import { expect, test } from 'vitest';
import { deliveries, subscriptions } from '#db/schema/index.ts';
import { beginFreeze, freezeChunk } from '#src/domain/broadcasts/freeze.ts';
import { getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { openRecipient } from '#src/domain/broadcasts/recipients.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';
import {
  addressesOf,
  confirmedSubscriber,
  confirmedSubscribers,
  deliveriesOf,
  frozenBroadcast,
  letterhead,
  later,
  now,
  releasedBroadcast,
  rowsOf,
} from './support.ts';

const store = await testStore();
const keys = testKeys();
const mailer = testOutbox();

test('an audience becomes deliveries in batches of at most 100, numbered without gaps', async () => {
  await inRollback(store, async (db) => {
    const people = addressesOf(2150);
    await confirmedSubscribers(db, keys, people);
    const broadcastId = await frozenBroadcast(db, keys, mailer);
    const rows = await deliveriesOf(db, broadcastId);
    expect(rows.map(({ batchNumber, position }) => (batchNumber - 1) * 100 + position)).toEqual(
      people.map((_, index) => index),
    );
    expect(new Set(rows.map((row) => openRecipient(keys, row.id, row.sealedAddress)))).toEqual(
      new Set(people),
    );
    expect(await getBroadcast(db, broadcastId)).toMatchObject({
      state: 'sending',
      audienceCount: 2150,
      freezeCursor: null,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

test('only confirmed subscribers of the topic are in it; the suppressed are, to be skipped and counted', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'ada@example.com');
    await confirmedSubscriber(db, keys, 'suppressed@example.com');
    await confirmedSubscriber(db, keys, 'notices-only@example.com', ['notices']);
    const pending = await confirmedSubscriber(db, keys, 'pending@example.com');
    await db.update(subscriptions).set({ confirmedAt: null }).where(eq(subscriptions.id, pending));
    const ended = await confirmedSubscriber(db, keys, 'ended@example.com');
    await db.update(subscriptions).set({ endedAt: now }).where(eq(subscriptions.id, ended));
    await suppress(db, keys, [{ address: addressOf('suppressed@example.com'), reason: 'bounced' }], now);
    const rows = await deliveriesOf(db, await frozenBroadcast(db, keys, mailer));
    expect(rows.map((row) => openRecipient(keys, row.id, row.sealedAddress)).sort()).toEqual([
      'ada@example.com',
      'suppressed@example.com',
    ]);
  });
});

test('a chunk that fails leaves nothing of itself', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscribers(db, keys, addressesOf(1100));
    const broadcastId = await releasedBroadcast(db, keys);
    await beginFreeze(db, keys, { letterhead, mailer }, broadcastId);
    await freezeChunk(db, keys, broadcastId);
    const { freezeCursor } = await getBroadcast(db, broadcastId);
    await expect(
      db.transaction(async (tx) => {
        await freezeChunk(tx, keys, broadcastId);
        throw new Error('the process dies');
      }),
    ).rejects.toThrow('the process dies');
    expect(await getBroadcast(db, broadcastId)).toMatchObject({ state: 'freezing', freezeCursor });
    expect(await deliveriesOf(db, broadcastId)).toHaveLength(1000);
  });
});

test('recipients are not in the order of the list, and two broadcasts share no keyed hash', async () => {
  await inRollback(store, async (db) => {
    const people = addressesOf(150);
    await confirmedSubscribers(db, keys, people);
    const first = await deliveriesOf(db, await frozenBroadcast(db, keys, mailer));
    const second = await deliveriesOf(db, await frozenBroadcast(db, keys, mailer));
    const order = first.map((row) => openRecipient(keys, row.id, row.sealedAddress));
    expect(order).not.toEqual(people);
    const hashes = new Set(first.map((row) => Buffer.from(row.recipientKey).toString('hex')));
    expect(second.some((row) => hashes.has(Buffer.from(row.recipientKey).toString('hex')))).toBe(false);
  });
});

test('the database holds no address of a recipient in plain text', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'canary@example.com');
    await frozenBroadcast(db, keys, mailer);
    const rows = await rowsOf<{ text: string }>(
      db,
      `select row_to_json(d)::text || encode(sealed_address, 'escape') || encode(recipient_key, 'escape') as text from deliveries d`,
    );
    expect(rows.map(({ text }) => text).join()).not.toContain('canary');
  });
});

test('the unique constraint is the last word: one keyed hash has one delivery', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscriber(db, keys, 'ada@example.com');
    const [row] = await deliveriesOf(db, await frozenBroadcast(db, keys, mailer));
    if (!row) throw new Error('no delivery');
    const twin = { ...row, id: 'another00000', position: 7, acceptedAt: later(1) };
    await expect(db.transaction((tx) => tx.insert(deliveries).values(twin))).rejects.toThrow();
  });
});

test('two processes that freeze at once make no delivery twice, and what was rendered first stays', async () => {
  const { db } = store;
  await confirmedSubscribers(db, keys, addressesOf(2500, 'notices'), ['notices']);
  const toNotices = { audience: { kind: 'subscribers', topic: 'notices' } } as const;
  const broadcastId = await releasedBroadcast(db, keys, toNotices);
  await beginFreeze(db, keys, { letterhead, mailer }, broadcastId);
  const { contentHash } = await getBroadcast(db, broadcastId);
  await beginFreeze(
    db,
    keys,
    { letterhead: { ...letterhead, from: 'x@harbourline.example' }, mailer },
    broadcastId,
  );
  const freezeAll = async () => {
    while (await freezeChunk(db, keys, broadcastId));
  };
  await Promise.all([freezeAll(), freezeAll(), freezeAll()]);
  expect(await getBroadcast(db, broadcastId)).toMatchObject({
    state: 'sending',
    audienceCount: 2500,
    contentHash,
  });
  expect(await deliveriesOf(db, broadcastId)).toHaveLength(2500);
});
