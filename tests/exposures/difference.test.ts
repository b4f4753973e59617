import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { answerExposure, type Answer } from '#src/domain/exposures/answers.ts';
import { applyExposureList, replaceExposureList } from '#src/domain/exposures/commands.ts';
import { compareWithListInForce, type DifferenceCounts } from '#src/domain/exposures/difference.ts';
import {
  findCurrentList,
  getExposureList,
  listPublicCounts,
  type AnsweredIncident,
} from '#src/domain/exposures/queries.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, emailAddress, importFiles, now, replaceList, rowsOf, staffMember } from './support.ts';

const store = await testStore();
const keys = testKeys();
const editor = staffMember('editor');
const approver = staffMember('approver');
const header = 'address,batch,delivered,sent_at,Password reset\n';
const reason = 'Some batches had been counted twice.';

async function draftOf(slug: string, csv: string): Promise<string> {
  const { list } = await importFiles(store, keys, slug, { 'leak.csv': csv }, { as: editor });
  return list?.id ?? '';
}

/** An incident with one list in force, and a draft beside it. */
async function corrected(before: string, after: string) {
  const incident = await dataIncident(store.db);
  const inForceId = await draftOf(incident.slug, before);
  await applyExposureList(store.db, approver, inForceId, now);
  return { incident, inForceId, draftId: await draftOf(incident.slug, after) };
}

const compare = (listId: string) => compareWithListInForce(store, editor, listId, now);
const nothing: DifferenceCounts = {
  newlyExposed: 0,
  newlyQueued: 0,
  nowQueued: 0,
  gone: 0,
  queuedGone: 0,
  otherMessages: 0,
  otherFigures: 0,
  unchanged: 0,
};

