import { afterAll, expect, test } from 'vitest';
import { openRecipient } from '#src/domain/broadcasts/recipients.ts';
import { accountBroadcast } from '#src/domain/broadcasts/queries.ts';
import { endSubscription } from '#src/domain/subscribers/commands.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { resendMailer } from '#src/mail/resend.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';
import { startResendDouble } from '#tests/support/resend-double.ts';
import {
  confirmedSubscriber,
  deliveriesOf,
  dutyTo,
  exposedIncident,
  frozenBroadcast,
  now,
  releasedBroadcast,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const keys = testKeys();
const double = await startResendDouble({ requestsPerSecond: null });
const mailer = resendMailer({ apiKey: 're_test', baseUrl: double.url });
afterAll(() => double.close());

test('everybody exposed gets one delivery, however often they were exposed and whether they subscribed or not', async () => {
  const { db } = store;
  const exposed = ['a@example.com', 'b@example.com', 'A@example.com', 'c@example.com', 'b@EXAMPLE.com'];
  const incidentId = await exposedIncident(store, keys, exposed);
  await confirmedSubscriber(db, keys, 'b@example.com');
  const rows = await deliveriesOf(db, await frozenBroadcast(db, keys, testOutbox(), dutyTo(incidentId)));
  expect(rows.map((row) => openRecipient(keys, row.id, row.sealedAddress)?.toLowerCase()).sort()).toEqual([
    'a@example.com',
    'b@example.com',
    'c@example.com',
  ]);
  expect(rows.every((row) => row.subscriptionId === null)).toBe(true);
});

test('duty mail reaches who never subscribed, who unsubscribed and who is suppressed, and offers nothing to unsubscribe from', async () => {
  const { db } = store;
  const gone = await confirmedSubscriber(db, keys, 'gone@example.com');
  await endSubscription(db, keys, subscriptionToken(keys.current('tokens'), gone), now);
  await suppress(db, keys, [{ address: addressOf('suppressed@example.com'), reason: 'complained' }], now);
  const exposed = ['gone@example.com', 'never@example.com', 'suppressed@example.com'];
  const incidentId = await exposedIncident(store, keys, exposed);
  const broadcastId = await frozenBroadcast(db, keys, mailer, dutyTo(incidentId));
  await sendAll(db, keys, senderWith(mailer));
  expect(double.ledger.map(({ to }) => to).sort()).toEqual(exposed);
  expect(await accountBroadcast(db, broadcastId)).toMatchObject({ audience: 3, accepted: 3, closes: true });
  for (const { message } of double.ledger) {
    expect(Object.keys(message?.headers ?? {}).filter((name) => name.startsWith('List-'))).toEqual([]);
    expect(message?.text).not.toMatch(/\/u\/|slot/);
  }
});

test('sealed addresses that cannot be opened halt the broadcast before anything is sent', async () => {
  const { db } = store;
  const incidentId = await exposedIncident(store, keys, ['a@example.com']);
  const broadcastId = await releasedBroadcast(db, keys, dutyTo(incidentId));
  const withoutSealingKey = {
    ...keys,
    active: (name: Parameters<typeof keys.active>[0]) => (name === 'sealing' ? [] : keys.active(name)),
  };
  const outbox = testOutbox();
  await sendAll(db, withoutSealingKey, senderWith(outbox));
  expect(outbox.requests).toEqual([]);
  expect(await stateOf(db, broadcastId)).toEqual({
    state: 'halted',
    reason: expect.stringContaining('sealing key'),
  });
});
