import { describe, expect, test } from 'vitest';
import { eq } from '#db/drizzle.ts';
import { exposureLists, exposures } from '#db/schema/index.ts';
import { answerExposure } from '#src/domain/exposures/answers.ts';
import { hideResult } from '#src/domain/rights/commands.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { provenCustomer } from '#tests/exposures/support.ts';
import { now } from '#tests/broadcasts/support.ts';
import { closedIncident, fresh, importAgain, type Incident } from '#tests/rights/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { signedInCustomer } from '#tests/support/people.ts';
import { statementsOf } from '#tests/support/statements.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

/** What somebody is told, with every statement and every keyed hash that it took. */
async function asked(incident: Incident, text: string, held: KeyStore = keys) {
  const customer = await provenCustomer(db, keys, text);
  const [address] = customer.addresses;
  if (!address) throw new Error('a customer has an address');
  const used: Record<string, number> = {};
  const active: KeyStore['active'] = (name) =>
    held.active(name).map(({ version, bytes }) => ({
      version,
      get bytes() {
        used[name] = (used[name] ?? 0) + 1;
        return bytes;
      },
    }));
  let verdict = '';
  const statements = await statementsOf(async () => {
    verdict = (await answerExposure(db, { ...held, active }, customer, address, incident)).verdict;
  });
  return { verdict, work: { statements, used } };
}

describe('An answer', () => {
  test.each([1, 2, 3])(
    'takes the same work for everybody under %i versions of its keys',
    async (versions) => {
      const incident = await closedIncident(store, keys, ['exposed@example.com', 'hidden@example.com']);
      const hidden = await provenCustomer(db, keys, 'hidden@example.com');
      await hideResult(db, keys, hidden, { ...fresh, addressIds: hidden.addresses.map(({ id }) => id) }, now);
      for (let version = 1; version < versions; version += 1) {
        keys.rotate(`exposure-${incident.id}`);
        keys.rotate('erasures');
      }
      const people = ['exposed', 'hidden', 'nobody'];
      const answers = [];
      for (const name of people) answers.push(await asked(incident, `${name}@example.com`));
      expect(answers.map(({ verdict }) => verdict)).toEqual(['exposed', 'withheld', 'not_exposed']);
      // One for each version, and the fingerprint of the list's own.
      const used = { [`exposure-${incident.id}`]: versions + 1, erasures: keys.active('erasures').length };
      for (const { work } of answers) expect(work).toEqual({ ...answers[0]?.work, used });
    },
  );

  test('rests on the key its list was made with; a list imported later is made with the newest', async () => {
    const incident = await closedIncident(store, keys, ['first@example.com']);
    const name = `exposure-${incident.id}` as const;
    keys.rotate(name);
    const verdicts = async () => [
      (await asked(incident, 'first@example.com')).verdict,
      (await asked(incident, 'second@example.com')).verdict,
    ];
    expect(await verdicts()).toEqual(['exposed', 'not_exposed']);
    await importAgain(store, keys, incident, ['second@example.com', 'third@example.com']);
    expect(await verdicts()).toEqual(['not_exposed', 'exposed']);
    const lists = await db
      .select({ version: exposureLists.version, key: exposureLists.keyVersion })
      .from(exposureLists)
      .where(eq(exposureLists.incidentId, incident.id))
      .orderBy(exposureLists.version);
    expect(lists).toEqual([
      { version: 1, key: 1 },
      { version: 2, key: 2 },
    ]);
    // The key of the list in force is away: nobody is told that they were not exposed.
    const away = {
      ...keys,
      active: (asked: typeof name) =>
        keys.active(asked).filter(({ version }) => asked !== name || version !== 2),
    };
    expect((await asked(incident, 'second@example.com', away as KeyStore)).verdict).toBe('unavailable');
  });

  test('leaves no mark in the list of who has proven a mailbox: its rows stay under the list’s key', async () => {
    const incident = await closedIncident(store, keys, ['ada@example.com', 'bo@example.com']);
    const rows = () => db.select().from(exposures).orderBy(exposures.addressKey);
    const before = await rows();
    keys.rotate(`exposure-${incident.id}`);
    await signedInCustomer(db, keys, 'ada@example.com', now);
    expect(await rows()).toEqual(before);
    expect((await asked(incident, 'ada@example.com')).verdict).toBe('exposed');
  });
});
