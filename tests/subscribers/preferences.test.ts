import { eq } from '#db/drizzle.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { letters, subscriptions, suppressions } from '#db/schema/index.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import {
  choosePreferences,
  chooseOwnPreferences,
  endSubscription,
} from '#src/domain/subscribers/commands.ts';
import { countSubscribers, findTokenHolder, listPreferences } from '#src/domain/subscribers/queries.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { addressOf } from '#tests/support/people.ts';
import { confirmedSubscriber, later, now } from '../broadcasts/support.ts';

const { db } = await testStore();
const keys = testKeys();

beforeEach(async () => {
  for (const table of [letters, subscriptions, suppressions]) await db.delete(table);
});

async function subscribed(address = 'ada@example.com') {
  const id = await confirmedSubscriber(db, keys, address, ['statements', 'notices']);
  return { id, token: subscriptionToken(keys.current('tokens'), id) };
}

describe('the link at the foot of an update', () => {
  test('ends the subscription at once, as often as it is asked', async () => {
    const { token } = await subscribed();
    await endSubscription(db, keys, token, now);
    await endSubscription(db, keys, token, later(1000));
    const [row] = await db.select({ endedAt: subscriptions.endedAt }).from(subscriptions);
    expect(row?.endedAt).toEqual(now);
    expect(await countSubscribers(db, 'statements')).toMatchObject({ people: 0 });
    expect(await findTokenHolder(db, keys, token)).toMatchObject({ active: false });
  });

  test('looking changes nothing', async () => {
    const { token } = await subscribed();
    const before = await db.select().from(subscriptions);
    const holder = { address: 'a***@example.com', topics: ['statements', 'notices'], active: true };
    expect(await findTokenHolder(db, keys, token)).toEqual(holder);
    expect(await db.select().from(subscriptions)).toEqual(before);
  });

  test('changes topics; with none left it ends, and the link of a forwarded mail does not begin it again', async () => {
    const { token } = await subscribed();
    await choosePreferences(db, keys, { token, topics: ['notices'] }, now);
    expect(await findTokenHolder(db, keys, token)).toMatchObject({ topics: ['notices'], active: true });
    await choosePreferences(db, keys, { token, topics: [] }, now);
    expect(await findTokenHolder(db, keys, token)).toMatchObject({ active: false });
    await choosePreferences(db, keys, { token, topics: ['statements'] }, now);
    expect(await findTokenHolder(db, keys, token)).toMatchObject({ active: false });
  });

  test('still answers when the subscription was erased', async () => {
    const { id, token } = await subscribed();
    await db.delete(subscriptions).where(eq(subscriptions.id, id));
    expect(await findTokenHolder(db, keys, token)).toBe('ended');
    await endSubscription(db, keys, token, now);
  });

  test('cannot subscribe a mailbox that never confirmed, nor lift a suppression', async () => {
    const { id, token } = await subscribed();
    await db.update(subscriptions).set({ confirmedAt: null }).where(eq(subscriptions.id, id));
    await suppress(db, keys, [{ address: addressOf('ada@example.com'), reason: 'bounced' }], now);
    await choosePreferences(db, keys, { token, topics: ['statements'] }, now);
    expect(await findTokenHolder(db, keys, token)).toMatchObject({ active: false });
    expect(await db.select().from(suppressions)).not.toHaveLength(0);
  });

  test('that we did not write is refused', async () => {
    expect(await findTokenHolder(db, keys, 'nonsense')).toBeUndefined();
    await expect(endSubscription(db, keys, 'nonsense', now)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a signed-in customer', () => {
  const customer: Customer = {
    id: 'customer0000',
    addresses: [
      { id: 'first', address: addressOf('ada@example.com'), provenAt: now },
      { id: 'second', address: addressOf('ada@example.org'), provenAt: now },
    ],
  };

  test('subscribes a proven address at once, without a letter', async () => {
    await chooseOwnPreferences(db, keys, customer, { addressId: 'second', topics: ['notices'] }, now);
    expect(await listPreferences(db, keys, customer)).toEqual([
      { addressId: 'first', address: 'ada@example.com', topics: [] },
      { addressId: 'second', address: 'ada@example.org', topics: ['notices'] },
    ]);
    expect(await countSubscribers(db, 'notices')).toMatchObject({ people: 1 });
    expect(await db.select().from(letters)).toEqual([]);
    await chooseOwnPreferences(db, keys, customer, { addressId: 'second', topics: [] }, now);
    expect(await countSubscribers(db, 'notices')).toMatchObject({ people: 0 });
  });

  test('finds what they subscribed by mail before, in any spelling, and lifts their own suppression', async () => {
    await confirmedSubscriber(db, keys, 'ADA@example.com', ['notices']);
    expect((await listPreferences(db, keys, customer))[0]?.topics).toEqual(['notices']);
    await suppress(db, keys, [{ address: addressOf('ada@example.com'), reason: 'complained' }], now);
    await chooseOwnPreferences(db, keys, customer, { addressId: 'first', topics: ['statements'] }, now);
    expect((await listPreferences(db, keys, customer))[0]?.topics).toEqual(['statements']);
    expect(await db.select().from(subscriptions)).toHaveLength(1);
    expect(await db.select().from(suppressions)).toEqual([]);
  });

  test('cannot choose for an address that is not theirs', async () => {
    const foreign = chooseOwnPreferences(
      db,
      keys,
      customer,
      { addressId: 'third', topics: ['notices'] },
      now,
    );
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('a suppression holds under every key version, and a complaint replaces a bounce but not the other way round', async () => {
  const address = addressOf('ada@example.com');
  await suppress(db, keys, [{ address, reason: 'bounced' }], now);
  keys.rotate('addresses');
  await suppress(
    db,
    keys,
    [
      { address, reason: 'complained' },
      { address, reason: 'complained' },
    ],
    now,
  );
  await suppress(db, keys, [{ address, reason: 'bounced' }], now);
  const rows = await db.select({ reason: suppressions.reason }).from(suppressions);
  expect(rows).toEqual([{ reason: 'complained' }, { reason: 'complained' }]);
});
