import { asc, eq } from '#db/drizzle.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { letters, proofRequests } from '#db/schema/index.ts';
import { accountLetters } from '#src/domain/accounts/letters.ts';
import { requestProof } from '#src/domain/accounts/proofs.ts';
import { enqueueLetter, forgetLetters } from '#src/domain/letters/commands.ts';
import { deliverLetters } from '#src/domain/letters/delivery.ts';
import { claimGroup } from '#src/domain/letters/groups.ts';
import { countHeldLetters } from '#src/domain/letters/queries.ts';
import {
  backoffMs,
  GIVE_UP_AFTER_MS,
  groupKey,
  LEASE_MS,
  type LetterWriters,
} from '#src/domain/letters/rules.ts';
import { WORK_CHANNEL } from '#src/domain/wake.ts';
import type { SendResult } from '#src/mail/mailer.ts';
import { assertOneRecipientEach } from '#src/mail/one-recipient.ts';
import { newId } from '#src/text/ids.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox, type TestOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';

const MINUTE = 60_000;
const now = new Date('2026-03-01T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);

const store = await testStore();
const { db } = store;
const keys = testKeys();
/** Subjects that are gone, and subjects that cannot be written just now. */
const gone = new Set<string>();
const unwritable = new Set<string>();
let handedOver: string[] = [];
let outbox: TestOutbox;

const writers: LetterWriters = {
  confirm_subscription: {
    write: async (_db, _keys, subjectId, to) => {
      if (unwritable.has(subjectId)) throw new Error(`the key of ${to} is away`);
      if (gone.has(subjectId)) return undefined;
      return {
        to,
        from: 'Status <status@test.example>',
        subject: 'Hello',
        text: subjectId,
        html: subjectId,
        headers: {},
      };
    },
    handedOver: async (_tx, subjectIds) => void handedOver.push(...subjectIds),
  },
};

beforeEach(async () => {
  await db.delete(letters);
  [gone, unwritable].forEach((set) => set.clear());
  handedOver = [];
  outbox = testOutbox();
});

const deliver = (at = now) => deliverLetters(db, keys, outbox, writers, at);
const rows = () => db.select().from(letters).orderBy(asc(letters.position), asc(letters.id));
const states = async () => (await rows()).map(({ state }) => state);

async function queued(count: number, { sendAfter = now, address = (n: number) => `p${n}@x.example` } = {}) {
  const subjects = Array.from({ length: count }, () => newId());
  for (const [index, subjectId] of subjects.entries()) {
    const letter = {
      kind: 'confirm_subscription',
      subjectId,
      to: addressOf(address(index)),
      sendAfter,
    } as const;
    await enqueueLetter(db, keys, letter, now);
  }
  return subjects;
}

describe('waiting longer each time', () => {
  test.each([
    [1, 0, 500],
    [1, 1, 1_000],
    [4, 1, 8_000],
    [12, 1, 300_000],
    [1_000, 1, 300_000],
  ])('attempt %i with chance %d: %i ms', (attempts, random, ms) => {
    expect(backoffMs(attempts, random)).toBe(ms);
  });

  test('never sooner than the provider asks', () => {
    expect(backoffMs(1, 1, 7_000)).toBe(7_000);
  });
});

describe('delivering', () => {
  test('with nothing due asks nothing of the provider', async () => {
    await queued(1, { sendAfter: after(1) });
    expect(await deliver()).toEqual({ outcome: 'idle' });
    expect(outbox.requests).toEqual([]);
  });

  test('hands over what is due in one request, writes it down, and keeps no address', async () => {
    const subjects = await queued(3);
    expect(await deliver()).toEqual({ outcome: 'accepted', letters: 3, reason: '' });
    expect(outbox.requests).toHaveLength(1);
    const stored = await rows();
    for (const row of stored) {
      expect(row).toMatchObject({
        state: 'accepted',
        handedOverAt: now,
        sealedAddress: null,
        leaseUntil: null,
      });
      expect(row.providerId).toBe(`letters/${row.providerBatchId}#${row.position}`);
    }
    expect(handedOver.toSorted()).toEqual(subjects.toSorted());
    expect(await deliver()).toEqual({ outcome: 'idle' });
  });

  test('takes a hundred at a time, the longest due first', async () => {
    await queued(100, { sendAfter: now });
    await queued(5, { sendAfter: after(-1), address: (n) => `early${n}@x.example` });
    expect(await deliver()).toMatchObject({ letters: 100 });
    expect(outbox.sent.slice(0, 5).every(({ to }) => to.startsWith('early'))).toBe(true);
    expect(await deliver()).toMatchObject({ letters: 5 });
    assertOneRecipientEach(outbox.requests[0]?.messages ?? []);
  });

  test('two letters to one mailbox, in whatever spelling, never share a request', async () => {
    await queued(3, { address: (n) => ['Ada@x.example', 'ada@X.example', 'ben@x.example'][n] ?? '' });
    expect(await deliver()).toMatchObject({ letters: 2 });
    expect(await deliver()).toMatchObject({ letters: 1 });
    expect(outbox.sent).toHaveLength(3);
  });

  test('what a letter was about is gone: it fails, and the others go', async () => {
    const [first = ''] = await queued(3);
    gone.add(first);
    expect(await deliver()).toMatchObject({ letters: 2 });
    expect((await states()).toSorted()).toEqual(['accepted', 'accepted', 'failed']);
  });

  test('a letter that cannot be written waits, and the others go; no value is in the reason', async () => {
    const [first = ''] = await queued(3);
    unwritable.add(first);
    expect(await deliver()).toMatchObject({ letters: 2 });
    const [waiting] = await db.select().from(letters).where(eq(letters.subjectId, first));
    expect(waiting).toMatchObject({ state: 'pending', reason: 'It could not be written (Error).' });
    unwritable.clear();
    expect(await deliver(after(MINUTE))).toMatchObject({ outcome: 'accepted', letters: 1 });
  });
});

describe('what a provider answers', () => {
  const again: SendResult = { state: 'again', reason: 'It answered 500.' };

  test('“again”: the same group goes out under the same key with the same bytes, and nothing joins it', async () => {
    await queued(3);
    outbox.next.push(again, again);
    expect(await deliver()).toMatchObject({ outcome: 'again', letters: 3 });
    await queued(2, { address: (n) => `later${n}@x.example` });
    expect(await deliver(after(2 * MINUTE))).toMatchObject({ outcome: 'again', letters: 3 });
    expect(await deliver(after(4 * MINUTE))).toMatchObject({ outcome: 'accepted', letters: 3 });
    expect(await deliver(after(4 * MINUTE))).toMatchObject({ outcome: 'accepted', letters: 2 });
    const [first, second, third] = outbox.requests;
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(outbox.sent).toHaveLength(5);
  });

  test('“again” waits as long as the provider asks', async () => {
    await queued(1);
    outbox.next.push({ ...again, retryAfterMs: 20 * MINUTE });
    await deliver();
    expect(await deliver(after(20 * MINUTE - 1))).toEqual({ outcome: 'idle' });
    expect(await deliver(after(20 * MINUTE))).toMatchObject({ outcome: 'accepted' });
  });

  test('a day of “again” is enough: the letters fail, and their addresses go', async () => {
    await queued(2);
    outbox.next.push(again, again);
    await deliver();
    await deliver(after(GIVE_UP_AFTER_MS));
    expect(await states()).toEqual(['failed', 'failed']);
    for (const row of await rows()) expect(row.sealedAddress).toBeNull();
  });

  test('“refused” with a name: that one fails, the others go', async () => {
    await queued(4);
    outbox.next.push({ state: 'refused', reason: 'Not an address.', index: 2 });
    await deliver();
    expect(await deliver()).toMatchObject({ outcome: 'accepted', letters: 3 });
    const failed = (await rows()).filter(({ state }) => state === 'failed');
    expect(failed.map(({ reason }) => reason)).toEqual(['Not an address.']);
    expect(new Set(outbox.requests.map(({ key }) => key)).size).toBe(2);
  });

  test('“refused” without a name: halving finds the one', async () => {
    const poisoned = 'p5@x.example';
    await queued(9);
    const { sendBatch, send } = outbox;
    const refusal: SendResult = { state: 'refused', reason: 'Something is wrong with it.' };
    outbox.sendBatch = async (batch, signal) =>
      batch.messages.some(({ to }) => to === poisoned) ? refusal : sendBatch(batch, signal);
    outbox.send = async (message, signal) => (message.to === poisoned ? refusal : send(message, signal));
    for (let round = 0; round < 20; round += 1) await deliver();
    expect((await states()).toSorted()).toEqual([...Array<string>(8).fill('accepted'), 'failed']);
    expect(outbox.sent).toHaveLength(8);
  });

  test('“halted”: nothing is lost, the reason is there to see, and it goes on when somebody has acted', async () => {
    await queued(2);
    outbox.next.push({ state: 'halted', reason: 'The API key is not valid.' });
    expect(await deliver()).toMatchObject({ outcome: 'halted', reason: 'The API key is not valid.' });
    expect(await countHeldLetters(db, now)).toEqual({ count: 2, reason: 'The API key is not valid.' });
    expect(await deliver(after(MINUTE))).toMatchObject({ outcome: 'accepted', letters: 2 });
    expect(await countHeldLetters(db, now)).toMatchObject({ count: 0 });
  });

  test('“unknown”: it is never sent again by itself', async () => {
    await queued(2);
    outbox.next.push({ state: 'unknown', reason: 'The key was used for other bytes.' });
    await deliver();
    expect(await states()).toEqual(['failed', 'failed']);
    expect(await deliver(after(MINUTE))).toEqual({ outcome: 'idle' });
  });

  test('an exception is “again”, one that held a message back is “refused”', async () => {
    await queued(1);
    outbox.send = async () => {
      throw Object.assign(new Error('p0@x.example'), { name: 'TypeError' });
    };
    expect(await deliver()).toMatchObject({ outcome: 'again', reason: 'The hand-over failed (TypeError).' });
    outbox.send = async () => {
      throw Object.assign(new Error('held'), { name: 'OneRecipientError' });
    };
    expect(await deliver(after(MINUTE))).toMatchObject({ outcome: 'refused' });
    expect(await states()).toEqual(['failed']);
  });
});

describe('a worker that dies', () => {
  /** Gone after the claim is committed, before or after the provider has got the request. */
  async function dies({ reached }: { reached: boolean }) {
    const group = await claimGroup(db, keys, writers, now);
    if (!group) throw new Error('nothing was due');
    const batch = { messages: group.messages, idempotencyKey: groupKey(group.providerBatchId) };
    if (reached) await outbox.sendBatch(batch, AbortSignal.timeout(1000));
  }

  test.each([{ reached: true }, { reached: false }])('%o: everybody gets the letter once', async (how) => {
    await queued(3);
    await dies(how);
    expect(await deliver(after(LEASE_MS - 1))).toEqual({ outcome: 'idle' });
    expect(await deliver(after(LEASE_MS))).toMatchObject({ outcome: 'accepted', letters: 3 });
    expect(outbox.sent).toHaveLength(3);
    expect(new Set(outbox.requests.map(({ key }) => key)).size).toBe(1);
  });

  test('a group that cannot be written again for now stays one group', async () => {
    const [first = ''] = await queued(3);
    await dies({ reached: true });
    unwritable.add(first);
    expect(await deliver(after(LEASE_MS))).toEqual({ outcome: 'idle' });
    unwritable.clear();
    expect(await deliver(after(LEASE_MS + 10 * MINUTE))).toMatchObject({ outcome: 'accepted', letters: 3 });
    expect(outbox.sent).toHaveLength(3);
  });
});

test('several workers at once send every letter once', async () => {
  await queued(250);
  const worker = async () => {
    for (let round = 0; round < 20; round += 1) if ((await deliver()).outcome === 'idle') return;
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  for (let round = 0; round < 5; round += 1) await deliver();
  expect(new Set(outbox.sent.map(({ to }) => to)).size).toBe(250);
  expect(outbox.sent).toHaveLength(250);
  expect(new Set(await states())).toEqual(new Set(['accepted']));
});

test('a letter that is over is forgotten after a day, one that waits is not', async () => {
  await queued(1);
  await deliver();
  await queued(1, { sendAfter: after(MINUTE) });
  expect(await forgetLetters(db, after(23 * 60 * MINUTE))).toBe(0);
  expect(await forgetLetters(db, after(25 * 60 * MINUTE))).toBe(1);
  expect(await states()).toEqual(['pending']);
});

describe('the letter with a code', () => {
  const accounts = accountLetters({
    from: 'Status <status@test.example>',
    publicUrl: 'https://status.test.example',
  });
  const ask = (purpose: 'customer_sign_in' | 'staff_sign_in') =>
    requestProof(db, keys, { purpose, address: addressOf('Ada@x.example'), clientAddress: '192.0.2.1' }, now);
  const send = (at: Date) => deliverLetters(db, keys, outbox, accounts, at);

  test('is the same, byte for byte, at every attempt, with a new key in between', async () => {
    await ask('customer_sign_in');
    outbox.next.push({ state: 'again', reason: 'No answer.' });
    await send(now);
    keys.rotate('tokens');
    expect(await send(after(MINUTE))).toMatchObject({ outcome: 'accepted' });
    expect(outbox.requests[1]).toEqual(outbox.requests[0]);
  });

  test('goes to the mailbox as it was typed, with a link and a code, neither in the subject', async () => {
    await ask('customer_sign_in');
    await send(now);
    const [message] = outbox.sent;
    expect(message?.to).toBe('Ada@x.example');
    expect(message?.text).toMatch(/https:\/\/status\.test\.example\/sign-in\/[\w-]{43}/);
    const code = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(message?.text ?? '')?.[0] ?? 'none';
    expect(message?.subject).not.toContain(code);
    expect(message?.headers).toEqual({
      'Auto-Submitted': 'auto-generated',
      'X-Entity-Ref-ID': expect.any(String),
    });
  });

  test('of the team leads to the team’s door', async () => {
    await ask('staff_sign_in');
    await send(now);
    expect(outbox.sent[0]?.text).toContain('https://status.test.example/admin/sign-in/');
  });

  test('starts its ten minutes when the provider has taken it', async () => {
    await db.delete(proofRequests);
    await ask('customer_sign_in');
    const expiry = async () => (await db.select().from(proofRequests))[0]?.expiresAt;
    expect(await expiry()).toBeNull();
    await send(after(7 * MINUTE));
    expect(await expiry()).toEqual(after(17 * MINUTE));
  });
});

test('a queued letter wakes the worker when its transaction commits, and not when it is undone', async () => {
  let rings = 0;
  const unlisten = await store.listen(WORK_CHANNEL, () => (rings += 1));
  const queue = (tx: typeof db) =>
    enqueueLetter(
      tx,
      keys,
      { kind: 'confirm_subscription', subjectId: newId(), to: addressOf('ada@x.example'), sendAfter: now },
      now,
    );
  const undone = db.transaction(async (tx) => {
    await queue(tx);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await db.transaction(queue);
  await expect.poll(() => rings).toBe(1);
  await unlisten();
});
