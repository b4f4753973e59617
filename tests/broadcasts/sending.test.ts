import { eq, sql } from '#db/drizzle.ts';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries, providerBatches, senderGate, subscriptions } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { advanceBroadcasts } from '#src/domain/broadcasts/advance.ts';
import { resumeBroadcast } from '#src/domain/broadcasts/commands.ts';
import { claimProviderBatch } from '#src/domain/broadcasts/provider-batches.ts';
import { accountBroadcast } from '#src/domain/broadcasts/queries.ts';
import { markAccepted, putBack, setUnknown } from '#src/domain/broadcasts/settlement.ts';
import { endSubscription } from '#src/domain/subscribers/commands.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import type { Mailer } from '#src/mail/mailer.ts';
import { resendMailer } from '#src/mail/resend.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { evidenceKinds } from '#tests/support/desk.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';
import { startResendDouble } from '#tests/support/resend-double.ts';
import {
  addressesOf,
  confirmedSubscriber,
  confirmedSubscribers,
  deliveriesOf,
  frozenBroadcast,
  later,
  now,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const keys = testKeys();
const double = await startResendDouble({ requestsPerSecond: null });
const mailer = resendMailer({ apiKey: 're_test', baseUrl: double.url });
const people = addressesOf(250);

afterEach(() => {
  expect(double.violations).toEqual([]);
  double.ledger.length = 0;
  double.requests.length = 0;
  double.faults.next = [];
  double.faults.shares = {};
  double.faults.refused.clear();
  double.faults.namesRefused = false;
});
afterAll(() => double.close());

/** 250 subscribers, frozen, sent to the double with this fault on the way. */
async function sending(db: Database) {
  await confirmedSubscribers(db, keys, people);
  const sender = senderWith(mailer);
  return { sender, broadcastId: await frozenBroadcast(db, keys, mailer) };
}

const sentTo = () => double.ledger.map(({ to }) => to).sort();

test('everybody gets one message of their own, in requests of 100, and the account closes', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    await sendAll(db, keys, sender);
    expect(double.requests.map(({ messages }) => messages)).toEqual([100, 100, 50]);
    expect(sentTo()).toEqual([...people].sort());
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({
      audience: 250,
      accepted: 250,
      pending: 0,
      closes: true,
    });
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'done', reason: null });
    const ids = new Map(double.ledger.map(({ providerId, tags }) => [tags['delivery'], providerId]));
    for (const { id, providerId } of await deliveriesOf(db, broadcastId))
      expect(ids.get(id)).toBe(providerId);
  });
});

test('an update has one-click unsubscribing, for its own reader', async () => {
  await inRollback(store, async (db) => {
    const subscription = await confirmedSubscriber(db, keys, 'ada@example.com');
    await frozenBroadcast(db, keys, mailer);
    await sendAll(db, keys, senderWith(mailer));
    const link = `https://status.harbourline.example/u/${subscriptionToken(keys.current('tokens'), subscription)}`;
    const update = double.ledger[0]?.message;
    expect(update?.headers).toMatchObject({
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': '<statements.status.harbourline.example>',
    });
    expect(update?.text).toContain(link);
    expect(update?.html).toContain(link);
  });
});

test('whoever unsubscribed or was suppressed between freeze and claim is skipped, with the reason', async () => {
  await inRollback(store, async (db) => {
    const [leaver = ''] = await confirmedSubscribers(db, keys, [
      'leaver@example.com',
      'stays@example.com',
      'bounced@example.com',
    ]);
    const changer = await confirmedSubscriber(db, keys, 'changer@example.com');
    const erased = await confirmedSubscriber(db, keys, 'erased@example.com');
    const broadcastId = await frozenBroadcast(db, keys, mailer);
    await endSubscription(db, keys, subscriptionToken(keys.current('tokens'), leaver), now);
    await db.update(subscriptions).set({ wantsStatements: false }).where(eq(subscriptions.id, changer));
    await db.delete(subscriptions).where(eq(subscriptions.id, erased));
    await suppress(db, keys, [{ address: addressOf('bounced@example.com'), reason: 'bounced' }], now);
    await sendAll(db, keys, senderWith(mailer));
    expect(sentTo()).toEqual(['stays@example.com']);
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({
      audience: 5,
      accepted: 1,
      skipped: { unsubscribed: 3, suppressed: 1 },
      closes: true,
    });
  });
});

test('a batch whose recipients have all left sends nothing and is done', async () => {
  await inRollback(store, async (db) => {
    const id = await confirmedSubscriber(db, keys, 'leaver@example.com');
    const broadcastId = await frozenBroadcast(db, keys, mailer);
    await endSubscription(db, keys, subscriptionToken(keys.current('tokens'), id), now);
    await sendAll(db, keys, senderWith(mailer));
    expect(double.requests).toHaveLength(0);
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'done', reason: null });
  });
});

