import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { advanceBroadcasts } from '#src/domain/broadcasts/advance.ts';
import { resumeBroadcast, stopBroadcast } from '#src/domain/broadcasts/commands.ts';
import { accountBroadcast } from '#src/domain/broadcasts/queries.ts';
import { operator } from '#src/domain/actors.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox, type TestOutbox } from '#tests/support/outbox.ts';
import {
  addressesOf,
  confirmedSubscribers,
  frozenBroadcast,
  now,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();
await confirmedSubscribers(db, keys, addressesOf(1500));

/** An outbox behind a slow line. */
function slowOutbox(ms: number): TestOutbox {
  const outbox = testOutbox();
  return {
    ...outbox,
    async sendBatch(batch, signal) {
      const result = await outbox.sendBatch(batch, signal);
      await sleep(ms);
      return result;
    },
  };
}

test.each([1, 3])(
  'a stop in the middle lets at most one batch more leave for each of %i lanes, and accounts for everybody',
  async (lanes) => {
    const outbox = slowOutbox(15);
    const sender = senderWith(outbox);
    const broadcastId = await frozenBroadcast(db, keys, outbox);
    let sending = true;
    const lane = async () => {
      while (sending) {
        await advanceBroadcasts(db, keys, sender);
        await setImmediate();
      }
    };
    const all = Promise.all(Array.from({ length: lanes }, lane));
    while (outbox.requests.length < 6) await sleep(1);
    await stopBroadcast(db, operator, { broadcastId }, now);
    const atStop = outbox.requests.length;
    await sleep(200);
    sending = false;
    await all;
    expect(outbox.requests.length - atStop).toBeLessThanOrEqual(lanes);
    const account = await accountBroadcast(db, broadcastId);
    expect(account).toMatchObject({ accepted: outbox.sent.length, unknown: 0, closes: false });
    expect(account.accepted + account.pending).toBe(1500);
    expect(account.pending).toBeGreaterThan(0);

    await resumeBroadcast(db, operator, { broadcastId }, now);
    await sendAll(db, keys, sender);
    expect(new Set(outbox.sent.map(({ to }) => to)).size).toBe(1500);
    expect(outbox.sent).toHaveLength(1500);
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'done', reason: null });
  },
);

test('several lanes at once send to everybody once', async () => {
  const outbox = testOutbox();
  const broadcastId = await frozenBroadcast(db, keys, outbox);
  const sender = senderWith(outbox);
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      while ((await stateOf(db, broadcastId)).state === 'sending') await advanceBroadcasts(db, keys, sender);
    }),
  );
  expect(outbox.sent).toHaveLength(1500);
  expect(outbox.requests).toHaveLength(15);
  expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 1500, closes: true });
});
