import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangedPart } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { countAudience } from '#src/domain/broadcasts/audience.ts';
import { listChangedChoices } from '#src/domain/broadcasts/changed-audience.ts';
import { beginFreeze, freezeChunk } from '#src/domain/broadcasts/freeze.ts';
import { getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { answerExposure, type Answer } from '#src/domain/exposures/answers.ts';
import { closeExposureList } from '#src/domain/exposures/commands.ts';
import { findCurrentList, type AnsweredIncident } from '#src/domain/exposures/queries.ts';
import { withdrawDeliveries } from '#src/domain/rights/deliveries.ts';
import { eraseExposures } from '#src/domain/exposures/tombstones.ts';
import { dumpOf, emailAddress, importFiles, replaceList } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import {
  at,
  changedBroadcast,
  changedTo,
  corrected,
  header,
  listOf,
  recipientsOf,
  type Incident,
} from './changed-support.ts';
import {
  deliveriesOf,
  frozenBroadcast,
  letterhead,
  now,
  releasedBroadcast,
  sendAll,
  senderWith,
} from './support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();
const mailer = testOutbox();
const parts = ['newlyExposed', 'noLongerExposed', 'everybody'] as const;

/** Who gets it; nobody when the release is refused because nobody is in it. */
async function audienceOf(incident: Incident, part: ChangedPart): Promise<string[]> {
  const changed = await changedTo(db, incident.id, part);
  if ((await countAudience(db, changed.audience)).people === 0) {
    await expect(releasedBroadcast(db, keys, changed)).rejects.toMatchObject({ code: 'conflict' });
    return [];
  }
  return recipientsOf(db, keys, await frozenBroadcast(db, keys, mailer, changed));
}

async function countsOf(incident: Incident) {
  const counts = (await findCurrentList(db, incident.id))?.difference?.counts;
  if (!counts) throw new Error('not counted');
  return counts;
}

describe('The audience of those whose answer a corrected list changed', () => {
  const one = (line: string) => `${header}z1@example.com,9,yes,${at},\n${line}\n`;
  const shown = `a@example.com,1,yes,${at},`;
  const stopped = 'a@example.com,1,stopped,,';
  test.each<[string, string, string, readonly ChangedPart[]]>([
    ['newly exposed', one(''), one(shown), ['newlyExposed', 'everybody']],
    ['exposed now, and queued before', one(stopped), one(shown), ['newlyExposed', 'everybody']],
    ['no longer exposed but queued', one(shown), one(stopped), ['noLongerExposed', 'everybody']],
    ['gone from the list', one(shown), one(''), ['noLongerExposed', 'everybody']],
    [
      'exposed in one message more',
      one(shown),
      one(`${shown}\na@example.com,2,yes,2019-11-01T07:00:00Z,`),
      ['everybody'],
    ],
    ['told another measure', one(shown), one(`${shown}3 November`), []],
    ['told the same in a message of another number', one(shown), one(shown.replace(',1,', ',5,')), []],
    ['newly queued: it was shown to nobody, and is not kept', one(''), one(stopped), []],
    ['gone from a queue', one(stopped), one(''), []],
  ])('has an address that is %s', async (_, before, after, inParts) => {
    const { incident } = await corrected(store, keys, before, after);
    for (const part of parts) {
      expect([part, await audienceOf(incident, part)]).toEqual([
        part,
        inParts.includes(part) ? ['a@example.com'] : [],
      ]);
    }
  });

  test('is who is told something else before and after, whatever the mailings, and as many as were counted', async () => {
    const people = ['a', 'b.b', 'c', 'd', 'e'].map((local) => `${local}@example.com`);
    const line = fc.record({
      address: fc.constantFrom(...people),
      batch: fc.integer({ min: 1, max: 3 }),
      delivered: fc.constantFrom('yes', 'bounced', 'stopped'),
      sentAt: fc.constantFrom('', at),
    });
    const mailing = fc.array(line, { minLength: 1, maxLength: 10 });
    const csv = (lines: readonly (typeof line extends fc.Arbitrary<infer Line> ? Line : never)[]) =>
      `${header}${lines.map((l) => `${l.address},${l.batch},${l.delivered},${l.sentAt},`).join('\n')}\n`;
    await fc.assert(
      fc.asyncProperty(mailing, mailing, fc.boolean(), async (before, after, closed) => {
        fc.pre(csv(before) !== csv(after));
        const first = await listOf(store, keys, csv(before));
        const told = () => Promise.all(people.map((text) => ask(first.incident, text)));
        const toldBefore = await told();
        await first.replaceBy(csv(after));
        const current = await findCurrentList(db, first.incident.id);
        if (closed) await closeExposureList(db, operator, current?.id ?? '', now);
        const toldAfter = await told();
        const among = (holds: (one: Answer, other: Answer) => boolean) =>
          people.filter((_, index) => holds(toldBefore[index] as Answer, toldAfter[index] as Answer));
        const newly = among((one, other) => one.verdict !== 'exposed' && other.verdict === 'exposed');
        const noLonger = among((one, other) => one.verdict === 'exposed' && other.verdict !== 'exposed');
        const moved = among((one, other) => inOtherMessages(one, other));
        expect(await audienceOf(first.incident, 'newlyExposed')).toEqual(newly);
        expect(await audienceOf(first.incident, 'noLongerExposed')).toEqual(noLonger);
        expect(await audienceOf(first.incident, 'everybody')).toEqual(
          [...newly, ...noLonger, ...moved].sort(),
        );
        const counts = await countsOf(first.incident);
        const queuedMoved = among((one, other) => queuedElsewhere(one, other)).length;
        expect(counts).toMatchObject({
          newlyExposed: newly.length,
          otherMessages: moved.length + queuedMoved,
        });
        expect(counts.gone + counts.nowQueued).toBe(noLonger.length);
      }),
      { numRuns: 15 },
    );
  }, 240_000);

  test('gets one message each, whichever list an address stands in and however it is spelled', async () => {
    const { incident } = await corrected(
      store,
      keys,
      `${header}Ada@EXAMPLE.com,1,yes,${at},\nbo@example.com,1,yes,${at},\ncy@example.com,2,yes,${at},\n`,
      `${header}ada@example.com,1,yes,2019-11-02T06:00:00Z,\nADA@example.com,2,yes,${at},\nbo@example.com,3,stopped,,\neve@example.com,2,yes,${at},\n`,
    );
    const all = ['ada@example.com', 'bo@example.com', 'cy@example.com', 'eve@example.com'];
    expect(await audienceOf(incident, 'everybody')).toEqual(all);
    const outbox = testOutbox();
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    await sendAll(db, keys, senderWith(outbox));
    const own = outbox.sent.filter(({ idempotencyKey }) => idempotencyKey.startsWith(`bc/${id}/`));
    expect(own.map(({ to }) => to.toLowerCase()).sort()).toEqual(all);
  });

  test('can be compared across keys: nobody has counted them, and they are found all the same', async () => {
    const { incident, replaceBy } = await listOf(store, keys, 'address\na@example.com\nb@example.com\n');
    keys.rotate(`exposure-${incident.id}`);
    await replaceBy('address\nb@example.com\nc@example.com\n');
    expect((await findCurrentList(db, incident.id))?.difference).toMatchObject({ counts: null });
    expect(await countAudience(db, (await changedTo(db, incident.id, 'everybody')).audience)).toEqual({
      people: 4,
      suppressed: 0,
      atMost: true,
    });
    expect(await audienceOf(incident, 'newlyExposed')).toEqual(['c@example.com']);
    expect(await audienceOf(incident, 'everybody')).toContain('a@example.com');
    expect(await audienceOf(incident, 'noLongerExposed')).toEqual(['a@example.com']);
  });

  test('has nobody who had the result erased, though the corrected list holds them again', async () => {
    const first = await listOf(store, keys, 'address\na@example.com\nb@example.com\n');
    const erased = {
      addresses: [emailAddress('a@example.com')],
      incidentIds: [first.incident.id],
      kind: 'hidden',
    } as const;
    await eraseExposures(db, keys, erased, now);
    await first.replaceBy('address\na@example.com\nb@example.com\nc@example.com\n');
    expect(await countsOf(first.incident)).toMatchObject({ newlyExposed: 2 });
    expect(await audienceOf(first.incident, 'newlyExposed')).toEqual(['c@example.com']);
    await eraseExposures(db, keys, { ...erased, addresses: [emailAddress('c@example.com')] }, now);
    expect(await audienceOf(first.incident, 'newlyExposed')).toEqual([]);
  });

  test('loses who has the result erased before it leaves', async () => {
    const { incident } = await corrected(store, keys, 'address\na@example.com\n', 'address\nb@example.com\n');
    const id = await frozenBroadcast(db, keys, mailer, await changedTo(db, incident.id, 'everybody'));
    const own = { addresses: [emailAddress('a@example.com')], incidentIds: [incident.id] };
    await db.transaction((tx) => withdrawDeliveries(tx, keys, own));
    expect((await deliveriesOf(db, id)).map(({ state, reason }) => [state, reason]).sort()).toEqual([
      ['pending', null],
      ['skipped', 'erased'],
    ]);
  });

  test('is what the newest list changed against the one before it, not against older ones', async () => {
    const { incident, replaceBy } = await corrected(
      store,
      keys,
      'address\na@example.com\n',
      'address\na@example.com\nb@example.com\n',
    );
    await importFiles(store, keys, incident.slug, { 'never-applied.csv': 'address\nq@example.com\n' });
    await replaceBy('address\nb@example.com\nc@example.com\n');
    expect(await audienceOf(incident, 'everybody')).toEqual(['a@example.com', 'c@example.com']);
  });

  async function ask(incident: AnsweredIncident, text: string): Promise<Answer> {
    const address = { id: 'somebody', address: emailAddress(text), provenAt: now };
    return answerExposure(db, keys, { id: 'someone', addresses: [address] }, address, incident);
  }

  function inOtherMessages(one: Answer, other: Answer): boolean {
    if (one.verdict !== 'exposed' || other.verdict !== 'exposed') return false;
    const times = (answer: typeof one) =>
      answer.figures.messages
        .map(({ sentAt }) => sentAt?.getTime())
        .sort()
        .join();
    return times(one) !== times(other);
  }

  function queuedElsewhere(one: Answer, other: Answer): boolean {
    if (one.verdict !== 'queued_not_sent' || other.verdict !== 'queued_not_sent') return false;
    return one.stopped !== other.stopped;
  }
});

describe('Freezing it', () => {
  const people = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `p${from + index}@example.com`);

  test('goes through pages in which nobody is wanted, and on from any of them when the process dies', async () => {
    const { incident } = await corrected(
      store,
      keys,
      `address\n${people(0, 2300).join('\n')}\n`,
      `address\n${people(7, 2305).join('\n')}\n`,
    );
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    await beginFreeze(db, keys, { letterhead, mailer }, id);
    let chunks = 0;
    const cursors = new Set<string | null>();
    for (let more = true; more; chunks += 1) {
      cursors.add((await getBroadcast(db, id)).freezeCursor);
      const dies = db.transaction(async (tx) => {
        await freezeChunk(tx, keys, id);
        throw new Error('the process dies');
      });
      await expect(dies).rejects.toThrow('the process dies');
      more = await freezeChunk(db, keys, id);
    }
    expect(chunks).toBe(6);
    expect(cursors.size).toBe(6);
    expect(await recipientsOf(db, keys, id)).toEqual([...people(0, 7), ...people(2300, 2305)].sort());
    expect(await getBroadcast(db, id)).toMatchObject({ state: 'sending', audienceCount: 12 });
  });

  test('by three processes at once makes nobody twice', async () => {
    const { incident } = await corrected(
      store,
      keys,
      `address\n${people(0, 1200).join('\n')}\n`,
      `address\n${people(1100, 2400).join('\n')}\n`,
    );
    const id = await changedBroadcast(db, keys, incident.id, 'everybody');
    await beginFreeze(db, keys, { letterhead, mailer }, id);
    const freezeAll = async () => {
      while (await freezeChunk(db, keys, id));
    };
    await Promise.all([freezeAll(), freezeAll(), freezeAll()]);
    expect(await recipientsOf(db, keys, id)).toEqual([...people(0, 1100), ...people(1200, 2400)].sort());
    expect(await getBroadcast(db, id)).toMatchObject({ audienceCount: 2300 });
  });

  test('writes no address anywhere', async () => {
    const { incident } = await corrected(
      store,
      keys,
      'address\ncanary.bird@quenford.example\n',
      'address\nwillow.tit@quenford.example\n',
    );
    expect(await audienceOf(incident, 'everybody')).toHaveLength(2);
    const dump = (await dumpOf(store)).toLowerCase();
    for (const part of ['canary', 'willow', 'quenford']) {
      expect(dump).not.toContain(part);
      expect(dump).not.toContain(Buffer.from(part).toString('hex'));
    }
  });
});

