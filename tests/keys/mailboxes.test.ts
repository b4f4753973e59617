import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { eq } from '#db/drizzle.ts';
import {
  addresses,
  customers,
  erasures,
  letters,
  proofRequests,
  rateLimits,
  staff,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import { addStaff } from '#src/domain/accounts/commands.ts';
import { findSignedInCustomer, findStaffId } from '#src/domain/accounts/queries.ts';
import { signInCustomer } from '#src/domain/accounts/sign-in.ts';
import { operator } from '#src/domain/actors.ts';
import { addressKeys, openAddress } from '#src/domain/addresses.ts';
import { DomainError } from '#src/domain/errors.ts';
import { findTombstone, eraseExposures } from '#src/domain/exposures/tombstones.ts';
import { mailboxRewriting, rewriteMailboxesNow } from '#src/domain/keys/old-versions.ts';
import { listRestsOn } from '#src/domain/keys/rests.ts';
import { openTotpSecret } from '#src/domain/keys/second-factors.ts';
import { requestSubscription, confirmSubscription } from '#src/domain/subscribers/commands.ts';
import {
  countSubscribers,
  findByAddress,
  findConfirmable,
  findTokenHolder,
} from '#src/domain/subscribers/queries.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { confirmationToken, subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { openKeyStore, type KeyStore } from '#src/trust/keys.ts';
import { SealBroken, sealedKeyVersion } from '#src/trust/seal.ts';
import { confirmedSubscriber, confirmedSubscribers, now } from '#tests/broadcasts/support.ts';
import { dataIncident } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { addressOf, askedForCode, publicUrl, setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { statementsOf } from '#tests/support/statements.ts';

const store = await testStore();
const { db } = store;
let keys: KeyStore;
let keysDir: string;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
beforeEach(async () => {
  keysDir = mkdtempSync(join(tmpdir(), 'forthright-keys-'));
  folders.push(keysDir);
  keys = openKeyStore({ keysDir, mayCreate: true });
  for (const table of [letters, rateLimits, proofRequests, suppressions, subscriptions, staff, customers]) {
    await db.delete(table);
  }
});

const asks = (address: string, held = keys) =>
  requestSubscription(
    db,
    held,
    { address: addressOf(address), topics: ['statements'], clientAddress: '192.0.2.1' },
    now,
  );
const versionsOf = async (
  table: typeof addresses | typeof subscriptions | typeof staff | typeof suppressions,
) => (await db.select({ version: table.keyVersion }).from(table)).map(({ version }) => version);

/** The same keys, noting how often each is used. */
function counting(target: KeyStore): { keys: KeyStore; used: Record<string, number> } {
  const used: Record<string, number> = {};
  const noting = <K extends { version: number; bytes: Uint8Array }>(name: string, { version, bytes }: K) => ({
    version,
    get bytes() {
      used[name] = (used[name] ?? 0) + 1;
      return bytes;
    },
  });
  return {
    used,
    keys: {
      ...target,
      current: (name) => noting(name, target.current(name)),
      active: (name) => target.active(name).map((key) => noting(name, key)),
    },
  };
}

describe('Asking by address', () => {
  test.each([1, 2, 3])('is the same work for everybody under %i versions of the key', async (versions) => {
    await confirmedSubscriber(db, keys, 'of-the-first@example.com');
    await suppress(db, keys, [{ address: addressOf('suppressed@example.com'), reason: 'complained' }], now);
    for (let version = 1; version < versions; version += 1) keys.rotate('addresses');
    await confirmedSubscriber(db, keys, 'of-the-last@example.com');
    const work = async (address: string) => {
      const counted = counting(keys);
      const statements = await statementsOf(() => asks(address, counted.keys));
      return { statements, used: counted.used };
    };
    const unknown = await work('unknown@example.com');
    for (const known of ['of-the-first', 'of-the-last', 'suppressed', 'unknown']) {
      expect(await work(`${known}@example.com`)).toEqual(unknown);
    }
    // To count the request, three times for each version to hold, find and store the mailbox, and to seal it three times and store it once.
    expect(unknown.used['addresses']).toBe(1 + 3 * versions + 4);
    expect((await findByAddress(db, keys, addressOf('of-the-first@example.com')))?.keyVersion).toBe(1);
  });
});

describe('Proving a mailbox', () => {
  test('stores it under the newest version, with its subscription, its suppression and its marks', async () => {
    const { id: incidentId } = await dataIncident(db);
    const address = addressOf('ada@example.com');
    const { customer } = await signedInCustomer(db, keys, address, now);
    await confirmedSubscriber(db, keys, address);
    await suppress(db, keys, [{ address, reason: 'complained' }], now);
    await eraseExposures(db, keys, { addresses: [address], incidentIds: [incidentId], kind: 'erased' }, now);
    keys.rotate('addresses');
    keys.rotate('erasures');
    const again = await signedInCustomer(db, keys, address, now);
    expect(again.customer.id).toBe(customer.id);
    for (const table of [addresses, subscriptions, suppressions])
      expect(await versionsOf(table)).toEqual([2]);
    const marks = await db.select().from(erasures).where(eq(erasures.incidentId, incidentId));
    expect(marks).toMatchObject([{ keyVersion: 2, kind: 'erased', erasedAt: now }]);
    expect(await findTombstone(db, keys, incidentId, address)).toEqual({ kind: 'erased', erasedAt: now });
    expect(await countSubscribers(db, 'statements')).toEqual({ people: 1, suppressed: 1 });
  });

  test('by confirming a subscription does so, too; asking, and looking at the page, do not', async () => {
    const id = await confirmedSubscriber(db, keys, 'ada@example.com');
    const token = confirmationToken(keys.current('tokens'), id);
    keys.rotate('addresses');
    await asks('ada@example.com');
    expect(await findConfirmable(db, keys, token, now)).toMatchObject({ address: 'a***@example.com' });
    expect(await findTokenHolder(db, keys, subscriptionToken(keys.current('tokens'), id))).toBeDefined();
    expect(await versionsOf(subscriptions)).toEqual([1]);
    await confirmSubscription(db, keys, { token, topics: ['notices'] }, now);
    expect(await versionsOf(subscriptions)).toEqual([2]);
    expect(await db.select().from(subscriptions)).toMatchObject([{ id, wantsNotices: true }]);
  });

  test('is not done by showing what a customer has', async () => {
    const { sessionToken } = await signedInCustomer(db, keys, 'ada@example.com', now);
    keys.rotate('addresses');
    expect(await findSignedInCustomer(db, keys, sessionToken, now)).toBeDefined();
    expect(await versionsOf(addresses)).toEqual([1]);
  });

  test('finds somebody of the team under an older version, who cannot be added twice', async () => {
    const person = {
      name: 'Mara',
      title: 'Head',
      role: 'editor' as const,
      address: addressOf('mara@example.com'),
    };
    const added = { ...person, publicUrl };
    await addStaff(db, keys, operator, added, now);
    const id = await findStaffId(db, keys, person.address);
    keys.rotate('addresses');
    expect(await findStaffId(db, keys, person.address)).toBe(id);
    await expect(addStaff(db, keys, operator, added, now)).rejects.toMatchObject({ code: 'conflict' });
    await rewriteMailboxesNow(db, keys);
    expect(await versionsOf(staff)).toEqual([2]);
    expect(await findStaffId(db, keys, person.address)).toBe(id);
  });

  test('does not open a mailbox that was put into another’s place', async () => {
    await signedInCustomer(db, keys, 'ada@example.com', now);
    await signedInCustomer(db, keys, 'bo@example.com', now);
    keys.rotate('addresses');
    await signedInCustomer(db, keys, 'bo@example.com', now);
    const [first, second] = await db.select().from(addresses);
    if (!first || !second) throw new Error('two were stored');
    expect([first.keyVersion, second.keyVersion].sort()).toEqual([1, 2]);
    for (const [to, from] of [
      [first, second],
      [second, first],
    ] as const) {
      expect(() => openAddress(keys, from.sealedAddress, `addresses:${to.id}`)).toThrow(SealBroken);
    }
  });
});

describe('A rotation while people sign in', () => {
  test(
    'leaves each mailbox there once, whichever process has seen the new version',
    { timeout: 60_000 },
    async () => {
      const settling = () => openKeyStore({ keysDir, mayCreate: true, settleMs: 10_000 });
      const [here, there] = [settling(), settling()];
      here.current('addresses');
      here.current('tokens');
      there.active('addresses');
      const people = Array.from({ length: 6 }, (_, index) => `person${index}@example.com`);
      const signIn = async (address: string, held: KeyStore) => {
        // Of two browsers that one letter answers, one signs in: the other asks again.
        for (let signedIn = false; !signedIn;) {
          const { browserSecret, code } = await askedForCode(db, held, { address }, now);
          signedIn = await signInCustomer(db, held, { browserSecret, code }, now).then(
            () => true,
            (error: unknown) => {
              if (error instanceof DomainError && error.code === 'invalid') return false;
              throw error;
            },
          );
        }
        await asks(address, held);
      };
      const everybody = () =>
        people.flatMap((address) => [signIn(address, here), signIn(address, there), signIn(address, here)]);
      const started = everybody();
      // `there` has just looked into the folder, and does not know it for up to a second.
      here.rotate('addresses');
      await Promise.all([...started, ...everybody()]);
      expect(new Set(await versionsOf(addresses))).toEqual(new Set([1]));
      await setTimeout(1100);
      const longAgo = Date.now() / 1000 - 11;
      utimesSync(join(keysDir, 'addresses.2.key'), longAgo, longAgo);
      await Promise.all([...everybody(), rewriteMailboxesNow(db, here), ...everybody()]);
      expect(await versionsOf(addresses)).toEqual(people.map(() => 2));
      const open = async (table: typeof addresses | typeof subscriptions, name: string) =>
        (await db.select({ id: table.id, sealed: table.sealedAddress }).from(table))
          .map(({ id, sealed }) => openAddress(here, sealed, `${name}:${id}`))
          .sort();
      expect(await open(addresses, 'addresses')).toEqual(people);
      expect(await open(subscriptions, 'subscriptions')).toEqual(people);
      expect(await db.$count(customers)).toBe(people.length);
    },
  );
});

describe('The worker', () => {
  test('brings every mailbox under the newest version in small steps, and then has nothing to do', async () => {
    const people = Array.from({ length: 1201 }, (_, index) => `reader${index}@example.com`);
    await confirmedSubscribers(db, keys, people);
    await signedInCustomer(db, keys, 'ada@example.com', now);
    const first = addressOf('reader0@example.com');
    await suppress(db, keys, [{ address: first, reason: 'bounced' }], now);
    expect(await mailboxRewriting(db, keys)()).toEqual({ rewritten: 0, done: true });
    keys.rotate('addresses');
    const next = mailboxRewriting(db, keys);
    const steps = [];
    for (let step = await next(); !step.done; step = await next()) steps.push(step.rewritten);
    expect(Math.max(...steps)).toBeLessThanOrEqual(2000);
    expect(steps.reduce((total, rows) => total + rows, 0)).toBe(people.length + 1);
    expect(new Set([...(await versionsOf(subscriptions)), ...(await versionsOf(addresses))])).toEqual(
      new Set([2]),
    );
    expect(await countSubscribers(db, 'statements')).toEqual({ people: 1201, suppressed: 1 });
    const found = await findByAddress(db, keys, first);
    expect(found && openAddress(keys, found.sealedAddress, `subscriptions:${found.id}`)).toBe(first);
    expect(await next()).toEqual({ rewritten: 0, done: true });
    keys.rotate('addresses');
    expect(await next()).toMatchObject({ done: false });
  });

  test('brings second factors along, and leaves one that was put into another’s place', async () => {
    const [one, other, third] = [
      await setUpStaff(db, keys, { address: 'one@example.com' }, now),
      await setUpStaff(db, keys, { address: 'other@example.com' }, now),
      await setUpStaff(db, keys, { address: 'third@example.com' }, now),
    ];
    const secretOf = async ({ staff: { id } }: typeof one) => {
      const [row] = await db.select({ sealed: staff.sealedTotpSecret }).from(staff).where(eq(staff.id, id));
      return row?.sealed ?? new Uint8Array(0);
    };
    await db
      .update(staff)
      .set({ sealedTotpSecret: await secretOf(other) })
      .where(eq(staff.id, one.staff.id));
    keys.rotate('addresses');
    await rewriteMailboxesNow(db, keys);
    const versions = [];
    for (const member of [one, other, third]) versions.push(sealedKeyVersion(await secretOf(member)));
    expect(versions).toEqual([1, 2, 2]);
    expect(openTotpSecret(keys, await secretOf(third), third.staff.id)).toBe(third.totpSecret);
    const rests = await listRestsOn(db, keys, 'addresses', 1);
    expect(rests).toEqual([{ name: 'addresses', version: 1, kind: 'secondFactors', rows: 1 }]);
  });

  test('leaves a row that does not open as it is, and goes on with the others', async () => {
    const [id = ''] = await confirmedSubscribers(db, keys, ['a@example.com', 'b@example.com']);
    const [other] = await db.select().from(subscriptions).where(eq(subscriptions.id, id));
    await db
      .update(subscriptions)
      .set({ sealedAddress: (other?.sealedAddress ?? new Uint8Array()).slice(0, 40) })
      .where(eq(subscriptions.id, id));
    keys.rotate('addresses');
    expect(await rewriteMailboxesNow(db, keys)).toBe(1);
    expect((await versionsOf(subscriptions)).sort()).toEqual([1, 2]);
  });
});

describe('Whatever is done in whichever order', () => {
  const local = fc.stringMatching(/^[a-z0-9]{1,12}$/);

  test('an address has its keyed hash under every version, and shares none with another', () => {
    for (let version = 1; version < 4; version += 1) keys.rotate('addresses');
    fc.assert(
      fc.property(local, local, (one, other) => {
        const hashes = addressKeys(keys, addressOf(`${one}@example.com`)).map((hash) =>
          Buffer.from(hash).toString('hex'),
        );
        const others = addressKeys(keys, addressOf(`${other}@example.com`)).map((hash) =>
          Buffer.from(hash).toString('hex'),
        );
        expect(new Set(hashes).size).toBe(3);
        expect(hashes.some((hash) => others.includes(hash))).toBe(one === other);
      }),
      { numRuns: 10_000 },
    );
  });

  const step = fc.oneof(
    ...(['prove', 'subscribe', 'suppress'] as const).map((kind) =>
      fc.record({ kind: fc.constant(kind), who: fc.integer({ min: 0, max: 3 }) }),
    ),
    fc.record({ kind: fc.constantFrom('rotate' as const, 'rewrite' as const), who: fc.constant(0) }),
  );

  test('nobody is there twice, and everybody is found', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        for (const table of [letters, rateLimits, proofRequests, suppressions, subscriptions, customers]) {
          await db.delete(table);
        }
        const ids = new Map<string, string>();
        const subscribed = new Set<string>();
        const suppressed = new Set<string>();
        let rewriting = mailboxRewriting(db, keys);
        for (const { kind, who } of steps) {
          const address = `person${who}@example.com`;
          if (kind === 'rotate') keys.rotate('addresses');
          if (kind === 'rewrite') await rewriting();
          if (kind === 'prove') {
            const { customer } = await signedInCustomer(db, keys, address, now);
            expect(ids.get(address) ?? customer.id).toBe(customer.id);
            ids.set(address, customer.id);
          }
          if (kind === 'subscribe') {
            await asks(address);
            const row = await findByAddress(db, keys, addressOf(address));
            const token = confirmationToken(keys.current('tokens'), row?.id ?? '');
            await confirmSubscription(db, keys, { token, topics: ['statements'] }, now);
            subscribed.add(address);
            suppressed.delete(address);
          }
          if (kind === 'suppress') {
            await suppress(db, keys, [{ address: addressOf(address), reason: 'bounced' }], now);
            suppressed.add(address);
          }
        }
        rewriting = mailboxRewriting(db, keys);
        for (let rest = await rewriting(); !rest.done; rest = await rewriting());
        expect(await db.$count(addresses)).toBe(ids.size);
        expect(await db.$count(subscriptions)).toBe(subscribed.size);
        expect(await countSubscribers(db, 'statements')).toEqual({
          people: subscribed.size,
          suppressed: [...subscribed].filter((address) => suppressed.has(address)).length,
        });
        for (const [address, id] of ids) {
          expect((await signedInCustomer(db, keys, address, now)).customer.id).toBe(id);
        }
      }),
      { numRuns: 20 },
    );
  });
});
