import { eq, sql } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import {
  deliveries,
  erasures,
  evidence,
  exposureLists,
  exposures,
  letters,
  proofRequests,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import { addressKey } from '#src/domain/addresses.ts';
import { accountLetters } from '#src/domain/accounts/letters.ts';
import { findSignedInCustomer } from '#src/domain/accounts/queries.ts';
import { sendNextBatch } from '#src/domain/broadcasts/send.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { acknowledgeAnswer } from '#src/domain/exposures/answers.ts';
import { deliverLetters } from '#src/domain/letters/delivery.ts';
import { eraseEverything, hideResult, stopMessages } from '#src/domain/rights/commands.ts';
import { RIGHTS_PROOF_MINUTES } from '#src/domain/rights/rules.ts';
import { requestSubscription } from '#src/domain/subscribers/commands.ts';
import { subscriberLetters } from '#src/domain/subscribers/letters.ts';
import { countSubscribers } from '#src/domain/subscribers/queries.ts';
import {
  confirmedSubscriber,
  deliveriesOf,
  dutyTo,
  frozenBroadcast,
  later,
  letterhead,
  now,
  sendAll,
  senderWith,
} from '#tests/broadcasts/support.ts';
import { dumpOf, provenCustomer } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf, askedForCode, signedInCustomer } from '#tests/support/people.ts';
import { closedIncident, fresh, importAgain, MINUTE, toldTo, unpublish } from './support.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

let people = 0;
const somebody = () => `somebody${++people}@example.com`;
const idsOf = (customer: { addresses: readonly { id: string }[] }) => customer.addresses.map(({ id }) => id);
const verdicts = async (...asked: Parameters<typeof toldTo>) =>
  (await toldTo(...asked)).map((answer) =>
    answer.verdict === 'withheld' ? `withheld ${answer.kind}` : answer.verdict,
  );
const rowsIn = async (listId: string) =>
  (await db.select().from(exposures).where(eq(exposures.listId, listId))).length;

describe('every choice', () => {
  test('takes a sign-in less than ten minutes old, and changes nothing without', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    const stale = { signedInAt: new Date(now.getTime() - RIGHTS_PROOF_MINUTES * MINUTE) };
    for (const proof of [stale, { signedInAt: undefined }]) {
      for (const asked of [
        stopMessages(db, keys, customer, proof, now),
        hideResult(db, keys, customer, { ...proof, addressIds: idsOf(customer) }, now),
        eraseEverything(db, keys, customer, proof, now),
      ]) {
        await expect(asked).rejects.toMatchObject({
          code: 'forbidden',
          refused: { refusal: 'signInAgain', values: { minutes: 10 } },
        });
      }
    }
    expect(await verdicts(store, keys, customer, incident)).toEqual(['exposed']);
    const justInTime = { signedInAt: new Date(stale.signedInAt.getTime() + 1) };
    await hideResult(db, keys, customer, { ...justInTime, addressIds: idsOf(customer) }, now);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['withheld hidden']);
  });

  test('leaves evidence by its kind and counts, without an address, a key or an id of anybody', async () => {
    const address = somebody();
    await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    await stopMessages(db, keys, customer, fresh, now);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    await eraseEverything(db, keys, customer, fresh, now);
    const last = await db
      .select()
      .from(evidence)
      .orderBy(sql`${evidence.number} desc`)
      .limit(3);
    expect(last.map(({ kind, subject, actor, details }) => ({ kind, subject, actor, details }))).toEqual([
      {
        kind: 'person_erased',
        subject: 'rights:person',
        actor: 'customer',
        details: { addresses: 1, sessions: 0, subscriptions: 0 },
      },
      { kind: 'result_hidden', subject: 'rights:result', actor: 'customer', details: { addresses: 1 } },
      {
        kind: 'messages_stopped',
        subject: 'rights:messages',
        actor: 'customer',
        details: { addresses: 1, subscriptions: 0 },
      },
    ]);
    expect(await verifyEvidence(db)).toMatchObject({ ok: true });
  });
});

