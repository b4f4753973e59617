import { expect, test } from 'vitest';
import {
  addresses,
  customers,
  letters,
  proofRequests,
  rateLimits,
  sealedOriginals,
  sessions,
  subscriptions,
} from '#db/schema/index.ts';
import { forgetExpired } from '#src/domain/accounts/retention.ts';
import { findCustomerSession } from '#src/domain/accounts/sessions.ts';
import { destroySealedOriginals } from '#src/domain/exposures/sealed.ts';
import { forgetUnconfirmed, requestSubscription } from '#src/domain/subscribers/commands.ts';
import { confirmedSubscriber, later, now } from '#tests/broadcasts/support.ts';
import { until } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { addressOf, askedForCode, signedInCustomer } from '#tests/support/people.ts';
import { closedIncident } from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const store = await testStore();
const keys = testKeys();
const { db } = store;

const countOf = async (table: Parameters<typeof db.$count>[0]) => db.$count(table);
const forgetting = [forgetExpired, forgetUnconfirmed, destroySealedOriginals];

/** One turn of the worker's forgetting, at this moment. */
async function forgetAt(at: Date): Promise<void> {
  for (const forget of forgetting) await forget(db, at);
}

test('what is held of a customer goes when its time is over, and not before', async () => {
  const { sessionToken } = await signedInCustomer(db, keys, 'ada@example.com', now);
  await askedForCode(db, keys, { address: 'never-proven@example.com' }, now);
  await confirmedSubscriber(db, keys, 'ada@example.com');
  await requestSubscription(
    db,
    keys,
    { address: addressOf('unconfirmed@example.com'), topics: ['statements'], clientAddress: '192.0.2.8' },
    now,
  );
  await db.update(letters).set({ state: 'accepted', sealedAddress: null });
  await closedIncident(store, keys, ['ada@example.com', 'bo@example.com']);

  await forgetAt(later(DAY - HOUR));
  expect(await countOf(proofRequests)).toBe(2);
  expect(await countOf(letters)).toBe(3);
  expect(await countOf(subscriptions)).toBe(2);
  // Limits that are idle again.
  expect(await countOf(rateLimits)).toBe(0);

  await forgetAt(later(DAY + HOUR));
  expect(await countOf(proofRequests)).toBe(0);
  expect(await countOf(letters)).toBe(0);
  expect(await countOf(subscriptions)).toBe(1);

  await forgetAt(later(30 * DAY - 1));
  expect(await countOf(sessions)).toBe(1);
  await forgetAt(later(30 * DAY));
  expect(await findCustomerSession(db, sessionToken, later(30 * DAY))).toBeUndefined();
  expect(await countOf(sessions)).toBe(0);
  expect(await countOf(customers)).toBe(1);
  expect(await countOf(addresses)).toBe(1);

  await forgetAt(new Date(until.getTime() - 1));
  expect(await countOf(sealedOriginals)).toBe(1);
  await forgetAt(until);
  expect(await countOf(sealedOriginals)).toBe(0);
});
