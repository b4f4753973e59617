import { PgPreparedQuery } from '#db/drizzle-tables.ts';
import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { addresses, customers, letters, proofRequests, sessions } from '#db/schema/index.ts';
import {
  findLink,
  findPendingProof,
  forgetProofs,
  requestProof,
  startProofClocks,
} from '#src/domain/accounts/proofs.ts';
import { redeemProof } from '#src/domain/accounts/proof-redemption.ts';
import { findSignedInCustomer } from '#src/domain/accounts/queries.ts';
import { signInCustomer, signInStaff } from '#src/domain/accounts/sign-in.ts';
import { newSecret, secretHash } from '#src/trust/secrets.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { addressOf, askedForCode, setUpStaff, signedInCustomer } from '#tests/support/people.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const now = new Date('2026-03-01T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);
const customer_sign_in = { purpose: 'customer_sign_in' } as const;

const { db } = await testStore();
const keys = testKeys();
const refused = { code: 'invalid', refused: { refusal: 'code' } };

describe('asking for a code', () => {
  test('runs the same statements for an unknown, a known, a team’s and a throttled address', async () => {
    await signedInCustomer(db, keys, 'known@x.example', now);
    await setUpStaff(db, keys, { address: 'team@x.example' }, now);
    for (let count = 0; count < 10; count += 1)
      await askedForCode(db, keys, { address: 'often@x.example' }, now);
    const statements = async (address: string) => {
      const wanted = { ...customer_sign_in, address: addressOf(address), clientAddress: '192.0.2.9' };
      return statementsOf(() => requestProof(db, keys, wanted, now));
    };
    const unknown = await statements('unknown@x.example');
    expect(unknown.length).toBeGreaterThan(4);
    for (const address of ['known@x.example', 'team@x.example', 'often@x.example']) {
      expect(await statements(address)).toEqual(unknown);
    }
  });

  test('makes nobody a customer', async () => {
    const before = await db.select().from(customers);
    await askedForCode(db, keys, { address: 'nobody-yet@x.example' }, now);
    expect(await db.select().from(customers)).toEqual(before);
  });

  test('stores neither address, nor code, nor link, nor the browser’s secret in a form that can be read', async () => {
    const asked = await askedForCode(db, keys, { address: 'secret.person@x.example' }, now);
    const rows = [...(await db.select().from(proofRequests)), ...(await db.select().from(letters))];
    const bytes = rows.flatMap((row) => Object.values(row).map(plain)).join('\n');
    for (const secret of ['secret.person', asked.code, asked.token, asked.browserSecret]) {
      expect(bytes).not.toContain(secret);
    }
  });

  test('over the limit the letter leaves later; it is never dropped', async () => {
    const address = addressOf('asks-a-lot@x.example');
    const delays: number[] = [];
    for (let count = 0; count < 8; count += 1) {
      const wanted = { ...customer_sign_in, address, clientAddress: `192.0.2.${count}` };
      await db.delete(letters);
      await requestProof(db, keys, wanted, now);
      const [letter] = await db.select().from(letters);
      delays.push(((letter?.sendAfter.getTime() ?? 0) - now.getTime()) / MINUTE);
    }
    expect(delays).toEqual([0, 0, 0, 0, 0, 1, 2, 3]);
  });
});