describe('stopping messages', () => {
  test('ends every subscription and suppresses every address; the account and the answers stay', async () => {
    const [first, second] = [somebody(), somebody()];
    const incident = await closedIncident(store, keys, [first]);
    const customer = await provenCustomer(db, keys, first, second);
    const before = await countSubscribers(db, 'statements');
    await confirmedSubscriber(db, keys, first);
    await confirmedSubscriber(db, keys, second, ['maintenance']);
    expect(await stopMessages(db, keys, customer, fresh, now)).toEqual({ addresses: 2, subscriptions: 2 });
    expect(await stopMessages(db, keys, customer, fresh, now)).toEqual({ addresses: 2, subscriptions: 0 });
    expect(await countSubscribers(db, 'statements')).toEqual(before);
    const reasons = await db.select({ reason: suppressions.reason }).from(suppressions);
    expect(reasons.filter(({ reason }) => reason === 'manual').length).toBeGreaterThanOrEqual(2);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['exposed', 'not_exposed']);
  });

  test('reaches updates that are frozen and have not left', async () => {
    const address = somebody();
    const customer = await provenCustomer(db, keys, address);
    await confirmedSubscriber(db, keys, address, ['notices']);
    const outbox = testOutbox();
    const audience = { kind: 'subscribers', topic: 'notices' } as const;
    const broadcastId = await frozenBroadcast(db, keys, outbox, { audience });
    await stopMessages(db, keys, customer, fresh, now);
    await sendAll(db, keys, senderWith(outbox));
    expect(await deliveriesOf(db, broadcastId)).toMatchObject([{ state: 'skipped', reason: 'unsubscribed' }]);
    expect(outbox.requests).toEqual([]);
  });
});

describe('hiding the result', () => {
  test('erases the rows of the chosen address alone, and says neither yes nor no in their place', async () => {
    const [hidden, kept, other] = [somebody(), somebody(), somebody()];
    const incident = await closedIncident(store, keys, [hidden, kept, other]);
    const listId = await importAgain(store, keys, incident, [hidden, kept]);
    const customer = await provenCustomer(db, keys, hidden, kept);
    const [first] = customer.addresses;
    await acknowledgeAnswer(db, customer, { addressId: first?.id ?? '', listId }, now);
    const done = await hideResult(db, keys, customer, { ...fresh, addressIds: [first?.id ?? ''] }, now);
    expect(done).toEqual({ addresses: 1, onTheirWay: 0 });
    expect(await verdicts(store, keys, customer, incident)).toEqual(['withheld hidden', 'exposed']);
    expect(await rowsIn(listId)).toBe(1);
    const [said] = await toldTo(store, keys, customer, incident);
    expect(Object.keys(said ?? {}).sort()).toEqual(['address', 'erasedAt', 'incident', 'kind', 'verdict']);
  });

  test('survives another version of the list, a rotation of every key, and being asked again', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address, somebody()]);
    const customer = await provenCustomer(db, keys, address);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    await importAgain(store, keys, incident, [address, somebody(), somebody()]);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['withheld hidden']);
    keys.rotate('erasures');
    keys.rotate(`exposure-${incident.id}`);
    const listId = await importAgain(store, keys, incident, [address, ...[1, 2, 3].map(somebody)]);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['withheld hidden']);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    expect(await rowsIn(listId)).toBe(3);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['withheld hidden']);
  });

  test('says nothing else to somebody who was in no list, either', async () => {
    const incident = await closedIncident(store, keys, [somebody()]);
    const customer = await provenCustomer(db, keys, somebody());
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['withheld hidden']);
  });

  test('leaves answers about incidents that are published later', async () => {
    const address = somebody();
    const secret = await closedIncident(store, keys, [address]);
    await unpublish(store, secret);
    const customer = await provenCustomer(db, keys, address);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    expect(await verdicts(store, keys, customer, secret)).toEqual(['exposed']);
  });

  test('of somebody else’s address is refused, and nothing is changed', async () => {
    const [mine, theirs] = [somebody(), somebody()];
    const incident = await closedIncident(store, keys, [mine, theirs]);
    const customer = await provenCustomer(db, keys, mine);
    const other = await provenCustomer(db, keys, theirs);
    const addressIds = [...idsOf(customer), ...idsOf(other)];
    await expect(hideResult(db, keys, customer, { ...fresh, addressIds }, now)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await verdicts(store, keys, customer, incident)).toEqual(['exposed']);
    expect(await verdicts(store, keys, other, incident)).toEqual(['exposed']);
  });

  test('of the only person in a list leaves the answers of all others as they were', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    const other = await provenCustomer(db, keys, somebody());
    expect(await verdicts(store, keys, other, incident)).toEqual(['not_exposed']);
    await db
      .update(exposureLists)
      .set({ erasedAddresses: 0 })
      .where(eq(exposureLists.incidentId, incident.id));
    expect(await verdicts(store, keys, other, incident)).toEqual(['unavailable']);
  });

  test('is never undone by a key that is away: then there is no answer at all', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    const without = {
      ...keys,
      active: (name: Parameters<typeof keys.active>[0]) => (name === 'erasures' ? [] : keys.active(name)),
    };
    expect(await verdicts(store, without, customer, incident)).toEqual(['unavailable']);
  });

  test('is refused when the key of a list is away, and nothing is changed', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    const without = {
      ...keys,
      active: (name: Parameters<typeof keys.active>[0]) =>
        name === `exposure-${incident.id}` ? [] : keys.active(name),
    };
    const before = await db.select().from(erasures);
    await expect(
      hideResult(db, without, customer, { ...fresh, addressIds: idsOf(customer) }, now),
    ).rejects.toMatchObject({ code: 'unavailable', refused: { refusal: 'rightsUnavailable' } });
    await expect(eraseEverything(db, without, customer, fresh, now)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await db.select().from(erasures)).toEqual(before);
    expect(await verdicts(store, keys, customer, incident)).toEqual(['exposed']);
  });

  test('keeps this person out of duty mail about it, before the freeze and after', async () => {
    const [early, late, told] = [somebody(), somebody(), somebody()];
    const incident = await closedIncident(store, keys, [early, late, told]);
    const outbox = testOutbox();
    const first = await provenCustomer(db, keys, early);
    await hideResult(db, keys, first, { ...fresh, addressIds: idsOf(first) }, now);
    const broadcastId = await frozenBroadcast(db, keys, outbox, dutyTo(incident.id));
    expect(await deliveriesOf(db, broadcastId)).toHaveLength(2);
    const second = await provenCustomer(db, keys, late);
    const done = await hideResult(db, keys, second, { ...fresh, addressIds: idsOf(second) }, now);
    expect(done.onTheirWay).toBe(0);
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.sent.map(({ to }) => to)).toEqual([told]);
    const states = (await deliveriesOf(db, broadcastId)).map(({ state, reason }) => [state, reason]);
    expect(states.sort()).toEqual([
      ['accepted', null],
      ['skipped', 'erased'],
    ]);
  });
});

