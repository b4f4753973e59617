import fc from 'fast-check';
import { eq, inArray, sql } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { exposureLists, exposures, incidents } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import {
  acknowledgeAnswer,
  answerExposure,
  listAnswers,
  type Answer,
} from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { maskedAddress, normalisedAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, emailAddress, importFiles, now, provenCustomer, replaceList } from './support.ts';

const store = await testStore();
const keys = testKeys();
const otherKeys = testKeys();

async function listInForce(csv: string, closed: boolean, deliveries?: string) {
  const incident = await dataIncident(store.db);
  const { list } = await importFiles(
    store,
    keys,
    incident.slug,
    { 'leak.csv': csv },
    { ...(deliveries && { deliveries }) },
  );
  const listId = list?.id ?? '';
  await applyExposureList(store.db, operator, listId, now);
  if (closed) await closeExposureList(store.db, operator, listId, now);
  return { incident, listId };
}

async function ask(
  incident: { id: string; slug: string; title: string },
  text: string,
  as = keys,
): Promise<Answer> {
  const customer = await provenCustomer(store.db, keys, text);
  const [address] = customer.addresses;
  if (!address) throw new Error('a customer has an address');
  return answerExposure(store.db, as, customer, address, incident);
}

const mailing = [
  'address,batch,delivered,sent_at,Password reset',
  'ada.lovelace@example.com,1,yes,2019-11-01T06:00:00Z,1 November 2019',
  'Bo@example.com,1,bounced,2019-11-01T06:00:00Z,',
  'cy@example.com,1,yes,2019-11-01T06:00:00Z,',
  'ada.lovelace@example.com,2,yes,2019-11-01T07:00:00Z,',
  'di@example.com,2,yes,2019-11-01T07:00:00Z,',
  'eve@example.com,3,stopped,,',
].join('\n');

