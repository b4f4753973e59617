import { eq } from '#db/drizzle.ts';
import { expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries, providerEvents, suppressions, unreached } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { resumeBroadcast } from '#src/domain/broadcasts/commands.ts';
import {
  applyProviderEvents,
  forgetProviderEvents,
  recordProviderEvent,
  type ProviderEvent,
} from '#src/domain/broadcasts/provider-events.ts';
import { accountBroadcast } from '#src/domain/broadcasts/queries.ts';
import { forgetRecipients } from '#src/domain/broadcasts/retention.ts';
import { confirmSubscription, requestSubscription } from '#src/domain/subscribers/commands.ts';
import { confirmationToken } from '#src/domain/subscribers/tokens.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';
import {
  addressesOf,
  confirmedSubscribers,
  deliveriesOf,
  dutyTo,
  exposedIncident,
  frozenBroadcast,
  later,
  now,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const keys = testKeys();
const DAY_MS = 24 * 3_600_000;

async function sentBroadcast(db: Database, people = addressesOf(3)) {
  const ids = await confirmedSubscribers(db, keys, people);
  const outbox = testOutbox();
  const broadcastId = await frozenBroadcast(db, keys, outbox);
  await sendAll(db, keys, senderWith(outbox));
  const rows = await deliveriesOf(db, broadcastId);
  const find = (address: string) => {
    const index = outbox.sent.findIndex(({ to }) => to === address);
    return rows.find((row) => row.id === outbox.sent[index]?.tags['delivery']) as (typeof rows)[number];
  };
  return { broadcastId, ids, outbox, rows, find };
}

let count = 0;
function event(
  kind: ProviderEvent['kind'],
  delivery: { id: string; providerId: string | null },
  more: Partial<ProviderEvent> = {},
): ProviderEvent {
  count += 1;
  return {
    id: `evt-${count}`,
    kind,
    providerId: delivery.providerId ?? undefined,
    deliveryId: delivery.id,
    at: now,
    ...more,
  };
}

async function told(db: Database, ...events: ProviderEvent[]) {
  for (const one of events) await recordProviderEvent(db, one, now);
  while ((await applyProviderEvents(db, keys, now)) > 0);
}

test('outcomes move forward only, in whichever order events come', async () => {
  await inRollback(store, async (db) => {
    const { rows, broadcastId } = await sentBroadcast(db);
    const [a, b, c] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
    await told(
      db,
      event('complained', a),
      event('delivered', a),
      event('delivered', b),
      event('delivered', c),
    );
    await told(db, event('bounced', b, { permanent: false }), event('delivered', b), event('other', c));
    expect((await accountBroadcast(db, broadcastId)).outcomes).toEqual({
      delivered: 1,
      suppressed: 0,
      bounced: 1,
      complained: 1,
    });
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 3, closes: true });
  });
});

test('the same event again is one event', async () => {
  await inRollback(store, async (db) => {
    const { rows } = await sentBroadcast(db);
    const first = event('delivered', rows[0] as (typeof rows)[0]);
    await told(db, first, first);
    await told(db, first);
    expect(await db.select({ id: providerEvents.id }).from(providerEvents)).toEqual([{ id: first.id }]);
  });
});

test('an event that names only the provider’s id finds its delivery; one about something else is passed over', async () => {
  await inRollback(store, async (db) => {
    const { rows, broadcastId } = await sentBroadcast(db);
    const only = event('delivered', rows[0] as (typeof rows)[0], { deliveryId: undefined });
    const foreign = event('bounced', { id: 'nobody000000', providerId: 'nothing' }, { permanent: true });
    await told(db, only, foreign);
    expect((await accountBroadcast(db, broadcastId)).outcomes).toMatchObject({ delivered: 1, bounced: 0 });
    expect(await db.select().from(suppressions)).toEqual([]);
  });
});

test('a permanent bounce and a complaint suppress the address; a passing bounce does not', async () => {
  await inRollback(store, async (db) => {
    const people = ['gone@example.com', 'annoyed@example.com', 'full@example.com', 'fine@example.com'];
    const { find } = await sentBroadcast(db, people);
    await told(
      db,
      event('bounced', find('gone@example.com'), { permanent: true }),
      event('complained', find('annoyed@example.com')),
      event('bounced', find('full@example.com'), { permanent: false }),
    );
    const rows = await db.select({ reason: suppressions.reason }).from(suppressions);
    expect(rows.map(({ reason }) => reason).sort()).toEqual(['bounced', 'complained']);

    const outbox = testOutbox();
    const next = await frozenBroadcast(db, keys, outbox);
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.sent.map(({ to }) => to).sort()).toEqual(['fine@example.com', 'full@example.com']);
    expect(await accountBroadcast(db, next)).toMatchObject({
      audience: 4,
      accepted: 2,
      skipped: { suppressed: 2 },
      closes: true,
    });
  });
});