describe('erasing everything', () => {
  test('leaves nothing of the person in any table but tombstones, and signs them out everywhere', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address, somebody()]);
    const secret = await closedIncident(store, keys, [address, somebody()]);
    await unpublish(store, secret);
    const { customer, sessionToken } = await signedInCustomer(db, keys, address, now);
    const [own] = customer.addresses;
    await confirmedSubscriber(db, keys, address);
    const outbox = testOutbox();
    const broadcastId = await frozenBroadcast(db, keys, outbox, dutyTo(incident.id));
    await sendAll(db, keys, senderWith(outbox));
    const [delivery] = (await deliveriesOf(db, broadcastId)).filter(({ state }) => state === 'accepted');
    await askedForCode(db, keys, { address }, now);
    const recipientKeys = (await deliveriesOf(db, broadcastId)).map((row) => hex(row.recipientKey));
    const before = await dumpOf(store);
    const done = await eraseEverything(db, keys, customer, fresh, now);
    expect(done).toEqual({ addresses: 1, sessions: 1, subscriptions: 1, onTheirWay: 0 });

    const after = await dumpOf(store);
    const marks = [customer.id, own?.id ?? '', hex(keyOf(address))];
    for (const mark of marks) {
      expect(before).toContain(mark);
      // The mailbox is counted against abuse for an hour at most.
      expect(after.replace(/public\.rate_limits\n[^]*?public\./, '')).not.toContain(mark);
    }
    const keysAfter = (await deliveriesOf(db, broadcastId)).map((row) => hex(row.recipientKey));
    expect(recipientKeys.filter((key) => !keysAfter.includes(key))).toHaveLength(1);
    const wiped = await db
      .select()
      .from(deliveries)
      .where(eq(deliveries.id, delivery?.id ?? ''));
    expect(wiped).toMatchObject([{ state: 'accepted' }]);
    expect(await findSignedInCustomer(db, keys, sessionToken, now)).toBeUndefined();
    expect(await rowsOfEvery(incident.id)).toBe(1);
    expect(await rowsOfEvery(secret.id)).toBe(1);
  });

  test('is told to whoever proves the mailbox again, and never that they were not exposed', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address, somebody()]);
    const secret = await closedIncident(store, keys, [address, somebody()]);
    await unpublish(store, secret);
    const first = await provenCustomer(db, keys, address);
    await eraseEverything(db, keys, first, fresh, now);
    const again = await provenCustomer(db, keys, address);
    expect(again.id).not.toBe(first.id);
    expect(await verdicts(store, keys, again, incident)).toEqual(['withheld erased']);
    expect(await verdicts(store, keys, again, secret)).toEqual(['withheld erased']);
    await importAgain(store, keys, incident, [address, somebody()]);
    expect(await verdicts(store, keys, again, incident)).toEqual(['withheld erased']);
    const next = await closedIncident(store, keys, [address]);
    expect(await verdicts(store, keys, again, next)).toEqual(['exposed']);
  });

  test('replaces what was hidden, and hiding afterwards does not make it less', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    await hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
    await eraseEverything(db, keys, customer, fresh, later(1000));
    const again = await provenCustomer(db, keys, address);
    await hideResult(db, keys, again, { ...fresh, addressIds: idsOf(again) }, later(2000));
    expect(await verdicts(store, keys, again, incident)).toEqual(['withheld erased']);
  });

  test('keeps pending letters from leaving, and holds up nobody else’s in the same group', async () => {
    const [mine, other] = [somebody(), somebody()];
    const customer = await provenCustomer(db, keys, mine);
    await db.delete(letters);
    const asking = { clientAddress: '192.0.2.7', topics: ['statements'] as const };
    for (const address of [mine, other]) {
      await requestSubscription(db, keys, { ...asking, address: addressOf(address) }, now);
    }
    const outbox = testOutbox();
    const writers = { ...accountLetters(letterhead), ...subscriberLetters(letterhead) };
    outbox.next.push({ state: 'again', reason: 'busy' });
    await deliverLetters(db, keys, outbox, writers, now);
    await requestSubscription(db, keys, { ...asking, address: addressOf(mine) }, later(1));
    await eraseEverything(db, keys, customer, fresh, now);
    for (let minute = 1; minute < 10; minute += 1) {
      await deliverLetters(db, keys, outbox, writers, later(minute * MINUTE));
    }
    expect(outbox.sent.map(({ to }) => to)).toEqual([other]);
    const left = await db.select().from(letters);
    expect(left.filter(({ sealedAddress }) => sealedAddress !== null)).toEqual([]);
    expect(
      await db
        .select()
        .from(subscriptions)
        .where(eq(subscriptions.addressKey, keyOf(mine))),
    ).toEqual([]);
    expect(
      await db
        .select()
        .from(proofRequests)
        .where(eq(proofRequests.addressKey, keyOf(mine))),
    ).toEqual([]);
  });

  test('takes the person out of a broadcast in flight, and says what could not be stopped', async () => {
    const [mine, other] = [somebody(), somebody()];
    const incident = await closedIncident(store, keys, [mine, other]);
    const customer = await provenCustomer(db, keys, mine);
    const outbox = testOutbox();
    const broadcastId = await frozenBroadcast(db, keys, outbox, dutyTo(incident.id));
    outbox.next.push({ state: 'again', reason: 'busy' });
    await sendNextBatch(db, keys, outbox, broadcastId, () => now);
    expect(await eraseEverything(db, keys, customer, fresh, now)).toMatchObject({ onTheirWay: 1 });
    await sendAll(db, keys, senderWith(outbox));
    expect(outbox.sent.map(({ to }) => to).sort()).toEqual([mine, other].sort());
  });
});

