import { eq } from '#db/drizzle.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { letters, rateLimits, subscriptions, suppressions } from '#db/schema/index.ts';
import { deliverLetters } from '#src/domain/letters/delivery.ts';
import {
  confirmSubscription,
  endSubscription,
  forgetUnconfirmed,
  requestSubscription,
} from '#src/domain/subscribers/commands.ts';
import { subscriberLetters } from '#src/domain/subscribers/letters.ts';
import { countSubscribers, findConfirmable, findTokenHolder } from '#src/domain/subscribers/queries.ts';
import type { Topic } from '#src/domain/subscribers/rules.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';
import { statementsOf } from '#tests/support/statements.ts';
import { confirmedSubscriber, later, letterhead, now } from '../broadcasts/support.ts';

const { db } = await testStore();
const keys = testKeys();
const HOUR_MS = 3_600_000;

beforeEach(async () => {
  for (const table of [letters, rateLimits, subscriptions, suppressions]) await db.delete(table);
});

async function asks(address: string, topics: Topic[] = ['statements'], at = now) {
  await requestSubscription(
    db,
    keys,
    { address: addressOf(address), topics, clientAddress: '192.0.2.1' },
    at,
  );
}

/** The token in the newest letter to somebody. */
async function letterTo(address: string, at = now) {
  const outbox = testOutbox();
  const writers = subscriberLetters(letterhead);
  while ((await deliverLetters(db, keys, outbox, writers, at)).outcome !== 'idle');
  const letter = outbox.sent.findLast(({ to }) => to === address);
  const token = /\/confirm\/([A-Za-z0-9_-]+)/.exec(letter?.text ?? '')?.[1] ?? '';
  return { letter, token, requests: outbox.requests };
}

async function rowOf(id?: string) {
  const [row] = id
    ? await db.select().from(subscriptions).where(eq(subscriptions.id, id))
    : await db.select().from(subscriptions);
  return row;
}

describe('asking', () => {
  test('sends a letter; nothing counts until its owner confirms', async () => {
    await asks('ada@example.com', ['statements', 'notices']);
    const { letter, token } = await letterTo('ada@example.com');
    expect(letter?.headers).not.toHaveProperty('List-Unsubscribe');
    expect(await countSubscribers(db, 'statements')).toEqual({ people: 0, suppressed: 0 });
    expect(await findConfirmable(db, keys, token, now)).toEqual({
      address: 'a***@example.com',
      topics: ['statements', 'notices'],
      active: false,
    });
    await confirmSubscription(db, keys, { token, topics: ['notices'] }, now);
    expect(await countSubscribers(db, 'statements')).toMatchObject({ people: 0 });
    expect(await countSubscribers(db, 'notices')).toMatchObject({ people: 1 });
    // Pressed twice, or followed again.
    await confirmSubscription(db, keys, { token, topics: ['notices'] }, now);
    expect(await countSubscribers(db, 'notices')).toMatchObject({ people: 1 });
  });

  test('runs the same statements and writes the same letter for every address', async () => {
    await confirmedSubscriber(db, keys, 'active@example.com');
    const ended = await confirmedSubscriber(db, keys, 'ended@example.com');
    await endSubscription(db, keys, subscriptionToken(keys.current('tokens'), ended), now);
    await suppress(db, keys, [{ address: addressOf('suppressed@example.com'), reason: 'complained' }], now);
    await asks('pending@example.com');
    const unknown = await statementsOf(() => asks('unknown@example.com'));
    for (const known of ['active', 'ended', 'suppressed', 'pending']) {
      expect(await statementsOf(() => asks(`${known}@example.com`))).toEqual(unknown);
    }
    const outbox = testOutbox();
    while ((await deliverLetters(db, keys, outbox, subscriberLetters(letterhead), now)).outcome !== 'idle');
    const words = outbox.sent.map(({ text, subject }) => subject + text.replace(/\/confirm\/\S+/, ''));
    expect(new Set(outbox.sent.map(({ to }) => to)).size).toBe(5);
    expect(new Set(words).size).toBe(1);
  });

  test('changes nothing for somebody who is subscribed already', async () => {
    const id = await confirmedSubscriber(db, keys, 'ada@example.com', ['statements', 'notices']);
    await asks('ADA@example.com', ['notices'], later(HOUR_MS));
    expect(await rowOf(id)).toMatchObject({
      wantsStatements: true,
      wantsNotices: true,
      confirmedAt: now,
      endedAt: null,
    });
    expect(await db.select().from(subscriptions)).toHaveLength(1);
  });

  test('again after unsubscribing needs a new confirmation', async () => {
    const id = await confirmedSubscriber(db, keys, 'ada@example.com');
    await endSubscription(db, keys, subscriptionToken(keys.current('tokens'), id), now);
    await asks('ada@example.com', ['notices'], later(HOUR_MS));
    expect(await rowOf(id)).toMatchObject({ endedAt: now });
    const { token } = await letterTo('ada@example.com', later(HOUR_MS));
    await confirmSubscription(db, keys, { token, topics: ['notices'] }, later(HOUR_MS));
    expect(await rowOf(id)).toMatchObject({ endedAt: null, wantsNotices: true, wantsStatements: false });
  });

  test('over a limit delays the letter and drops nothing; while one waits there is no second', async () => {
    const waiting = async () => db.select({ sendAfter: letters.sendAfter }).from(letters);
    for (let time = 0; time < 8; time += 1) {
      await db.delete(letters);
      await asks('flooded@example.com');
    }
    expect(await waiting()).toEqual([{ sendAfter: new Date(now.getTime() + 3 * 60_000) }]);
    await asks('FLOODED@example.com');
    expect(await waiting()).toEqual([{ sendAfter: new Date(now.getTime() + 3 * 60_000) }]);
  });

  test('leaves no address in plain text', async () => {
    await asks('canary@example.com');
    const row = await rowOf();
    expect(Buffer.from(row?.sealedAddress ?? []).toString('latin1')).not.toContain('canary');
    expect(Buffer.from(row?.addressKey ?? []).toString('latin1')).not.toContain('canary');
  });
});