describe('What the desk is offered', () => {
  test('is nothing before a list was corrected', async () => {
    const { incident } = await listOf(store, keys, 'address\na@example.com\n');
    expect(await listChangedChoices(db, incident.id)).toEqual([]);
  });

  test('are the parts that are somebody, with the count of the difference', async () => {
    const { incident } = await corrected(
      store,
      keys,
      'address\na@example.com\n',
      'address\na@example.com\nb@example.com\nc@example.com\n',
    );
    const choice = (part: ChangedPart) => ({
      audience: { kind: 'changed', incidentId: incident.id, version: 2, part },
      replaced: 1,
      people: 2,
      counted: true,
    });
    expect(await listChangedChoices(db, incident.id)).toEqual([choice('newlyExposed'), choice('everybody')]);
  });

  test('is refused with the reason where the addresses are not kept', async () => {
    const first = await listOf(store, keys, 'address\na@example.com\nb@example.com\n', {
      seal: 'answer_only',
    });
    await first.replaceBy('address\nb@example.com\nc@example.com\n');
    const choices = await listChangedChoices(db, first.incident.id);
    expect(choices.map(({ audience, refusal }) => [audience.part, refusal !== undefined])).toEqual([
      ['newlyExposed', false],
      ['noLongerExposed', true],
      ['everybody', true],
    ]);
    expect(await audienceOf(first.incident, 'newlyExposed')).toEqual(['c@example.com']);
    for (const part of ['noLongerExposed', 'everybody'] as const) {
      const release = releasedBroadcast(db, keys, await changedTo(db, first.incident.id, part));
      await expect(release).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('The addresses of version 1 of the list are not kept'),
      });
    }
    await replaceBack(first.incident);
  });

  async function replaceBack(incident: Incident) {
    const { list } = await importFiles(
      store,
      keys,
      incident.slug,
      { 'third.csv': 'address\na@example.com\n' },
      { seal: 'answer_only' },
    );
    await replaceList(store, list?.id ?? '');
    const [newly] = await listChangedChoices(db, incident.id);
    expect(newly).toMatchObject({
      audience: { part: 'newlyExposed' },
      refusal: expect.stringContaining('Import the list again with addresses to notify.'),
    });
  }
});