describe('at the same moment', () => {
  test('erasing twice erases once', async () => {
    const address = somebody();
    const incident = await closedIncident(store, keys, [address]);
    const customer = await provenCustomer(db, keys, address);
    const erasing = () => eraseEverything(db, keys, customer, fresh, now);
    const done = await Promise.all([erasing(), erasing(), erasing()]);
    expect(done.map(({ addresses }) => addresses).sort()).toEqual([0, 0, 1]);
    const again = await provenCustomer(db, keys, address);
    expect(await verdicts(store, keys, again, incident)).toEqual(['withheld erased']);
  });

  test('as a freeze, nothing is sent to who has been told that it is stopped', async () => {
    for (let round = 0; round < 6; round += 1) {
      const [leaving, staying] = [somebody(), somebody()];
      const incident = await closedIncident(store, keys, [leaving, staying]);
      const customer = await provenCustomer(db, keys, leaving);
      const outbox = testOutbox();
      const choose =
        round % 2 === 0
          ? eraseEverything(db, keys, customer, fresh, now)
          : hideResult(db, keys, customer, { ...fresh, addressIds: idsOf(customer) }, now);
      const [{ onTheirWay }] = await Promise.all([
        choose,
        frozenBroadcast(db, keys, outbox, dutyTo(incident.id)),
      ]);
      await sendAll(db, keys, senderWith(outbox));
      const expected = onTheirWay === 0 ? [staying] : [leaving, staying].sort();
      expect(outbox.sent.map(({ to }) => to).sort()).toEqual(expected);
    }
  });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function keyOf(address: string): Uint8Array {
  return addressKey(keys.current('addresses'), addressOf(address));
}

async function rowsOfEvery(incidentId: string): Promise<number> {
  const rows = await db
    .select({ listId: exposures.listId })
    .from(exposures)
    .innerJoin(exposureLists, eq(exposureLists.id, exposures.listId))
    .where(eq(exposureLists.incidentId, incidentId));
  return rows.length;
}