describe('The difference between a draft and the list in force', () => {
  const at = '2019-11-01T06:00:00Z';
  const one = (line: string) => `${header}z1@example.com,9,yes,${at},\n${line}\n`;
  test.each<[string, string, string, Partial<DifferenceCounts>]>([
    ['newly exposed', one(''), one(`a@example.com,1,yes,${at},`), { newlyExposed: 1 }],
    [
      'exposed now, and queued before',
      one('a@example.com,1,stopped,,'),
      one(`a@example.com,1,yes,${at},`),
      { newlyExposed: 1 },
    ],
    ['newly queued', one(''), one('a@example.com,1,stopped,,'), { newlyQueued: 1 }],
    [
      'no longer exposed but queued',
      one(`a@example.com,1,yes,${at},`),
      one('a@example.com,1,stopped,,'),
      { nowQueued: 1 },
    ],
    ['gone from the list', one(`a@example.com,1,yes,${at},`), one(''), { gone: 1 }],
    ['gone from a queue', one('a@example.com,1,stopped,,'), one(''), { queuedGone: 1 }],
    [
      'in one message more',
      one(`a@example.com,1,yes,${at},`),
      one(`a@example.com,1,yes,${at},\na@example.com,2,yes,2019-11-01T07:00:00Z,`),
      { otherMessages: 1 },
    ],
    [
      'in a message of another time',
      one(`a@example.com,1,yes,${at},`),
      one('a@example.com,1,yes,2019-11-01T08:00:00Z,'),
      { otherMessages: 1 },
    ],
    [
      'told another measure',
      one(`a@example.com,1,yes,${at},`),
      one(`a@example.com,1,yes,${at},3 November`),
      { otherFigures: 1 },
    ],
    [
      'bounced in one',
      one(`a@example.com,1,yes,${at},`),
      one(`a@example.com,1,bounced,${at},`),
      { otherFigures: 1 },
    ],
    [
      'the same in messages of other numbers',
      one(`a@example.com,1,yes,${at},`),
      one(`a@example.com,5,yes,${at},`),
      { unchanged: 1 },
    ],
  ])('counts an address that is %s', async (_, before, after, counts) => {
    const { draftId } = await corrected(before, after);
    // The other one keeps the lists from being empty, and its answer is the same.
    expect((await compare(draftId)).counts).toEqual({
      ...nothing,
      ...counts,
      unchanged: 1 + (counts.unchanged ?? 0),
    });
  });

  test('counts who was shown to more people than before', async () => {
    const { draftId } = await corrected(
      `${header}a@example.com,1,yes,,\nb@example.com,1,yes,,\n`,
      `${header}a@example.com,1,yes,,\nb@example.com,1,yes,,\nc@example.com,1,yes,,\n`,
    );
    expect((await compare(draftId)).counts).toEqual({ ...nothing, newlyExposed: 1, otherFigures: 2 });
  });

  test('counts everybody once, in more parts than one', async () => {
    const people = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `p${from + index}@example.com,${from + index}`).join(
        '\n',
      );
    const { draftId } = await corrected(
      `address,batch\n${people(1, 5001)}\n`,
      `address,batch\n${people(501, 5201)}\n`,
    );
    expect((await compare(draftId)).counts).toEqual({
      ...nothing,
      newlyExposed: 200,
      gone: 500,
      unchanged: 4500,
    });
  });

  test('is what the people are told before and after, whatever the mailings', async () => {
    const line = fc.record({
      address: fc.constantFrom('a', 'b.b', 'c').map((local) => `${local}@example.com`),
      batch: fc.integer({ min: 1, max: 3 }),
      delivered: fc.constantFrom('yes', 'bounced', 'stopped'),
      sentAt: fc.constantFrom('', at),
    });
    const mailing = fc.array(line, { minLength: 1, maxLength: 8 });
    const csv = (lines: readonly (typeof line extends fc.Arbitrary<infer Line> ? Line : never)[]) =>
      `${header}${lines.map((l) => `${l.address},${l.batch},${l.delivered},${l.sentAt},`).join('\n')}\n`;
    await fc.assert(
      fc.asyncProperty(mailing, mailing, async (before, after) => {
        fc.pre(csv(before) !== csv(after));
        const { incident, draftId } = await corrected(csv(before), csv(after));
        const addresses = ['a@example.com', 'b.b@example.com', 'c@example.com'];
        const told = () => Promise.all(addresses.map((text) => ask(incident, text)));
        const first = await told();
        const { counts } = await compare(draftId);
        await replaceList(store, draftId, approver);
        const second = await told();
        expect(counts).toEqual(expectedCounts(first, second));
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  test('is not counted between lists of different keys, and says so', async () => {
    const incident = await dataIncident(store.db);
    await applyExposureList(
      store.db,
      approver,
      await draftOf(incident.slug, 'address\na@example.com\n'),
      now,
    );
    keys.rotate(`exposure-${incident.id}`);
    const draftId = await draftOf(incident.slug, 'address\na@example.com\nb@example.com\n');
    expect(await compare(draftId)).toMatchObject({ version: 1, counts: null });
    await replaceList(store, draftId, approver);
    expect(await findCurrentList(store.db, incident.id)).toMatchObject({ version: 2 });
  });

  test('is kept with the draft, and counted again only when another list is in force', async () => {
    const { incident, draftId } = await corrected('address\na@example.com\n', 'address\nb@example.com\n');
    const later = new Date(now.getTime() + 60_000);
    const first = await compare(draftId);
    expect(await compareWithListInForce(store, editor, draftId, later)).toEqual(first);
    expect(await getExposureList(store.db, draftId)).toMatchObject({ difference: first });
    const third = await draftOf(incident.slug, 'address\nc@example.com\n');
    await replaceList(store, draftId, approver);
    expect(await compareWithListInForce(store, editor, third, later)).toMatchObject({
      version: 2,
      countedAt: later.toISOString(),
    });
  });

  test('is not counted when the rows of a list are gone', async () => {
    const { draftId, inForceId } = await corrected('address\na@example.com\n', 'address\nb@example.com\n');
    await rowsOf(store, `delete from exposures where list_id = '${inForceId}'`);
    await expect(compare(draftId)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await getExposureList(store.db, draftId)).toMatchObject({ difference: null });
  });

  test('needs a draft, a list in force, and the role editor', async () => {
    const { draftId, inForceId } = await corrected('address\na@example.com\n', 'address\nb@example.com\n');
    await expect(compare(inForceId)).rejects.toMatchObject({ code: 'conflict' });
    const viewer = compareWithListInForce(store, staffMember('viewer'), draftId, now);
    await expect(viewer).rejects.toMatchObject({ code: 'forbidden' });
    const { slug } = await dataIncident(store.db);
    await expect(compare(await draftOf(slug, 'address\na@example.com\n'))).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  async function ask(incident: AnsweredIncident, text: string): Promise<Answer> {
    const address = { id: 'somebody', address: emailAddress(text), provenAt: now };
    return answerExposure(store.db, keys, { id: 'someone', addresses: [address] }, address, incident);
  }

  /** In the words of the two answers alone. */
  function expectedCounts(before: readonly Answer[], after: readonly Answer[]): DifferenceCounts {
    const counts = { ...nothing };
    for (const [index, one] of before.entries()) {
      const other = after[index] as Answer;
      const name = nameOf(one, other);
      if (name) counts[name] += 1;
    }
    return counts;
  }

  function nameOf(one: Answer, other: Answer): keyof DifferenceCounts | undefined {
    if (one.verdict === 'exposed' && other.verdict === 'exposed') {
      const times = (answer: typeof one) => answer.figures.messages.map(({ sentAt }) => sentAt?.getTime());
      if (times(one).sort().join() !== times(other).sort().join()) return 'otherMessages';
      return toldOf(one) === toldOf(other) ? 'unchanged' : 'otherFigures';
    }
    if (one.verdict === 'queued_not_sent' && other.verdict === 'queued_not_sent') {
      return one.stopped === other.stopped ? 'unchanged' : 'otherMessages';
    }
    if (other.verdict === 'exposed') return 'newlyExposed';
    if (one.verdict === 'exposed') return other.verdict === 'queued_not_sent' ? 'nowQueued' : 'gone';
    if (other.verdict === 'queued_not_sent') return 'newlyQueued';
    return one.verdict === 'queued_not_sent' ? 'queuedGone' : undefined;
  }

  function toldOf(answer: Extract<Answer, { verdict: 'exposed' }>): string {
    const { messages, ...figures } = answer.figures;
    const told = messages.map((message) => JSON.stringify(message)).sort();
    return JSON.stringify([told, figures, answer.measures]);
  }
});

describe('A list takes the place of the one in force', () => {
  test('only after the two were compared, and with a reason', async () => {
    const { incident, draftId } = await corrected('address\na@example.com\n', 'address\nb@example.com\n');
    await expect(applyExposureList(store.db, approver, draftId, now)).rejects.toMatchObject({
      code: 'conflict',
    });
    const replaced = () =>
      replaceExposureList(store.db, approver, { listId: draftId, version: 1, reason }, now);
    await expect(replaced()).rejects.toThrow('has not been compared with version 1');
    expect(await findCurrentList(store.db, incident.id)).toMatchObject({ version: 1 });
    await compare(draftId);
    expect(await replaced()).toMatchObject({ version: 2, state: 'applied', appliedReason: reason });
  });

  test('only if it was compared with that one', async () => {
    const { incident, draftId } = await corrected('address\na@example.com\n', 'address\nb@example.com\n');
    const thirdId = await draftOf(incident.slug, 'address\nc@example.com\n');
    await compare(thirdId);
    await replaceList(store, draftId, approver);
    const stale = replaceExposureList(store.db, approver, { listId: thirdId, version: 1, reason }, now);
    await expect(stale).rejects.toThrow('by now version 2 is in force');
    const unseen = replaceExposureList(store.db, approver, { listId: thirdId, version: 2, reason }, now);
    await expect(unseen).rejects.toThrow('has not been compared with version 2');
    expect(await findCurrentList(store.db, incident.id)).toMatchObject({ version: 2 });
  });

  test('never with a reason that shows an address or contradicts the list', async () => {
    const { incident, draftId } = await corrected(
      'address\nada.lovelace@example.com\n',
      'address\nada.lovelace@example.com\nb@example.com\n',
    );
    await compare(draftId);
    for (const unfit of ['We had forgotten bo@example.com.', 'No personal data was disclosed.']) {
      const replaced = replaceExposureList(
        store.db,
        approver,
        { listId: draftId, version: 1, reason: unfit },
        now,
      );
      await expect(replaced).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await findCurrentList(store.db, incident.id)).toMatchObject({ version: 1 });
  });

  test('and the first of an incident takes nobody’s, and has no reason', async () => {
    const { slug } = await dataIncident(store.db);
    const listId = await draftOf(slug, 'address\na@example.com\n');
    const replaced = replaceExposureList(store.db, approver, { listId, version: 1, reason }, now);
    await expect(replaced).rejects.toMatchObject({ code: 'conflict' });
    expect(await applyExposureList(store.db, approver, listId, now)).toMatchObject({ appliedReason: null });
  });

  test('with evidence of what was seen and said', async () => {
    const { draftId } = await corrected('address\na@example.com\n', 'address\nb@example.com\n');
    await replaceList(store, draftId, approver);
    const [entry] = await rowsOf<{ details: unknown }>(
      store,
      `select details from evidence where subject = 'exposure_list:${draftId}' and kind = 'exposures_applied'`,
    );
    expect(entry?.details).toMatchObject({
      replacedVersion: 1,
      reason,
      difference: { ...nothing, newlyExposed: 1, gone: 1 },
    });
  });
});

describe('The public number', () => {
  test('keeps what it was, with the reason why it changed, and says nothing of drafts', async () => {
    const { incident, draftId } = await corrected(
      'address\na@example.com\n',
      'address\nb@example.com\nc@example.com\n',
    );
    expect(await listPublicCounts(store.db, incident.id)).toEqual([
      { version: 1, exposedAddresses: 1, appliedAt: now, reason: null },
    ]);
    const versionOf = async () =>
      (
        await rowsOf<{ version: number }>(
          store,
          `select version::int from press_versions where dependency = 'incident:${incident.slug}'`,
        )
      )[0]?.version ?? 0;
    const before = await versionOf();
    await replaceList(store, draftId, operator);
    expect(await listPublicCounts(store.db, incident.id)).toEqual([
      { version: 2, exposedAddresses: 2, appliedAt: now, reason },
      { version: 1, exposedAddresses: 1, appliedAt: now, reason: null },
    ]);
    expect(await versionOf()).toBe(before + 1);
  });
});