describe('a code', () => {
  test('signs in, in any case and with spaces or dashes, once', async () => {
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'ada@x.example' }, now);
    const typed = ` ${code.slice(0, 4).toLowerCase()} - ${code.slice(4)} `;
    const token = await signInCustomer(db, keys, { browserSecret, code: typed }, now);
    const found = await findSignedInCustomer(db, keys, token, now);
    expect(found?.customer.addresses.map(({ address }) => address)).toEqual(['ada@x.example']);
    await expect(signInCustomer(db, keys, { browserSecret, code }, now)).rejects.toMatchObject(refused);
  });

  test.each([
    ['9:59', 10 * MINUTE - SECOND, true],
    ['10:01', 10 * MINUTE + SECOND, false],
  ])('at %s after the hand-over: %j ms, works: %j', async (_, ms, works) => {
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'clock@x.example' }, now);
    const proven = await redeemProof(db, keys, { ...customer_sign_in, browserSecret, code }, after(ms));
    expect(proven !== undefined).toBe(works);
  });

  test('has its ten minutes from the first hand-over, not from the request and not from a repeat', async () => {
    const wanted = { ...customer_sign_in, address: addressOf('slow@x.example'), clientAddress: '192.0.2.4' };
    const browserSecret = await requestProof(db, keys, wanted, now);
    const [row] = await db
      .select({ id: proofRequests.id })
      .from(proofRequests)
      .where(eq(proofRequests.browserHash, secretHash(browserSecret)));
    await startProofClocks(db, [row?.id ?? ''], after(40 * MINUTE));
    await startProofClocks(db, [row?.id ?? ''], after(45 * MINUTE));
    const pending = (ms: number) =>
      findPendingProof(db, keys, { ...customer_sign_in, browserSecret }, after(ms));
    expect(await pending(50 * MINUTE - SECOND)).toBeDefined();
    expect(await pending(50 * MINUTE)).toBeUndefined();
  });

  test('works only in the browser that asked', async () => {
    const { code } = await askedForCode(db, keys, { address: 'eve@x.example' }, now);
    for (const browserSecret of [undefined, '', newSecret()]) {
      await expect(signInCustomer(db, keys, { browserSecret, code }, now)).rejects.toMatchObject(refused);
    }
    const other = await askedForCode(db, keys, { address: 'mallory@x.example' }, now);
    await expect(
      signInCustomer(db, keys, { browserSecret: other.browserSecret, code }, now),
    ).rejects.toMatchObject(refused);
  });

  test('has five tries: the right one at the sixth is refused', async () => {
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'guess@x.example' }, now);
    for (let tries = 0; tries < 5; tries += 1) {
      await expect(signInCustomer(db, keys, { browserSecret, code: 'AAAAAAAA' }, now)).rejects.toMatchObject(
        refused,
      );
    }
    await expect(signInCustomer(db, keys, { browserSecret, code }, now)).rejects.toMatchObject(refused);
  });

  test('still works at the fifth try', async () => {
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'clumsy@x.example' }, now);
    for (let tries = 0; tries < 4; tries += 1) {
      await expect(signInCustomer(db, keys, { browserSecret, code: 'AAAAAAAA' }, now)).rejects.toMatchObject(
        refused,
      );
    }
    await expect(signInCustomer(db, keys, { browserSecret, code }, now)).resolves.toBeTypeOf('string');
  });

  test('redeemed fifty times at once gives one session', async () => {
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'parallel@x.example' }, now);
    const before = (await db.select().from(sessions)).length;
    const attempts = Array.from({ length: 50 }, () => signInCustomer(db, keys, { browserSecret, code }, now));
    const settled = await Promise.allSettled(attempts);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await db.select().from(sessions)).toHaveLength(before + 1);
  });

  test('of one purpose opens nothing of another', async () => {
    await setUpStaff(db, keys, { address: 'both@x.example' }, now);
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'both@x.example' }, now);
    await expect(signInStaff(db, keys, { browserSecret, code }, now)).rejects.toMatchObject(refused);
    expect(await redeemProof(db, keys, { purpose: 'add_address', browserSecret, code }, now)).toBeUndefined();
    await expect(signInCustomer(db, keys, { browserSecret, code }, now)).resolves.toBeTypeOf('string');
  });

  test('asked for twice at once by a newcomer makes one customer', async () => {
    const asked = [
      await askedForCode(db, keys, { address: 'twice@x.example' }, now),
      await askedForCode(db, keys, { address: 'TWICE@x.example' }, now),
    ];
    const tokens = await Promise.all(
      asked.map(({ browserSecret, code }) => signInCustomer(db, keys, { browserSecret, code }, now)),
    );
    const people = await Promise.all(tokens.map((token) => findSignedInCustomer(db, keys, token, now)));
    expect(people[0]?.customer.id).toBe(people[1]?.customer.id);
    expect(
      await db
        .select()
        .from(customers)
        .where(eq(customers.id, people[0]?.customer.id ?? '')),
    ).toHaveLength(1);
  });
});

