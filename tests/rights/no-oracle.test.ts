import { expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { answerExposure } from '#src/domain/exposures/answers.ts';
import { eraseEverything, hideResult } from '#src/domain/rights/commands.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { now } from '#tests/broadcasts/support.ts';
import { provenCustomer } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { closedIncident, fresh } from './support.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

test('a look-up makes the same statements and as many keyed hashes, whether a result was hidden, erased, or never there', async () => {
  const listed = ['exposed@example.com', 'hidden@example.com', 'erased@example.com'];
  const incident = await closedIncident(store, keys, listed);
  keys.current('erasures');
  keys.rotate('erasures');
  keys.rotate(`exposure-${incident.id}`);
  for (const text of ['hidden@example.com', 'unlisted-hidden@example.com']) {
    const customer = await provenCustomer(db, keys, text);
    const addressIds = customer.addresses.map(({ id }) => id);
    await hideResult(db, keys, customer, { ...fresh, addressIds }, now);
  }
  await eraseEverything(db, keys, await provenCustomer(db, keys, 'erased@example.com'), fresh, now);

  const seen = [];
  for (const text of [...listed, 'unlisted-hidden@example.com', 'nobody@example.com']) {
    const customer = await provenCustomer(db, keys, text);
    const [address] = customer.addresses;
    if (!address) throw new Error('a customer has an address');
    const noted = recording(db);
    const counted = counting(keys);
    const { verdict } = await answerExposure(noted.db, counted.keys, customer, address, incident);
    seen.push({ verdict, statements: noted.statements, hashes: counted.hashes() });
  }
  expect(seen.map(({ verdict }) => verdict)).toEqual([
    'exposed',
    'withheld',
    'withheld',
    'withheld',
    'not_exposed',
  ]);
  const [first] = seen;
  // Two versions of the list's key, whose fingerprint is taken, too; and two of the key of tombstones.
  expect(first?.hashes).toEqual({ [`exposure-${incident.id}`]: 3, erasures: 2 });
  expect(first?.statements.length).toBeGreaterThan(5);
  for (const { statements, hashes } of seen) {
    expect(statements).toEqual(first?.statements);
    expect(hashes).toEqual(first?.hashes);
  }
});

/** The same database, noting which selections are made of it. */
function recording(target: Database): { db: Database; statements: string[] } {
  const statements: string[] = [];
  const noting = new Proxy(target, {
    get(on, property) {
      const value: unknown = Reflect.get(on, property, on);
      if (property !== 'select') return typeof value === 'function' ? value.bind(on) : value;
      return (fields: Record<string, unknown>) => {
        statements.push(Object.keys(fields).join());
        return on.select(fields as never);
      };
    },
  });
  return { db: noting, statements };
}

/** The same keys, noting how often the bytes of each are used. */
function counting(target: KeyStore): { keys: KeyStore; hashes: () => Record<string, number> } {
  const used: Record<string, number> = {};
  const active: KeyStore['active'] = (name) =>
    target.active(name).map(({ version, bytes }) => ({
      version,
      get bytes() {
        used[name] = (used[name] ?? 0) + 1;
        return bytes;
      },
    }));
  return { keys: { ...target, active }, hashes: () => used };
}