describe('the link in the letter', () => {
  test('works for a day, then the address is forgotten', async () => {
    await asks('ada@example.com');
    const { token } = await letterTo('ada@example.com');
    const last = later(24 * HOUR_MS - 1);
    const over = later(24 * HOUR_MS + 1);
    expect(await findConfirmable(db, keys, token, last)).toBeDefined();
    expect(await forgetUnconfirmed(db, last)).toBe(0);
    expect(await findConfirmable(db, keys, token, over)).toBeUndefined();
    const late = confirmSubscription(db, keys, { token, topics: ['statements'] }, over);
    await expect(late).rejects.toMatchObject({ code: 'not_found' });
    expect(await forgetUnconfirmed(db, over)).toBe(1);
    expect(await rowOf()).toBeUndefined();
  });

  test('is the same at every attempt, also when the key is rotated in between', async () => {
    await asks('ada@example.com');
    const outbox = testOutbox();
    outbox.next.push({ state: 'again', reason: 'no answer' });
    const writers = subscriberLetters(letterhead);
    await deliverLetters(db, keys, outbox, writers, now);
    keys.rotate('tokens');
    await deliverLetters(db, keys, outbox, writers, later(HOUR_MS));
    expect(outbox.requests).toHaveLength(2);
    expect(outbox.requests[1]?.messages).toEqual(outbox.requests[0]?.messages);
  });

  test.each(['', 'x', 'A'.repeat(59), '../../etc'])(
    'that we did not write (%j) is refused',
    async (token) => {
      expect(await findConfirmable(db, keys, token, now)).toBeUndefined();
      const confirm = confirmSubscription(db, keys, { token, topics: ['statements'] }, now);
      await expect(confirm).rejects.toMatchObject({ code: 'not_found' });
    },
  );

  test('lifts a suppression only when its owner confirms', async () => {
    await suppress(db, keys, [{ address: addressOf('ada@example.com'), reason: 'complained' }], now);
    await asks('ada@example.com');
    expect(await db.select().from(suppressions)).not.toHaveLength(0);
    const { token } = await letterTo('ada@example.com');
    await findConfirmable(db, keys, token, now);
    expect(await db.select().from(suppressions)).not.toHaveLength(0);
    await confirmSubscription(db, keys, { token, topics: ['statements'] }, now);
    expect(await db.select().from(suppressions)).toEqual([]);
  });
});

test('a confirmation that fails half-way changes nothing', async () => {
  await asks('ada@example.com');
  const { token } = await letterTo('ada@example.com');
  await expect(
    db.transaction(async (tx) => {
      await confirmSubscription(tx, keys, { token, topics: ['statements'] }, now);
      throw new Error('the process dies');
    }),
  ).rejects.toThrow('the process dies');
  expect(await countSubscribers(db, 'statements')).toMatchObject({ people: 0 });
  expect(await findTokenHolder(db, keys, token)).toBeUndefined();
});
