import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { broadcasts, incidents, statementRevisions, type Audience } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { countAudience } from '#src/domain/broadcasts/audience.ts';
import { resumeBroadcast } from '#src/domain/broadcasts/commands.ts';
import { beginFreeze, freezeChunk } from '#src/domain/broadcasts/freeze.ts';
import { previewBroadcast } from '#src/domain/broadcasts/messages.ts';
import { getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { listSegmentChoices } from '#src/domain/broadcasts/segment-audience.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import { destroyExposures } from '#src/domain/exposures/destruction.ts';
import { destroySealedOriginals } from '#src/domain/exposures/sealed.ts';
import { segmentNames } from '#src/domain/exposures/segments.ts';
import { hideResult } from '#src/domain/rights/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { dutyChoice, dutyToChanged, dutyToSegment } from '#src/domain/statements/input.ts';
import { audienceWords } from '#src/ui/broadcasts/words.ts';
import { KeyStoreError } from '#src/trust/key-files.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { dataIncident, importFiles, provenCustomer, replaceList, until } from '#tests/exposures/support.ts';
import { approvedStatement, desk, later as laterMinutes, publicUrl } from '#tests/support/desk.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { recipientsOf } from './changed-support.ts';
import {
  deliveriesOf,
  draftedBroadcast,
  letterhead,
  now,
  releasedBroadcast,
  rowsOf,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';
import { fresh } from '#tests/rights/support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();

const NAME = 'Reset by us';
const segments = [
  { name: NAME, column: 'Kennfarbe', value: 'quittengelb' },
  { name: 'Called by us', column: 'Kennfarbe', value: 'mausgrau' },
];

/** Of these people, the even ones are in the first segment, and the odd ones in the second. */
const people = (count: number) => Array.from({ length: count }, (_, index) => `p${index}@example.com`);
const csvOf = (addresses: readonly string[]) =>
  [
    'address,Kennfarbe',
    ...addresses.map((one, index) => `${one},${index % 2 ? 'mausgrau' : 'quittengelb'}`),
  ].join('\n');

/** An incident whose list is in force, and how another takes its place. */
async function heldIncident(count = 4, slug?: string) {
  const incident = slug === undefined ? await dataIncident(db) : { id: '', slug };
  const imported = async (csv: string) =>
    (await importFiles(store, keys, incident.slug, { 'leak.csv': csv }, { segments })).list?.id ?? '';
  const listId = await imported(csvOf(people(count)));
  await applyExposureList(db, operator, listId, now);
  return {
    incident,
    listId,
    async replaceBy(csv: string) {
      await replaceList(store, await imported(csv));
    },
  };
}

async function segmentOf(incidentId: string, name = NAME) {
  const choice = (await listSegmentChoices(db, incidentId)).find((one) => one.name === name);
  if (!choice) throw new Error(`there is no segment ${name}`);
  return { purpose: 'duty', audience: choice.audience } as const;
}

/** Works at it until it rests; says why it halted, and that nothing has left. */
async function haltedBy(broadcastId: string, held: KeyStore = keys): Promise<string> {
  const outbox = testOutbox();
  await sendAll(db, held, senderWith(outbox));
  expect(outbox.requests).toEqual([]);
  const { state, reason } = await stateOf(db, broadcastId);
  expect(state).toBe('halted');
  expect(reason).not.toContain('@');
  return reason ?? '';
}

async function sent(broadcastId: string) {
  const outbox = testOutbox();
  await sendAll(db, keys, senderWith(outbox));
  expect(await stateOf(db, broadcastId)).toMatchObject({ state: 'done' });
  return outbox.sent;
}

describe('A broadcast to a segment', () => {
  test('goes to its people and to nobody else, each once, page after page', async () => {
    const { incident } = await heldIncident(2700);
    const chosen = await segmentOf(incident.id);
    expect(await countAudience(db, chosen.audience)).toEqual({ people: 1350, suppressed: 0, atMost: true });
    const id = await releasedBroadcast(db, keys, chosen);
    await beginFreeze(db, keys, { letterhead, mailer: testOutbox() }, id);
    let pages = 1;
    while (await freezeChunk(db, keys, id)) pages += 1;
    expect(pages).toBeGreaterThan(1);
    const expected = people(2700).filter((_, index) => index % 2 === 0);
    expect(await recipientsOf(db, keys, id)).toEqual(expected.sort());
    expect(await getBroadcast(db, id)).toMatchObject({ state: 'sending', audienceCount: 1350 });
    expect(new Set((await deliveriesOf(db, id)).map(({ id: delivery }) => delivery)).size).toBe(1350);
    await sent(id);
  });

  test('leaves out who has had the result hidden', async () => {
    const { incident } = await heldIncident();
    const customer = await provenCustomer(db, keys, 'p0@example.com');
    const addressIds = customer.addresses.map(({ id }) => id);
    await hideResult(db, keys, customer, { ...fresh, addressIds }, now);
    const id = await releasedBroadcast(db, keys, await segmentOf(incident.id));
    expect((await sent(id)).map(({ to }) => to)).toEqual(['p2@example.com']);
  });

  test('names neither the segment nor what its people have in common, and is true of each', async () => {
    const { incident } = await heldIncident();
    const chosen = await segmentOf(incident.id);
    const id = await releasedBroadcast(db, keys, chosen);
    const preview = previewBroadcast(keys, await getBroadcast(db, id), await getSite(db), letterhead);
    if (!preview.ok) throw new Error(preview.reason);
    const bytes = [JSON.stringify(preview.message), ...(await sent(id)).map((one) => JSON.stringify(one))];
    for (const one of bytes) {
      for (const part of ['Reset by us', 'segment', 'Kennfarbe', 'quittengelb', chosen.audience.segmentId]) {
        expect(one.toLowerCase()).not.toContain(part.toLowerCase());
      }
    }
    const text = preview.message.text.replace(/\s+/g, ' ');
    expect(text).toContain('We write this to everybody on it to whom the above applies');
    expect(text).not.toContain('We write to everybody on it');
  });

  test('is named to staff with its version, also when another list is in force', async () => {
    const { incident, replaceBy } = await heldIncident();
    const { audience } = await segmentOf(incident.id);
    await replaceBy(csvOf(['p0@example.com']));
    const names = await segmentNames(db, [audience, { kind: 'exposed', incidentId: incident.id }]);
    expect(audienceWords(audience, names)).toBe(
      'The segment “Reset by us” of the exposed, by version 1 of the list',
    );
    expect(audienceWords(audience)).toBe('A segment of the exposed, by version 1 of the list');
    expect(await segmentNames(db, [{ kind: 'exposed', incidentId: incident.id }])).toEqual(new Map());
  });
});

describe('The segments that a duty can go to', () => {
  test('are those of the list in force, with their counts', async () => {
    const { incident, replaceBy } = await heldIncident(5);
    const offered = async () =>
      (await listSegmentChoices(db, incident.id)).map(({ name, people: count, audience }) => [
        name,
        count,
        audience.version,
      ]);
    expect(await offered()).toEqual([
      ['Called by us', 2, 1],
      [NAME, 3, 1],
    ]);
    await replaceBy(csvOf(['p0@example.com']));
    expect(await offered()).toEqual([[NAME, 1, 2]]);
  });

  test('are none of a draft, nor once the addresses are destroyed', async () => {
    const incident = await dataIncident(db);
    const { list } = await importFiles(
      store,
      keys,
      incident.slug,
      { 'a.csv': csvOf(people(2)) },
      { segments },
    );
    expect(await listSegmentChoices(db, incident.id)).toEqual([]);
    await applyExposureList(db, operator, list?.id ?? '', now);
    expect(await listSegmentChoices(db, incident.id)).toHaveLength(2);
    await rowsOf(db, `update exposure_lists set sealed_key = null where id = '${list?.id}'`);
    expect(await listSegmentChoices(db, incident.id)).toEqual([]);
  });
});

describe('Publishing a statement for a segment', () => {
  async function approved() {
    const staff = await desk(db);
    const { id, incident } = await approvedStatement(db, staff);
    const [row] = await db.select().from(incidents).where(eq(incidents.id, incident.id));
    const held = await heldIncident(4, row?.slug ?? '');
    return { staff, statementId: id, incidentId: incident.id, ...held };
  }
  const audiencesAbout = async (incidentId: string): Promise<Audience[]> =>
    (await db.select({ audience: broadcasts.audience }).from(broadcasts))
      .map(({ audience }) => audience)
      .filter((audience) => 'incidentId' in audience && audience.incidentId === incidentId);

  test('drafts the duty to it', async () => {
    const { staff, statementId, incidentId } = await approved();
    const { audience } = await segmentOf(incidentId);
    const { version, segmentId } = audience;
    const dutyToSegment = { version, segmentId };
    await publishStatement(db, staff.approver, { statementId, publicUrl, dutyToSegment }, laterMinutes(1));
    expect(await audiencesAbout(incidentId)).toEqual([audience]);
    expect(audience).toEqual({ kind: 'segment', incidentId, version: 1, segmentId });
  });

  test('is refused, whole, when another list is in force by now, or the segment is another list’s', async () => {
    const { staff, statementId, incidentId, replaceBy } = await approved();
    const { audience } = await segmentOf(incidentId);
    await replaceBy(csvOf(['p0@example.com']));
    for (const [version, message] of [
      [1, 'version 2 has taken its place'],
      [2, 'has no such segment'],
    ] as const) {
      const dutyToSegment = { version, segmentId: audience.segmentId };
      const publish = publishStatement(
        db,
        staff.approver,
        { statementId, publicUrl, dutyToSegment },
        laterMinutes(1),
      );
      await expect(publish).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(message),
      });
    }
    expect(await audiencesAbout(incidentId)).toEqual([]);
    const revisions = db
      .select()
      .from(statementRevisions)
      .where(eq(statementRevisions.statementId, statementId));
    expect(await revisions).toEqual([]);
  });

  test('takes the choice from the form', () => {
    const parsed = dutyChoice.parse({ duty: 'segment:abcdefghij12', listVersion: '3' });
    expect(dutyToSegment(parsed)).toEqual({ version: 3, segmentId: 'abcdefghij12' });
    expect(dutyToChanged(parsed)).toBeUndefined();
    expect(dutyToSegment(dutyChoice.parse({ duty: 'everybody', listVersion: '3' }))).toBeUndefined();
    for (const duty of ['segment:', 'segment:a@example.com', 'segment:ABCDEFGHIJ12', 'abcdefghij12']) {
      expect(dutyChoice.safeParse({ duty, listVersion: '3' }).success).toBe(false);
    }
  });
});

