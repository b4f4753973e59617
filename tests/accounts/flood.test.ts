import { count, eq } from '#db/drizzle.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { letters, proofRequests, rateLimits, sessions, subscriptions } from '#db/schema/index.ts';
import { accountLetters } from '#src/domain/accounts/letters.ts';
import { findLink, findPendingProof, requestProof } from '#src/domain/accounts/proofs.ts';
import { signInCustomer } from '#src/domain/accounts/sign-in.ts';
import { deliverLetters } from '#src/domain/letters/delivery.ts';
import { DELAY_MAX_MS, LIMITS } from '#src/domain/limits.ts';
import { requestSubscription } from '#src/domain/subscribers/commands.ts';
import { subscriberLetters } from '#src/domain/subscribers/letters.ts';
import { typedCode } from '#src/trust/tokens.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox, type TestOutbox } from '#tests/support/outbox.ts';
import { addressOf, publicUrl } from '#tests/support/people.ts';
import { codeIn } from '#tests/support/sessions.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = new Date('2026-03-01T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);

const { db } = await testStore();
const keys = testKeys();
const letterhead = { from: 'Status <status@test.example>', publicUrl };
const writers = { ...accountLetters(letterhead), ...subscriberLetters(letterhead) };
let outbox: TestOutbox;
let clients = 0;

beforeEach(async () => {
  for (const table of [letters, proofRequests, rateLimits, subscriptions]) await db.delete(table);
  outbox = testOutbox();
});

/** Each from another network. */
const elsewhere = () => `2001:db8:${(clients += 1).toString(16)}::1`;

const ask = (text: string, at = now, purpose: 'customer_sign_in' | 'staff_sign_in' = 'customer_sign_in') =>
  requestProof(db, keys, { purpose, address: addressOf(text), clientAddress: elsewhere() }, at);
const subscribe = (text: string, at = now) =>
  requestSubscription(
    db,
    keys,
    { address: addressOf(text), topics: ['statements'], clientAddress: elsewhere() },
    at,
  );

async function deliverAll(at: Date): Promise<void> {
  while ((await deliverLetters(db, keys, outbox, writers, at)).outcome !== 'idle');
}

async function waiting(): Promise<number> {
  const [row] = await db.select({ count: count() }).from(letters).where(eq(letters.state, 'pending'));
  return row?.count ?? 0;
}