describe('The answer', () => {
  test('for an exposed address has the figures and the measures of that address alone', async () => {
    const { incident, listId } = await listInForce(mailing, false);
    const answer = await ask(incident, 'Ada.Lovelace@example.com');
    expect(answer).toMatchObject({
      verdict: 'exposed',
      basis: { listId, version: 1, closed: false, asOf: now, leakedBatches: 3, distinctAddresses: 5 },
      figures: { listedWith: 3, sentTo: 2, upTo: true, containsName: true, ownCopyBounced: false },
      measures: { 'Password reset': '1 November 2019' },
      acknowledgedAt: null,
    });
    expect(answer.verdict === 'exposed' && answer.figures.messages).toEqual([
      { sentAt: new Date('2019-11-01T06:00:00Z'), listedWith: 2, sentTo: 1 },
      { sentAt: new Date('2019-11-01T07:00:00Z'), listedWith: 1, sentTo: 1 },
    ]);
  });

  test('for an address whose own copy bounced is still that it was exposed', async () => {
    const { incident } = await listInForce(mailing, true);
    expect(await ask(incident, 'bo@example.com')).toMatchObject({
      verdict: 'exposed',
      figures: { listedWith: 2, sentTo: 2, upTo: false, containsName: false, ownCopyBounced: true },
      measures: {},
    });
  });

  test('for an address in nothing but a stopped message is that nothing was sent', async () => {
    const { incident } = await listInForce(mailing, false);
    expect(await ask(incident, 'eve@example.com')).toMatchObject({ verdict: 'queued_not_sent', stopped: 1 });
  });

  test('for any other address is "not known yet" until the list is closed, and then "not exposed"', async () => {
    const open = await listInForce(mailing, false);
    expect(await ask(open.incident, 'zoe@example.com')).toMatchObject({
      verdict: 'not_known_yet',
      basis: { version: 1 },
    });
    const closed = await listInForce(mailing, true);
    expect(await ask(closed.incident, 'zoe@example.com')).toMatchObject({
      verdict: 'not_exposed',
      basis: { closed: true, leakedBatches: 3, distinctAddresses: 5 },
    });
  });

  test('is "not known yet" without a list, and while there is only a draft', async () => {
    const incident = await dataIncident(store.db);
    expect(await ask(incident, 'ada.lovelace@example.com')).toMatchObject({
      verdict: 'not_known_yet',
      basis: null,
    });
    await importFiles(store, keys, incident.slug, { 'leak.csv': mailing });
    expect(await ask(incident, 'ada.lovelace@example.com')).toMatchObject({
      verdict: 'not_known_yet',
      basis: null,
    });
  });

  test('does not merge tags or dots: another spelling is another mailbox', async () => {
    const { incident } = await listInForce('address\na.b+news@example.com\n', true);
    expect(await ask(incident, 'A.B+NEWS@EXAMPLE.COM')).toMatchObject({ verdict: 'exposed' });
    for (const other of ['a.b@example.com', 'ab+news@example.com', 'ab@example.com']) {
      expect(await ask(incident, other)).toMatchObject({ verdict: 'not_exposed' });
    }
  });

  test('rests on the newest version in force', async () => {
    const { incident } = await listInForce(mailing, true);
    const { list } = await importFiles(store, keys, incident.slug, { 'b.csv': 'address\nzoe@example.com\n' });
    expect(await ask(incident, 'zoe@example.com')).toMatchObject({
      verdict: 'not_exposed',
      basis: { version: 1 },
    });
    await replaceList(store, list?.id ?? '');
    expect(await ask(incident, 'zoe@example.com')).toMatchObject({
      verdict: 'exposed',
      basis: { version: 2 },
    });
    expect(await ask(incident, 'ada.lovelace@example.com')).toMatchObject({ verdict: 'not_known_yet' });
  });

  test('stays right after the incident’s key was rotated, for old lists and new ones', async () => {
    const { incident } = await listInForce(mailing, true);
    keys.rotate(`exposure-${incident.id}`);
    expect(await ask(incident, 'ada.lovelace@example.com')).toMatchObject({ verdict: 'exposed' });
    expect(await ask(incident, 'zoe@example.com')).toMatchObject({ verdict: 'not_exposed' });
    const { list } = await importFiles(store, keys, incident.slug, { 'b.csv': 'address\nzoe@example.com\n' });
    await replaceList(store, list?.id ?? '');
    expect(await ask(incident, 'zoe@example.com')).toMatchObject({ verdict: 'exposed' });
  });

  test('is given only to the person who proved the mailbox', async () => {
    const { incident } = await listInForce(mailing, true);
    const ada = await provenCustomer(store.db, keys, 'ada.lovelace@example.com');
    const zoe = await provenCustomer(store.db, keys, 'zoe@example.com');
    const [own] = ada.addresses;
    if (!own) throw new Error('a customer has an address');
    await expect(answerExposure(store.db, keys, zoe, own, incident)).rejects.toMatchObject({
      code: 'forbidden',
    });
    const borrowed = { ...zoe.addresses[0], ...{ address: own.address } } as typeof own;
    await expect(answerExposure(store.db, keys, zoe, borrowed, incident)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('Every imported address of a message that left answers "exposed", and no other does', () => {
  test('whatever the mailing', async () => {
    const local = fc.stringMatching(/^[a-zA-Z0-9]{1,4}([.+_-][a-zA-Z0-9]{1,4})?$/);
    const address = fc
      .tuple(local, fc.constantFrom('example.com', 'EXAMPLE.org', 'münchen.example'))
      .map(([l, d]) => `${l}@${d}`);
    const line = fc.record({
      address,
      batch: fc.integer({ min: 1, max: 4 }),
      delivered: fc.constantFrom('', 'yes', 'bounced', 'stopped'),
    });
    const mailings = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 40 }),
      others: fc.array(address, { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(mailings, async ({ lines, others }) => {
        const csv = [
          'address,batch,delivered',
          ...lines.map((l) => `${l.address},${l.batch},${l.delivered}`),
        ].join('\n');
        const { incident } = await listInForce(csv, true);
        const left = new Set(lines.filter((l) => l.delivered !== 'stopped').map((l) => l.batch));
        const key = (text: string) => normalisedAddress(emailAddress(text));
        const exposed = new Set(lines.filter((l) => left.has(l.batch)).map((l) => key(l.address)));
        const listed = new Set(lines.map((l) => key(l.address)));
        const asked = [...new Set([...lines.map((l) => l.address), ...others].map(key))];
        for (const text of asked) {
          const { verdict } = await askAs(incident, text);
          const expected = exposed.has(text)
            ? 'exposed'
            : listed.has(text)
              ? 'queued_not_sent'
              : 'not_exposed';
          expect(`${maskedAddress(text)} ${verdict}`).toBe(`${maskedAddress(text)} ${expected}`);
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  async function askAs(incident: { id: string; slug: string; title: string }, text: string) {
    const address = { id: 'somebody', address: emailAddress(text), provenAt: now };
    return answerExposure(store.db, keys, { id: 'someone', addresses: [address] }, address, incident);
  }
});

describe('"Unavailable", and nothing else, is said', () => {
  async function failing(run: (incident: { id: string; slug: string; title: string }) => Promise<Answer[]>) {
    const { incident } = await listInForce(mailing, true);
    const answers = await run(incident);
    expect(answers.map(({ verdict }) => verdict)).toEqual(answers.map(() => 'unavailable'));
  }
  const everybody = ['ada.lovelace@example.com', 'eve@example.com', 'zoe@example.com'];
  const askAll = (incident: { id: string; slug: string; title: string }, as: KeyStore = keys) =>
    Promise.all(everybody.map((text) => ask(incident, text, as)));

  test('when the incident’s key is gone', () =>
    failing((incident) => {
      keys.destroy(`exposure-${incident.id}`, 1);
      return askAll(incident);
    }));

  test('when another key has taken its place', () =>
    failing((incident) => {
      const other = otherKeys;
      other.current(`exposure-${incident.id}`);
      return askAll(incident, other);
    }));

  test('when the rows of the list are gone', () =>
    failing(async (incident) => {
      const lists = store.db.select({ id: exposureLists.id }).from(exposureLists);
      await store.db
        .delete(exposures)
        .where(inArray(exposures.listId, lists.where(eq(exposureLists.incidentId, incident.id))));
      return askAll(incident);
    }));

  test('when the key folder cannot be read', () =>
    failing((incident) => {
      const broken = {
        ...keys,
        active: () => {
          throw new Error('EACCES');
        },
      };
      return askAll(incident, broken);
    }));

  test('when the database fails at any of its statements', () =>
    failing(async (incident) => {
      const customer = await provenCustomer(store.db, keys, ...everybody);
      const answers: Answer[] = [];
      for (const table of [
        'acknowledgements',
        'exposures',
        'leaked_batches',
        'exposure_lists',
        'exposure_destructions',
      ]) {
        await store.db.execute(sql.raw(`alter table ${table} rename to hidden`));
        for (const address of customer.addresses) {
          answers.push(await answerExposure(store.db, keys, customer, address, incident));
        }
        await store.db.execute(sql.raw(`alter table hidden rename to ${table}`));
      }
      return answers;
    }));

  test('when the list was made by other rules of normalisation', () =>
    failing(async (incident) => {
      await store.db
        .update(exposureLists)
        .set({ normVersion: 'n2' })
        .where(eq(exposureLists.incidentId, incident.id));
      return askAll(incident);
    }));
});

describe('The look-up', () => {
  test('runs the same statements whatever is found', async () => {
    const { incident } = await listInForce(mailing, true);
    const statementsFor = async (text: string) => {
      const customer = await provenCustomer(store.db, keys, text);
      const [address] = customer.addresses;
      if (!address) throw new Error('a customer has an address');
      const { db, statements } = recording(store.db);
      const { verdict } = await answerExposure(db, keys, customer, address, incident);
      return { verdict, statements };
    };
    const exposed = await statementsFor('ada.lovelace@example.com');
    const queued = await statementsFor('eve@example.com');
    const other = await statementsFor('zoe@example.com');
    expect([exposed.verdict, queued.verdict, other.verdict]).toEqual([
      'exposed',
      'queued_not_sent',
      'not_exposed',
    ]);
    expect(exposed.statements).toHaveLength(7);
    expect(queued.statements).toEqual(exposed.statements);
    expect(other.statements).toEqual(exposed.statements);
  });

  /** The same database, noting which selections are made of it. */
  function recording(db: Database): { db: Database; statements: string[] } {
    const statements: string[] = [];
    const noting = new Proxy(db, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property === 'select') {
          return (fields: Record<string, unknown>) => {
            statements.push(Object.keys(fields).join());
            return target.select(fields as never);
          };
        }
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { db: noting, statements };
  }
});

describe('A customer’s answers', () => {
  test('are one for each proven address and published data incident', async () => {
    const { incident } = await listInForce(mailing, true);
    const hidden = await listInForce(mailing, true);
    await store.db.update(incidents).set({ publishedAt: null }).where(eq(incidents.id, hidden.incident.id));
    const customer = await provenCustomer(store.db, keys, 'ada.lovelace@example.com', 'zoe@example.com');
    const answers = await listAnswers(store.db, keys, customer);
    const here = answers.filter((answer) => answer.incident.id === incident.id);
    expect(here.map(({ verdict }) => verdict)).toEqual(['exposed', 'not_exposed']);
    expect(answers.some((answer) => answer.incident.id === hidden.incident.id)).toBe(false);
  });

  test('stay until they are acknowledged, each address by itself, and come back with a new version', async () => {
    const { incident, listId } = await listInForce(mailing, true);
    const customer = await provenCustomer(store.db, keys, 'ada.lovelace@example.com', 'cy@example.com');
    const [ada, cy] = customer.addresses;
    if (!ada || !cy) throw new Error('a customer has two addresses');
    await acknowledgeAnswer(store.db, customer, { addressId: ada.id, listId }, now);
    await acknowledgeAnswer(
      store.db,
      customer,
      { addressId: ada.id, listId },
      new Date(now.getTime() + 1000),
    );
    expect(await answerExposure(store.db, keys, customer, ada, incident)).toMatchObject({
      acknowledgedAt: now,
    });
    expect(await answerExposure(store.db, keys, customer, cy, incident)).toMatchObject({
      acknowledgedAt: null,
    });

    const { list } = await importFiles(store, keys, incident.slug, {
      'b.csv': 'address\nada.lovelace@example.com\n',
    });
    await replaceList(store, list?.id ?? '');
    expect(await answerExposure(store.db, keys, customer, ada, incident)).toMatchObject({
      acknowledgedAt: null,
    });
    const stale = acknowledgeAnswer(store.db, customer, { addressId: cy.id, listId }, now);
    await expect(stale).rejects.toMatchObject({ code: 'conflict' });
  });

  test('are acknowledged by nobody else', async () => {
    const { listId } = await listInForce(mailing, true);
    const ada = await provenCustomer(store.db, keys, 'ada.lovelace@example.com');
    const zoe = await provenCustomer(store.db, keys, 'zoe@example.com');
    const foreign = acknowledgeAnswer(store.db, zoe, { addressId: ada.addresses[0]?.id ?? '', listId }, now);
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' });
  });
});
