import { getTableName } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import * as schema from '#db/schema/index.ts';
import { acknowledgeAnswer, listAnswers } from '#src/domain/exposures/answers.ts';
import { countCopy, LIMITS } from '#src/domain/limits.ts';
import { hideResult } from '#src/domain/rights/commands.ts';
import { collectOwnData } from '#src/domain/rights/queries.ts';
import { requestSubscription } from '#src/domain/subscribers/commands.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import {
  confirmedSubscriber,
  dutyTo,
  frozenBroadcast,
  later,
  now,
  sendAll,
  senderWith,
} from '#tests/broadcasts/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf, setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { closedIncident, fresh, importAgain } from './support.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

const ADA = 'Ada.Lovelace@example.com';
const BO = 'bo@example.com';

/** Everything there can be about one person, and the same about another. */
async function everything() {
  const incident = await closedIncident(store, keys, [ADA, BO]);
  const listId = await importAgain(store, keys, incident, [ADA, BO, 'cy@example.com']);
  const outbox = testOutbox();
  await frozenBroadcast(db, keys, outbox, dutyTo(incident.id));
  await sendAll(db, keys, senderWith(outbox));
  const customers = [];
  for (const address of [ADA, BO]) {
    await confirmedSubscriber(db, keys, address, ['notices']);
    await suppress(db, keys, [{ address: addressOf(address), reason: 'bounced' }], now);
    await setUpStaff(db, keys, { address, name: `Team ${address}` }, now);
    const { customer } = await signedInCustomer(db, keys, address, now);
    await acknowledgeAnswer(db, customer, { addressId: customer.addresses[0]?.id ?? '', listId }, now);
    await requestSubscription(
      db,
      keys,
      { address: addressOf(address), topics: ['statements'], clientAddress: '192.0.2.9' },
      now,
    );
    customers.push(customer);
  }
  const [ada] = customers;
  if (!ada) throw new Error('somebody is there');
  return { ada, incident };
}

async function copyFor(customer: Parameters<typeof collectOwnData>[2]) {
  const answers = await listAnswers(db, keys, customer);
  const copy = await collectOwnData(db, keys, customer, answers, now);
  return JSON.parse(JSON.stringify(copy)) as typeof copy;
}

describe('a copy of one’s data', async () => {
  const { ada, incident } = await everything();
  const copy = await copyFor(ada);
  const at = now.toISOString();

  test('has everything that is held, and only about this person', () => {
    expect(copy).toMatchObject({
      format: 'forthright/own-data/1',
      madeAt: at,
      person: { since: at },
      addresses: [{ address: ADA, provenAt: at }],
      sessions: [{ startedAt: at }],
      answers: [
        {
          incident: { slug: incident.slug },
          address: ADA,
          verdict: 'exposed',
          basis: { version: 2, closed: true },
          figures: { listedWith: 2, containsName: true },
          measures: { password_reset: 'done' },
          acknowledgedAt: at,
        },
      ],
      acknowledgements: [{ address: ADA, listVersion: 2, acknowledgedAt: at }],
      subscriptions: [{ address: ADA, topics: ['notices'], confirmedAt: at, endedAt: null }],
      suppressions: [{ address: ADA, reason: 'bounced', since: at }],
      codes: [{ address: ADA, purpose: 'customer_sign_in', askedAt: at, usedAt: at }],
      broadcasts: [{ purpose: 'duty', state: 'accepted', outcome: null }],
      limits: [{ address: ADA }],
      team: [{ name: `Team ${ADA}` }],
    });
    expect(copy.letters.map(({ kind }) => kind).sort()).toEqual(['confirm_subscription', 'sign_in_code']);
    expect(JSON.stringify(copy)).not.toContain(BO);
  });

  test('has no key, hash, secret or id in it', () => {
    const text = JSON.stringify(copy);
    expect(text).not.toMatch(/[0-9a-f]{32}|seed|hash|sealed|token|Key"/i);
    expect(text).not.toContain(ada.id);
    expect(text).not.toContain(ada.addresses[0]?.id);
  });

  test('looks at every table that holds an address or its fingerprint', () => {
    const looked = [
      ['addresses', 'deliveries', 'letters', 'proof_requests', 'staff', 'subscriptions', 'suppressions'],
      // Through the answers.
      ['erasures', 'exposures'],
      // Random ids in a random order: nobody's row can be found in it.
      ['sealed_originals'],
    ].flat();
    const holding = Object.values(schema)
      .filter((table) => typeof table === 'object' && Symbol.for('drizzle:Name') in table)
      .filter((table) => Object.keys(table).some((column) => /address(Key|es)?$|recipientKey/i.test(column)))
      .map((table) => getTableName(table as typeof schema.customers));
    expect(holding.filter((table) => String(table) !== 'exposure_lists').sort()).toEqual(looked.sort());
  });

  test('of somebody who has hidden a result says so, and neither yes nor no', async () => {
    const addressIds = ada.addresses.map(({ id }) => id);
    await hideResult(db, keys, ada, { ...fresh, addressIds }, now);
    const { answers } = await copyFor(ada);
    expect(answers).toEqual([
      {
        incident: { title: incident.title, slug: incident.slug },
        address: ADA,
        verdict: 'withheld',
        kind: 'hidden',
        erasedAt: at,
      },
    ]);
  });

  test('can be taken a few times at once, and then again after a while', async () => {
    const { burst, everyMs } = LIMITS.copy;
    const asked: boolean[] = [];
    for (let count = 0; count <= burst; count += 1) asked.push(await countCopy(db, keys, ada.id, now));
    expect(asked).toEqual([...Array<boolean>(burst).fill(true), false]);
    expect(await countCopy(db, keys, 'somebody else', now)).toBe(true);
    expect(await countCopy(db, keys, ada.id, later(2 * everyMs))).toBe(true);
  });
});

test('a failure says that it failed, without what it was', async () => {
  const { customer } = await signedInCustomer(db, keys, 'unlucky@example.com', now);
  const [address] = customer.addresses;
  if (!address) throw new Error('a customer has an address');
  const incident = { id: 'i', slug: 's', title: 'T' };
  const failed = { incident, address, verdict: 'unavailable', failure: new Error('inner words') } as const;
  const { answers } = await collectOwnData(db, keys, customer, [failed], now);
  expect(answers).toEqual([
    { incident: { title: 'T', slug: 's' }, address: 'unlucky@example.com', verdict: 'unavailable' },
  ]);
});