describe('A flood of requests for one mailbox, from everywhere', () => {
  test('ends there as a few mails an hour, and leaves one letter of a kind waiting', async () => {
    const requests = 1_200;
    const hours = 2;
    let waitingMost = 0;
    for (let number = 0; number < requests; number += 1) {
      const at = after((number * hours * HOUR) / requests);
      await (number % 2
        ? ask(number % 3 ? 'ada@x.example' : 'ADA@x.example', at)
        : subscribe('ada@x.example', at));
      if (number % 10 === 0) await deliverAll(at);
      if (number % 100 === 99) waitingMost = Math.max(waitingMost, await waiting());
    }
    await deliverAll(after(hours * HOUR + DELAY_MAX_MS));
    expect(waitingMost).toBe(2);
    expect(outbox.sent.length).toBeGreaterThan(LIMITS.address.burst);
    expect(outbox.sent.length).toBeLessThan(LIMITS.address.burst + 2 * (hours + 2));
    expect(await waiting()).toBe(0);
  });

  test('leaves one letter waiting, also when all ask at the same moment', async () => {
    for (let number = 0; number < LIMITS.address.burst; number += 1) {
      await ask('ada@x.example');
      await deliverAll(now);
    }
    await Promise.all(Array.from({ length: 200 }, () => ask('ada@x.example')));
    expect(await waiting()).toBe(1);
    await deliverAll(after(DELAY_MAX_MS));
    expect(outbox.sent).toHaveLength(LIMITS.address.burst + 1);
  });

  test('drops nobody: the owner’s code comes with the letter that waits, and not a moment later', async () => {
    for (let number = 0; number < 100; number += 1) await ask('ada@x.example');
    await deliverAll(now);
    const sent = outbox.sent.length;
    const strangers = await ask('ada@x.example', after(1));
    const owners = await ask('ada@x.example', after(2));
    const [before] = await db.select().from(letters).where(eq(letters.state, 'pending'));
    for (let number = 0; number < 50; number += 1) await ask('ada@x.example', after(3 + number));
    const [still] = await db.select().from(letters).where(eq(letters.state, 'pending'));
    expect(still?.sendAfter).toEqual(before?.sendAfter);
    const at = after(DELAY_MAX_MS + MINUTE);
    await deliverAll(at);
    expect(outbox.sent).toHaveLength(sent + 1);
    const text = outbox.sent.at(-1)?.text ?? '';
    const code = typedCode(codeIn(text) ?? '');
    const pending = (browserSecret: string, ms: number) =>
      findPendingProof(db, keys, { purpose: 'customer_sign_in', browserSecret }, new Date(at.getTime() + ms));
    // The ten minutes of all begin with the one hand-over.
    expect(await pending(owners, 10 * MINUTE - 1)).toBeDefined();
    expect(await pending(owners, 10 * MINUTE)).toBeUndefined();
    const token = /\/sign-in\/([\w-]+)/.exec(text)?.[1] ?? '';
    const opened = (browserSecret: string | undefined) =>
      findLink(db, keys, { purposes: ['customer_sign_in'], token, browserSecret }, at);
    expect(await opened(owners)).toMatchObject({ sameBrowser: true });
    expect(await opened(undefined)).toMatchObject({ sameBrowser: false });
    await expect(signInCustomer(db, keys, { browserSecret: owners, code }, at)).resolves.toBeTypeOf('string');
    // Used once: in no other browser that asked.
    await expect(signInCustomer(db, keys, { browserSecret: strangers, code }, at)).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await opened(strangers)).toBeUndefined();
  });

  test('an owner who may have theirs at once is not kept waiting by somebody who may not', async () => {
    const clientAddress = '203.0.113.9';
    const wanted = { purpose: 'customer_sign_in' as const, clientAddress };
    for (let number = 0; number < 2 * LIMITS.client.burst; number += 1)
      await requestProof(db, keys, { ...wanted, address: addressOf(`p${number}@x.example`) }, now);
    await requestProof(db, keys, { ...wanted, address: addressOf('ada@x.example') }, now);
    await deliverAll(now);
    expect(outbox.sent.some(({ to }) => to === 'ada@x.example')).toBe(false);
    await ask('ada@x.example');
    await deliverAll(now);
    expect(outbox.sent.filter(({ to }) => to === 'ada@x.example')).toHaveLength(1);
  });

  test('redeemed in forty browsers at once gives one session', async () => {
    const asked = await Promise.all(Array.from({ length: 40 }, () => ask('ada@x.example')));
    await deliverAll(now);
    expect(outbox.sent).toHaveLength(1);
    const code = typedCode(codeIn(outbox.sent[0]?.text ?? '') ?? '');
    const before = (await db.select().from(sessions)).length;
    const settled = await Promise.allSettled(
      asked.map((browserSecret) => signInCustomer(db, keys, { browserSecret, code }, now)),
    );
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of settled)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'invalid' });
    expect(await db.select().from(sessions)).toHaveLength(before + 1);
  });

  test('never mixes what is for the team with what is for customers, nor one mailbox with another', async () => {
    await ask('ada@x.example');
    await ask('ada@x.example', now, 'staff_sign_in');
    await ask('bo@x.example');
    await subscribe('ada@x.example');
    expect(await waiting()).toBe(4);
    await deliverAll(now);
    expect(outbox.sent.filter(({ to }) => to === 'ada@x.example')).toHaveLength(3);
    expect(new Set(outbox.sent.map(({ text }) => codeIn(text)).filter(Boolean)).size).toBe(3);
  });

  test('a letter whose subject was erased is about whoever asks next', async () => {
    await ask('ada@x.example');
    await db.delete(proofRequests);
    const browserSecret = await ask('ada@x.example');
    await deliverAll(now);
    const code = typedCode(codeIn(outbox.sent[0]?.text ?? '') ?? '');
    await expect(signInCustomer(db, keys, { browserSecret, code }, now)).resolves.toBeTypeOf('string');
  });
});