describe('a link', () => {
  const purposes = ['customer_sign_in', 'add_address'] as const;

  test('opened in the browser that asked says so, in another shows the code; neither changes anything', async () => {
    const { browserSecret, token, code } = await askedForCode(db, keys, { address: 'link@x.example' }, now);
    const before = await db.select().from(proofRequests);
    const written = `${code.slice(0, 4)}-${code.slice(4)}`;
    const opened = (secret: string | undefined) =>
      findLink(db, keys, { purposes, token, browserSecret: secret }, now);
    expect(await opened(browserSecret)).toEqual({
      purpose: 'customer_sign_in',
      code: written,
      sameBrowser: true,
    });
    expect(await opened(undefined)).toMatchObject({ code: written, sameBrowser: false });
    expect(await opened(newSecret())).toMatchObject({ sameBrowser: false });
    expect(await db.select().from(proofRequests)).toEqual(before);
  });

  test('signs in with the browser’s secret and not without', async () => {
    const { browserSecret, token } = await askedForCode(db, keys, { address: 'press@x.example' }, now);
    await expect(signInCustomer(db, keys, { browserSecret: newSecret(), token }, now)).rejects.toMatchObject(
      refused,
    );
    await expect(signInCustomer(db, keys, { browserSecret, token }, now)).resolves.toBeTypeOf('string');
    await expect(signInCustomer(db, keys, { browserSecret, token }, now)).rejects.toMatchObject(refused);
  });

  test('leads nowhere once it is used, too old, or made up', async () => {
    const { browserSecret, token, code } = await askedForCode(db, keys, { address: 'gone@x.example' }, now);
    const opened = (at: Date, link = token) =>
      findLink(db, keys, { purposes, token: link, browserSecret }, at);
    expect(await opened(after(10 * MINUTE))).toBeUndefined();
    expect(await opened(now, newSecret())).toBeUndefined();
    await signInCustomer(db, keys, { browserSecret, code }, now);
    expect(await opened(now)).toBeUndefined();
  });

  test('of the team is none for readers', async () => {
    const asked = { purpose: 'staff_sign_in', address: 'desk@x.example' } as const;
    const { browserSecret, token } = await askedForCode(db, keys, asked, now);
    expect(await findLink(db, keys, { purposes, token, browserSecret }, now)).toBeUndefined();
  });
});

describe('keys and retention', () => {
  test('a new key changes nothing for codes that are on their way, and finds the same person', async () => {
    const { customer } = await signedInCustomer(db, keys, 'rotated@x.example', now);
    const { browserSecret, code } = await askedForCode(db, keys, { address: 'rotated@x.example' }, now);
    keys.rotate('tokens');
    keys.rotate('addresses');
    const token = await signInCustomer(db, keys, { browserSecret, code }, now);
    const again = await findSignedInCustomer(db, keys, token, now);
    expect(again?.customer.id).toBe(customer.id);
    const [row] = await db.select().from(addresses).where(eq(addresses.customerId, customer.id));
    expect(row?.keyVersion).toBe(2);
    await signedInCustomer(db, keys, 'rotated@x.example', now);
    expect(await db.select().from(addresses).where(eq(addresses.customerId, customer.id))).toHaveLength(1);
  });

  test('an address nobody has proven is forgotten after a day', async () => {
    await askedForCode(db, keys, { address: 'never-came@x.example' }, now);
    await forgetProofs(db, after(23 * 60 * MINUTE));
    expect((await db.select().from(proofRequests)).length).toBeGreaterThan(0);
    await forgetProofs(db, after(24 * 60 * MINUTE + SECOND));
    expect(await db.select().from(proofRequests)).toEqual([]);
  });
});

/** Every statement the work runs, with placeholders, in order. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const queries = PgPreparedQuery.prototype as unknown as {
    queryWithCache(text: string, values: unknown[], query: () => Promise<unknown>): Promise<unknown>;
  };
  const run = queries.queryWithCache;
  queries.queryWithCache = function (text, values, query) {
    seen.push(text);
    return run.call(this, text, values, query);
  };
  try {
    await work();
  } finally {
    queries.queryWithCache = run;
  }
  return seen;
}

function plain(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}