describe('A broadcast to a segment halts, sends nothing and loses nobody', () => {
  const withoutSealing: KeyStore = {
    ...keys,
    active: (name) => (name === 'sealing' ? [] : keys.active(name)),
    get(name, version) {
      if (name !== 'sealing') return keys.get(name, version);
      throw new KeyStoreError(`The key "${name}" version ${version} is not in the folder.`);
    },
  };

  test('while the private half of the sealing key is offline', async () => {
    const { incident } = await heldIncident();
    const id = await releasedBroadcast(db, keys, await segmentOf(incident.id));
    expect(await haltedBy(id, withoutSealing)).toContain('private half of the sealing key');
    await resumeBroadcast(db, operator, { broadcastId: id }, now);
    expect((await sent(id)).map(({ to }) => to).sort()).toEqual(['p0@example.com', 'p2@example.com']);
  });

  test('when another list is put in force, for good', async () => {
    const { incident, replaceBy } = await heldIncident();
    const id = await releasedBroadcast(db, keys, await segmentOf(incident.id));
    await replaceBy(csvOf(['p0@example.com', 'p3@example.com']));
    expect(await haltedBy(id)).toContain('version 2 has taken its place');
    // It keeps nobody from ending the incident's data.
    await destroyExposures(db, keys, operator, { incidentId: incident.id, slug: incident.slug }, now);
  });

  test('when another list is put in force between two pages: what was frozen is not sent', async () => {
    const { incident, replaceBy } = await heldIncident(2700);
    const id = await releasedBroadcast(db, keys, await segmentOf(incident.id));
    await beginFreeze(db, keys, { letterhead, mailer: testOutbox() }, id);
    expect(await freezeChunk(db, keys, id)).toBe(true);
    await replaceBy(csvOf(['p0@example.com']));
    expect(await haltedBy(id)).toContain('version 2 has taken its place');
  });

  test('when blocks of it are gone', async () => {
    const { incident, listId } = await heldIncident();
    const chosen = await segmentOf(incident.id);
    const id = await releasedBroadcast(db, keys, chosen);
    await rowsOf(db, `delete from sealed_originals where segment_id = '${chosen.audience.segmentId}'`);
    expect(await haltedBy(id)).toContain('Not all sealed addresses of this segment of version 1');
    expect(await rowsOf(db, `select 1 from sealed_originals where list_id = '${listId}'`)).toHaveLength(2);
  });

  test('when a block of everybody, or of another segment, was moved into it', async () => {
    for (const from of ['is null', `<> `]) {
      const { incident, listId } = await heldIncident();
      const { audience, ...rest } = await segmentOf(incident.id);
      const id = await releasedBroadcast(db, keys, { audience, ...rest });
      const other = from === 'is null' ? from : `<> '${audience.segmentId}'`;
      await rowsOf(
        db,
        `update sealed_originals set segment_id = '${audience.segmentId}'
         where list_id = '${listId}' and segment_id ${other}`,
      );
      expect(await haltedBy(id)).toContain('were moved or changed');
    }
  });

  test('when fewer were counted than there are', async () => {
    const { incident } = await heldIncident();
    const { audience } = await segmentOf(incident.id);
    const id = await releasedBroadcast(db, keys, { purpose: 'duty', audience });
    await rowsOf(db, `update exposure_segments set addresses = 1 where id = '${audience.segmentId}'`);
    expect(await haltedBy(id)).toContain('were moved or changed');
  });

  test('when their date has come; then it cannot be released either', async () => {
    const { incident } = await heldIncident();
    const chosen = await segmentOf(incident.id);
    const id = await releasedBroadcast(db, keys, chosen);
    while ((await destroySealedOriginals(db, until)) > 0);
    expect(await haltedBy(id)).toContain('their date has passed and they are destroyed');
    await expect(releasedBroadcast(db, keys, chosen)).rejects.toMatchObject({ code: 'conflict' });
    expect(await countAudience(db, chosen.audience)).toMatchObject({ people: 0 });
  });

  test('while it is prepared, nobody can end the incident’s data', async () => {
    const { incident } = await heldIncident();
    await releasedBroadcast(db, keys, await segmentOf(incident.id));
    await expect(
      destroyExposures(db, keys, operator, { incidentId: incident.id, slug: incident.slug }, now),
    ).rejects.toThrow('is being prepared');
  });
});

test('a duty to a segment is drafted with its id in the evidence, and without its name', async () => {
  const { incident } = await heldIncident();
  const id = await draftedBroadcast(db, await segmentOf(incident.id));
  const [entry] = await rowsOf<{ details: unknown }>(
    db,
    `select details from evidence where kind = 'broadcast_drafted' and subject = 'broadcast:${id}'`,
  );
  expect(JSON.stringify(entry)).not.toContain(NAME);
  expect(entry).toMatchObject({ details: { audience: { kind: 'segment', version: 1 } } });
});