test.each([
  'drop after accepting',
  'drop before accepting',
  '500 after accepting',
  '500 before accepting',
  'truncated after accepting',
  'html after accepting',
  'rate limit',
] as const)(
  'after "%s" the same bytes go out under the same key, and nobody gets it twice',
  async (fault) => {
    await inRollback(store, async (db) => {
      const { sender, broadcastId } = await sending(db);
      double.faults.next = [fault, undefined, fault];
      await sendAll(db, keys, sender);
      expect(sentTo()).toEqual([...people].sort());
      expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 250, closes: true });
    });
  },
);

test('a provider that asks for patience is asked by nobody before', async () => {
  await inRollback(store, async (db) => {
    const { sender } = await sending(db);
    double.faults.next = ['rate limit'];
    await advanceBroadcasts(db, keys, sender);
    const [gate] = await db.select().from(senderGate);
    expect(gate?.nextAt?.getTime()).toBeGreaterThanOrEqual(later(1000).getTime());
    const paced = { ...sender, intervalMs: 100 };
    sender.wait(-500);
    expect(await advanceBroadcasts(db, keys, paced)).toBe('idle');
    expect(double.requests).toHaveLength(1);
  });
});

test('a refused message that the provider names is rejected, and the others go out under a new key', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    double.faults.refused.add('reader7@example.com');
    double.faults.namesRefused = true;
    await sendAll(db, keys, sender);
    expect(sentTo()).toEqual(people.filter((to) => to !== 'reader7@example.com').sort());
    const account = await accountBroadcast(db, broadcastId);
    expect(account).toMatchObject({ accepted: 249, closes: true });
    expect(Object.values(account.rejected)).toEqual([1]);
    expect(Object.keys(account.rejected)[0]).not.toContain('reader7@');
    expect(new Set(double.requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(4);
  });
});

test('where the provider names nobody, the batch is halved until the one at fault stands alone', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    for (const refused of ['reader7@example.com', 'reader101@example.com'])
      double.faults.refused.add(refused);
    await sendAll(db, keys, sender);
    expect(double.ledger).toHaveLength(248);
    const account = await accountBroadcast(db, broadcastId);
    expect(account).toMatchObject({ audience: 250, accepted: 248, closes: true });
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'done', reason: null });
  });
});

test.each([
  [401, 'restricted_api_key'],
  [403, 'validation_error'],
  [429, 'monthly_quota_exceeded'],
])(
  '%i %s halts everything with the reason; resumed, it goes on and nobody is missing',
  async (status, name) => {
    await inRollback(store, async (db) => {
      const { sender, broadcastId } = await sending(db);
      const other = await frozenBroadcast(db, keys, mailer);
      double.faults.next = [
        undefined,
        undefined,
        { status, body: { statusCode: status, name, message: 'No.' } },
      ];
      await sendAll(db, keys, sender);
      expect(double.ledger).toHaveLength(200);
      for (const id of [broadcastId, other]) {
        expect(await stateOf(db, id)).toEqual({ state: 'halted', reason: expect.stringContaining(name) });
      }
      expect(await db.select({ stopped: senderGate.stopped }).from(senderGate)).toEqual([{ stopped: true }]);

      for (const id of [broadcastId, other]) await resumeBroadcast(db, operator, { broadcastId: id }, now);
      await sendAll(db, keys, sender);
      for (const id of [broadcastId, other]) {
        expect(await accountBroadcast(db, id)).toMatchObject({ accepted: 250, closes: true });
      }
    });
  },
);

test('while the gate is stopped nothing leaves, whatever the broadcast says', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    await db.update(senderGate).set({ stopped: true });
    await sendAll(db, keys, sender);
    expect(double.requests).toHaveLength(0);
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'sending', reason: null });
  });
});

test('a key that was spent on other bytes makes the batch unknown, never sent again, and the rest goes on', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    const conflict = {
      statusCode: 409,
      name: 'invalid_idempotent_request',
      message: 'Same key, other body.',
    };
    double.faults.next = [{ status: 409, body: conflict }];
    await sendAll(db, keys, sender);
    expect(double.ledger).toHaveLength(150);
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({
      accepted: 150,
      unknown: 100,
      closes: false,
    });
    expect(await stateOf(db, broadcastId)).toEqual({
      state: 'halted',
      reason: expect.stringContaining('100 of 250 recipients may or may not'),
    });
    await resumeBroadcast(db, operator, { broadcastId }, now);
    await sendAll(db, keys, sender);
    expect(double.ledger).toHaveLength(150);
  });
});

test('23 hours after the first attempt a batch without an answer is unknown', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    double.faults.next = ['drop after accepting'];
    await advanceBroadcasts(db, keys, sender);
    sender.wait(23 * 3_600_000 + 1);
    double.expireKeys();
    await sendAll(db, keys, sender);
    expect(double.ledger).toHaveLength(250);
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 150, unknown: 100 });
  });
});