test('a new double opt-in of the owner lifts a suppression', async () => {
  await inRollback(store, async (db) => {
    const { find, ids } = await sentBroadcast(db, ['gone@example.com']);
    await told(db, event('bounced', find('gone@example.com'), { permanent: true }));
    const again = {
      address: addressOf('gone@example.com'),
      topics: ['statements'] as const,
      clientAddress: '192.0.2.9',
    };
    await requestSubscription(db, keys, again, now);
    expect(await db.select().from(suppressions)).toHaveLength(1);
    const token = confirmationToken(keys.current('tokens'), ids[0] ?? '');
    await confirmSubscription(db, keys, { token, topics: ['statements'] }, now);
    expect(await db.select().from(suppressions)).toEqual([]);
  });
});

test('an event about a message without an answer shows that it was accepted, and the account closes', async () => {
  await inRollback(store, async (db) => {
    await confirmedSubscribers(db, keys, addressesOf(2));
    const outbox = testOutbox();
    const broadcastId = await frozenBroadcast(db, keys, outbox);
    outbox.next.push({ state: 'unknown', reason: 'The key is spent.' });
    await sendAll(db, keys, senderWith(outbox));
    const [first, second] = await deliveriesOf(db, broadcastId);
    if (!first || !second) throw new Error('no deliveries');
    await told(db, event('delivered', { id: first.id, providerId: 'p1' }));
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 1, unknown: 1, closes: false });
    await told(db, event('other', { id: second.id, providerId: 'p2' }));
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({ accepted: 2, unknown: 0, closes: true });
    await resumeBroadcast(db, operator, { broadcastId }, now);
    await sendAll(db, keys, senderWith(outbox));
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'done', reason: null });
    expect(outbox.sent).toEqual([]);
  });
});

test('30 days after the end recipients’ addresses are wiped; counts and outcomes stay', async () => {
  await inRollback(store, async (db) => {
    const { broadcastId, rows } = await sentBroadcast(db);
    await told(db, event('delivered', rows[0] as (typeof rows)[0]));
    expect(await forgetRecipients(db, later(30 * DAY_MS - 1))).toBe(0);
    expect(await forgetRecipients(db, later(30 * DAY_MS + 1))).toBe(3);
    expect(await forgetRecipients(db, later(30 * DAY_MS + 1))).toBe(0);
    for (const row of await deliveriesOf(db, broadcastId)) expect(row.sealedAddress).toBeNull();
    expect(await accountBroadcast(db, broadcastId)).toMatchObject({
      accepted: 3,
      outcomes: { delivered: 1 },
      closes: true,
    });
    expect(await forgetProviderEvents(db, later(31 * DAY_MS))).toBe(1);
  });
});

test('duty mail that bounced for good goes to the register of the unreached', async () => {
  const { db } = store;
  const incidentId = await exposedIncident(store, keys, ['a@example.com', 'b@example.com']);
  const outbox = testOutbox();
  const broadcastId = await frozenBroadcast(db, keys, outbox, dutyTo(incidentId));
  await sendAll(db, keys, senderWith(outbox));
  const [first, second] = await deliveriesOf(db, broadcastId);
  if (!first || !second) throw new Error('no deliveries');
  const bounced = event('bounced', first, { permanent: true });
  await told(db, bounced, { ...bounced, id: 'again' }, event('bounced', second, { permanent: false }));
  expect(
    await db.select({ deliveryId: unreached.deliveryId, reason: unreached.reason }).from(unreached),
  ).toEqual([{ deliveryId: first.id, reason: 'bounced' }]);
});

test('addresses from an exposure list are wiped on the day its sealed originals are destroyed', async () => {
  const { db } = store;
  const incidentId = await exposedIncident(store, keys, ['a@example.com']);
  const outbox = testOutbox();
  const broadcastId = await frozenBroadcast(db, keys, outbox, dutyTo(incidentId));
  await sendAll(db, keys, senderWith(outbox));
  // Finished a day before the originals' date: 30 days would outlive it.
  const sealedUntil = new Date('2027-01-30T06:00:00.000Z');
  await db
    .update(broadcasts)
    .set({ finishedAt: new Date(sealedUntil.getTime() - DAY_MS) })
    .where(eq(broadcasts.id, broadcastId));
  const wiped = () =>
    db
      .select({ sealed: deliveries.sealedAddress })
      .from(deliveries)
      .where(eq(deliveries.broadcastId, broadcastId));
  while ((await forgetRecipients(db, new Date(sealedUntil.getTime() - 1))) > 0);
  expect((await wiped()).every(({ sealed }) => sealed !== null)).toBe(true);
  while ((await forgetRecipients(db, sealedUntil)) > 0);
  expect((await wiped()).every(({ sealed }) => sealed === null)).toBe(true);
});
