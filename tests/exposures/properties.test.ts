import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { exposureKey } from '#src/domain/exposures/address-key.ts';
import { answerExposure } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { exposureFigures, verdictOf, type Listing } from '#src/domain/exposures/rules.ts';
import { normalisedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { typedAddress } from '#tests/text/typed-addresses.ts';
import { dataIncident, emailAddress, importFiles, now } from './support.ts';

const store = await testStore();
const keys = testKeys();

const keyedForm = (text: string) => normalisedAddress(emailAddress(text));

describe('Over 10,000 cases', () => {
  const listing: fc.Arbitrary<Listing> = fc
    .record({
      batchNo: fc.integer({ min: 1, max: 1000 }),
      size: fc.integer({ min: 1, max: 2000 }),
      bounced: fc.nat(2000),
      stopped: fc.boolean(),
      sentAt: fc.option(fc.date({ noInvalidDate: true })),
      containsName: fc.boolean(),
      ownCopyBounced: fc.boolean(),
      measures: fc.constant(null),
    })
    .map(({ bounced, ...row }) => ({
      ...row,
      delivered: Math.max(row.ownCopyBounced ? 0 : 1, row.size - bounced),
    }));
  const listings = fc.uniqueArray(listing, { selector: ({ batchNo }) => batchNo, maxLength: 6 });
  const state = fc.constantFrom('applied' as const, 'closed' as const);

  test('somebody is told that they were not exposed only by a closed list that they are not in', () => {
    fc.assert(
      fc.property(fc.option(state, { nil: undefined }), listings, (inForce, rows) => {
        const verdict = verdictOf(inForce && { state: inForce }, rows);
        const wasShown = rows.some(({ stopped }) => !stopped);
        if (!inForce) expect(verdict).toBe('not_known_yet');
        else expect(verdict === 'exposed').toBe(wasShown);
        expect(verdict === 'not_exposed').toBe(inForce === 'closed' && rows.length === 0);
      }),
      { numRuns: 10_000 },
    );
  });

  test('the figures count the others of the messages that left, in whichever order the rows come', () => {
    fc.assert(
      fc.property(listings, fc.infiniteStream(fc.nat()), (rows, order) => {
        const figures = exposureFigures(rows);
        const left = rows.filter(({ stopped }) => !stopped);
        expect(figures.messages).toHaveLength(left.length);
        expect(figures.listedWith).toBe(left.reduce((sum, { size }) => sum + size - 1, 0));
        expect(figures.sentTo).toBeLessThanOrEqual(figures.listedWith + left.length);
        expect(figures.messages.every(({ listedWith, sentTo }) => listedWith >= 0 && sentTo >= 0)).toBe(true);
        expect(figures.upTo).toBe(left.length > 1);
        const shuffled = rows
          .map((row) => [order.next().value, row] as const)
          .sort(([one], [other]) => Number(one) - Number(other))
          .map(([, row]) => row);
        const { messages: _, ...sums } = exposureFigures(shuffled);
        expect(figures).toMatchObject(sums);
      }),
      { numRuns: 10_000 },
    );
  });

  test('the key of an address is HMAC-SHA-256 of its n1 form by the book, and another under every other key', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const accepted = typedAddress.filter((text) => parseEmailAddress(text).ok);
    fc.assert(
      fc.property(bytes, bytes, accepted, accepted, (one, other, text, another) => {
        const keyed = (key: Uint8Array, typed: string) =>
          Buffer.from(exposureKey({ version: 1, bytes: key }, emailAddress(typed))).toString('hex');
        const book = createHmac('sha256', one)
          .update(`exposure/v1|n1|${keyedForm(text)}`, 'utf8')
          .digest('hex');
        expect(keyed(one, text)).toBe(book);
        expect(keyed(one, text) === keyed(one, another)).toBe(keyedForm(text) === keyedForm(another));
        expect(keyed(one, text) === keyed(other, text)).toBe(Buffer.compare(one, other) === 0);
      }),
      { numRuns: 10_000 },
    );
  });
});

const ASKED_AT_ONCE = 8;

type Line = { address: string; batch: number; bounced: boolean };