test('bytes that are no longer what was sealed are held back, and the broadcast halts', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    double.faults.next = ['drop before accepting'];
    await advanceBroadcasts(db, keys, sender);
    await db.execute(sql`update broadcasts set rendered = jsonb_set(rendered, '{subject}', '"Changed"')`);
    sender.wait(60_000);
    await sendAll(db, keys, sender);
    expect(double.ledger).toHaveLength(0);
    expect(await stateOf(db, broadcastId)).toEqual({
      state: 'halted',
      reason: expect.stringContaining('no longer what was sealed'),
    });
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({ unknown: 100, pending: 150 });
  });
});

test('an address that was moved to another row is held back', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    const [first, second] = await deliveriesOf(db, broadcastId);
    await db
      .update(deliveries)
      .set({ sealedAddress: second?.sealedAddress ?? null })
      .where(eq(deliveries.id, first?.id ?? ''));
    await sendAll(db, keys, sender);
    expect(double.requests).toHaveLength(0);
    expect(await stateOf(db, broadcastId)).toEqual({
      state: 'halted',
      reason: expect.stringContaining('not as many messages'),
    });
  });
});

test('keys that are rotated between two attempts change nothing in the bytes', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    double.faults.next = ['drop after accepting'];
    await advanceBroadcasts(db, keys, sender);
    for (const name of ['tokens', 'broadcasts', 'addresses'] as const) keys.rotate(name);
    await sendAll(db, keys, sender);
    expect(double.ledger).toHaveLength(250);
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 250, closes: true });
  });
});

test('a broadcast stays with the transport it was begun with', async () => {
  await inRollback(store, async (db) => {
    const { broadcastId } = await sending(db);
    const outbox = testOutbox();
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.requests).toHaveLength(0);
    expect(await stateOf(db, broadcastId)).toEqual({
      state: 'halted',
      reason: expect.stringContaining('MAIL_TRANSPORT=resend'),
    });
  });
});

test('a batch in other hands is left alone until the lease ends', async () => {
  await inRollback(store, async (db) => {
    const { broadcastId } = await sending(db);
    const numbers = [];
    for (const at of [now, now, now, later(29_000), later(31_000)]) {
      numbers.push((await claimProviderBatch(db, keys, broadcastId, at))?.number);
    }
    expect(numbers).toEqual([1, 2, 3, undefined, 1]);
  });
});

test('an answer that arrives after another attempt counts once', async () => {
  await inRollback(store, async (db) => {
    const { broadcastId } = await sending(db);
    const first = await claimProviderBatch(db, keys, broadcastId, now);
    const second = await claimProviderBatch(db, keys, broadcastId, later(31_000));
    if (!first || !second) throw new Error('not claimed');
    expect([first.number, second.number]).toEqual([1, 1]);
    // The first attempt is outdated: it may not say more than "accepted".
    await setUnknown(db, first, 'late');
    await putBack(db, first, { state: 'again', reason: 'late' }, later(31_000));
    const ids = first.deliveryIds.map((id) => `p-${id}`);
    await markAccepted(db, first, ids, later(31_000));
    await markAccepted(db, second, ids, later(32_000));
    await setUnknown(db, second, 'later');
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({
      accepted: 100,
      pending: 150,
      unknown: 0,
    });
    const [batch] = await db.select().from(providerBatches).where(eq(providerBatches.number, 1));
    expect(batch).toMatchObject({ state: 'accepted', leaseUntil: null });
  });
});

test('a key that is not in the folder halts the broadcast and says what to do', async () => {
  await inRollback(store, async (db) => {
    const { sender, broadcastId } = await sending(db);
    const without = { ...keys, get: () => keys.get('broadcasts', 99) };
    await sendAll(db, without, sender);
    expect(await stateOf(db, broadcastId)).toEqual({
      state: 'halted',
      reason: expect.stringContaining('Restore the key folder'),
    });
    expect((await db.select().from(broadcasts))[0]?.audienceCount).toBe(250);
  });
});

test('a message that the mailer refuses to let out halts the broadcast, and the log says so', async () => {
  await inRollback(store, async (db) => {
    const { broadcastId } = await sending(db);
    // A broken adapter: it would put a second address into the message.
    const broken: Mailer = {
      ...mailer,
      sendBatch: ({ messages, ...batch }, signal) =>
        mailer.sendBatch(
          {
            ...batch,
            messages: messages.map((one) => ({ ...one, to: `${one.to}, eve@example.com` as EmailAddress })),
          },
          signal,
        ),
    };
    await sendAll(db, keys, senderWith(broken));
    expect(double.requests).toHaveLength(0);
    expect(await stateOf(db, broadcastId)).toEqual({
      state: 'halted',
      reason: expect.stringContaining('not exactly one plain address'),
    });
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({
      accepted: 0,
      unknown: 100,
      pending: 150,
    });
    expect((await evidenceKinds(db)).at(-1)).toBe('broadcast_stopped');
  });
});
