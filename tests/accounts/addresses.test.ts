import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { addresses, customers, evidence, letters, sessions } from '#db/schema/index.ts';
import { findSignedInCustomer } from '#src/domain/accounts/queries.ts';
import { addAddress, requestAddress, signInCustomer } from '#src/domain/accounts/sign-in.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { addressOf, askedForCode, signedInCustomer } from '#tests/support/people.ts';

const now = new Date('2026-03-01T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);
const { db } = await testStore();
const keys = testKeys();

const asksToAdd = (customer: Customer, address: string) =>
  askedForCode(db, keys, { purpose: 'add_address', address, customerId: customer.id }, now);
const addressesOf = async (sessionToken: string) =>
  (await findSignedInCustomer(db, keys, sessionToken, now))?.customer.addresses.map(({ address }) => address);

describe('adding an address', () => {
  test('needs a proof of one’s own mailbox less than half an hour old', async () => {
    const { customer } = await signedInCustomer(db, keys, 'fresh@x.example', now);
    const input = { address: addressOf('more@x.example'), clientAddress: '192.0.2.1', signedInAt: now };
    await expect(requestAddress(db, keys, customer, input, after(29 * 60_000))).resolves.toBeTypeOf('string');
    await expect(requestAddress(db, keys, customer, input, after(30 * 60_000))).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  test('sends the new mailbox a code of its own, which adds it', async () => {
    const { customer, sessionToken } = await signedInCustomer(db, keys, 'first@x.example', now);
    const { id, browserSecret, code } = await asksToAdd(customer, 'Second.Name+tag@x.example');
    const [letter] = await db.select().from(letters).where(eq(letters.subjectId, id));
    expect(letter?.kind).toBe('add_address_code');
    await addAddress(db, keys, customer, { browserSecret, code }, now);
    expect(await addressesOf(sessionToken)).toEqual(
      expect.arrayContaining(['first@x.example', 'Second.Name+tag@x.example']),
    );
  });

  test('changes nothing with a wrong code, and the tries are counted', async () => {
    const { customer, sessionToken } = await signedInCustomer(db, keys, 'careful@x.example', now);
    const { browserSecret, code } = await asksToAdd(customer, 'mistyped@x.example');
    for (let tries = 0; tries < 5; tries += 1) {
      await expect(
        addAddress(db, keys, customer, { browserSecret, code: 'WRONG' }, now),
      ).rejects.toMatchObject({ code: 'invalid' });
    }
    await expect(addAddress(db, keys, customer, { browserSecret, code }, now)).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await addressesOf(sessionToken)).toEqual(['careful@x.example']);
  });

  test('is for the person who asked, not for whoever is signed in when the code comes', async () => {
    const { customer: asker } = await signedInCustomer(db, keys, 'asker@x.example', now);
    const { customer: other, sessionToken } = await signedInCustomer(db, keys, 'other@x.example', now);
    const { browserSecret, code } = await asksToAdd(asker, 'between@x.example');
    await expect(addAddress(db, keys, other, { browserSecret, code }, now)).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await addressesOf(sessionToken)).toEqual(['other@x.example']);
  });

  test('a code for adding does not sign in', async () => {
    const { customer } = await signedInCustomer(db, keys, 'owner@x.example', now);
    const { browserSecret, code } = await asksToAdd(customer, 'not-a-door@x.example');
    await expect(signInCustomer(db, keys, { browserSecret, code }, now)).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  test('twice is once', async () => {
    const { customer, sessionToken } = await signedInCustomer(db, keys, 'again@x.example', now);
    const { browserSecret, code } = await asksToAdd(customer, 'AGAIN@x.example');
    await addAddress(db, keys, customer, { browserSecret, code }, now);
    expect(await addressesOf(sessionToken)).toEqual(['AGAIN@x.example']);
  });

  test('moves the mailbox from whoever had it; who has none left is gone with their sessions', async () => {
    const before = await signedInCustomer(db, keys, 'passed-on@x.example', now);
    const { customer, sessionToken } = await signedInCustomer(db, keys, 'heir@x.example', now);
    const { browserSecret, code } = await asksToAdd(customer, 'passed-on@x.example');
    await addAddress(db, keys, customer, { browserSecret, code }, now);
    expect(await addressesOf(sessionToken)).toHaveLength(2);
    expect(await addressesOf(before.sessionToken)).toBeUndefined();
    expect(await db.select().from(customers).where(eq(customers.id, before.customer.id))).toEqual([]);
    expect(await db.select().from(sessions).where(eq(sessions.customerId, before.customer.id))).toEqual([]);
    const moved = await db.select().from(evidence).where(eq(evidence.kind, 'address_moved'));
    expect(moved).toHaveLength(1);
    expect(JSON.stringify(moved)).not.toContain('@');
  });

  test('moves one mailbox and leaves the other to whoever has two', async () => {
    const before = await signedInCustomer(db, keys, 'kept@x.example', now);
    const both = await asksToAdd(before.customer, 'given@x.example');
    await addAddress(db, keys, before.customer, both, now);
    const { customer } = await signedInCustomer(db, keys, 'taker@x.example', now);
    await addAddress(db, keys, customer, await asksToAdd(customer, 'given@x.example'), now);
    expect(await addressesOf(before.sessionToken)).toEqual(['kept@x.example']);
  });

  test('two mailboxes that differ in a dot or a tag are two', async () => {
    const { customer } = await signedInCustomer(db, keys, 'a.b@x.example', now);
    for (const address of ['ab@x.example', 'a.b+c@x.example']) {
      await addAddress(db, keys, customer, await asksToAdd(customer, address), now);
    }
    const rows = await db.select().from(addresses).where(eq(addresses.customerId, customer.id));
    expect(rows).toHaveLength(3);
  });
});