/** By a plain model, over nothing but the lines: what the owner of an address has to be told. */
function expectedFor(lines: readonly Line[], stopped: ReadonlySet<number>) {
  const batches = new Map<number, Map<string, boolean>>();
  const own = new Map<string, Set<number>>();
  for (const { address, batch, bounced } of lines) {
    const keyed = keyedForm(address);
    batches.set(batch, (batches.get(batch) ?? new Map()).set(keyed, bounced));
    own.set(keyed, (own.get(keyed) ?? new Set()).add(batch));
  }
  const othersIn = (batch: number, keyed: string) =>
    [...(batches.get(batch) ?? [])].filter(([each]) => each !== keyed);
  return (keyed: string) => {
    const listedIn = [...(own.get(keyed) ?? [])];
    const left = listedIn.filter((batch) => !stopped.has(batch));
    if (listedIn.length === 0) return { verdict: 'not_exposed' };
    if (left.length === 0) return { verdict: 'queued_not_sent', stopped: listedIn.length };
    const others = left.map((batch) => othersIn(batch, keyed));
    const figures = {
      listedWith: others.reduce((sum, each) => sum + each.length, 0),
      sentTo: others.reduce((sum, each) => sum + each.filter(([, bounced]) => !bounced).length, 0),
      upTo: left.length > 1,
      ownCopyBounced: left.every((batch) => batches.get(batch)?.get(keyed) === true),
    };
    return { verdict: 'exposed', figures };
  };
}

describe('One mailing with everything in it', () => {
  test(
    'of 10,000 people each is told what a plain model says of the same lines',
    { timeout: 300_000 },
    async () => {
      const seed = 4;
      const local = fc.stringMatching(/^[a-zA-Z0-9]{2,6}([.+_-][a-zA-Z0-9]{1,4})?$/);
      const domain = fc.constantFrom(
        'example.com',
        'EXAMPLE.org',
        'münchen.example',
        'xn--mnchen-3ya.example',
      );
      const address = fc.tuple(local, domain).map((parts) => parts.join('@'));
      const addresses = [...new Set(fc.sample(address, { seed, numRuns: 10_000 }))];
      const listed = addresses.filter((_, index) => index % 5 !== 0);
      const numbers = fc.sample(fc.integer({ min: 0, max: 1_000_000 }), { seed, numRuns: 2 * listed.length });
      // In up to three of 200 messages; some of which were stopped, some of whose copies bounced.
      const lines = listed.flatMap((each, index): Line[] =>
        [1, 7, 31].slice(0, 1 + ((numbers[index] ?? 0) % 3)).map((step) => {
          const batch = 1 + (((numbers[listed.length + index] ?? 0) * step) % 200);
          // Of one mailbox in one message there is one copy, however often it is listed.
          const bounced = (keyedForm(each).length + batch) % 11 === 0;
          return { address: each, batch, bounced };
        }),
      );
      const stopped = new Set(
        Array.from({ length: 200 }, (_, index) => index + 1).filter((batch) => batch % 9 === 0),
      );
      const csv = lines.map(
        ({ address: each, batch, bounced }) =>
          `${each},${batch},${stopped.has(batch) ? 'stopped' : bounced ? 'bounced' : 'yes'}`,
      );
      const incident = await dataIncident(store.db);
      const { list } = await importFiles(store, keys, incident.slug, {
        'leak.csv': ['address,batch,delivered', ...csv].join('\n'),
      });
      await applyExposureList(store.db, operator, list?.id ?? '', now);
      await closeExposureList(store.db, operator, list?.id ?? '', now);

      const expected = expectedFor(lines, stopped);
      const seen: Record<string, number> = {};
      // The embedded database answers one after another, in four times the time.
      const asked = store.engine === 'postgres' ? addresses : addresses.filter((_, index) => index % 4 === 0);
      for (let from = 0; from < asked.length; from += ASKED_AT_ONCE) {
        const answers = asked.slice(from, from + ASKED_AT_ONCE).map(async (text) => {
          const own = { id: 'somebody', address: emailAddress(text), provenAt: now };
          const customer = { id: 'someone', addresses: [own] };
          const answer = await answerExposure(store.db, keys, customer, own, incident);
          expect(answer).toMatchObject(expected(keyedForm(text)));
          seen[answer.verdict] = (seen[answer.verdict] ?? 0) + 1;
        });
        await Promise.all(answers);
      }
      expect(seen['exposed']).toBeGreaterThan(asked.length * 0.6);
      expect(seen['not_exposed']).toBeGreaterThan(asked.length * 0.15);
      expect(seen['queued_not_sent']).toBeGreaterThan(asked.length * 0.01);
    },
  );
});
