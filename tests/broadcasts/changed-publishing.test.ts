import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { broadcasts, changedParts, incidents, statementRevisions } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { previewBroadcast } from '#src/domain/broadcasts/messages.ts';
import { getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { dutyChoice, dutyToChanged } from '#src/domain/statements/input.ts';
import { audienceWords, countedWords, peopleWords } from '#src/ui/broadcasts/words.ts';
import { importFiles, replaceList } from '#tests/exposures/support.ts';
import { approvedStatement, desk, later, publicUrl } from '#tests/support/desk.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { changedTo } from './changed-support.ts';
import { draftedBroadcast, letterhead, now } from './support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();

/** An approved statement about an incident whose first list was corrected. */
async function approvedAfterCorrection() {
  const people = await desk(db);
  const { id, incident } = await approvedStatement(db, people);
  const [row] = await db.select().from(incidents).where(eq(incidents.id, incident.id));
  const slug = row?.slug ?? '';
  const imported = async (csv: string) =>
    (await importFiles(store, keys, slug, { 'leak.csv': csv })).list?.id ?? '';
  await applyExposureList(db, operator, await imported('address\na@example.com\n'), now);
  const replaceBy = async (csv: string) => replaceList(store, await imported(csv));
  await replaceBy('address\na@example.com\nb@example.com\n');
  return { people, statementId: id, incident, replaceBy };
}

const audiencesAbout = async (incidentId: string) =>
  (await db.select({ audience: broadcasts.audience, purpose: broadcasts.purpose }).from(broadcasts)).filter(
    ({ audience }) => 'incidentId' in audience && audience.incidentId === incidentId,
  );

describe('Publishing a statement after a list was corrected', () => {
  test('drafts the duty to those chosen, and to everybody exposed unless somebody chooses', async () => {
    for (const part of [...changedParts, undefined]) {
      const { people, statementId, incident } = await approvedAfterCorrection();
      const dutyToChanged = part && { version: 2, part };
      const published = await publishStatement(
        db,
        people.approver,
        { statementId, publicUrl, dutyToChanged },
        later(1),
      );
      expect(published.broadcasts.map(({ purpose }) => purpose)).toEqual(['duty', 'update']);
      expect(await audiencesAbout(incident.id)).toEqual([
        {
          purpose: 'duty',
          audience: part
            ? { kind: 'changed', incidentId: incident.id, version: 2, part }
            : { kind: 'exposed', incidentId: incident.id },
        },
      ]);
    }
  });

  test('is refused, whole, when another list came in force since the choice was shown', async () => {
    const { people, statementId, incident, replaceBy } = await approvedAfterCorrection();
    await replaceBy('address\nc@example.com\n');
    const dutyToChanged = { version: 2, part: 'newlyExposed' } as const;
    const publish = publishStatement(
      db,
      people.approver,
      { statementId, publicUrl, dutyToChanged },
      later(1),
    );
    await expect(publish).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('version 3 has taken its place'),
    });
    expect(await audiencesAbout(incident.id)).toEqual([]);
    const revisions = db
      .select()
      .from(statementRevisions)
      .where(eq(statementRevisions.statementId, statementId));
    expect(await revisions).toEqual([]);
  });

  test('takes the choice from the form, and everybody exposed from a form without one', () => {
    const read = (fields: Record<string, string>) => dutyToChanged(dutyChoice.parse(fields));
    expect(read({})).toBeUndefined();
    expect(read({ duty: 'exposed', listVersion: '2' })).toBeUndefined();
    expect(read({ duty: 'everybody', listVersion: '2' })).toEqual({ version: 2, part: 'everybody' });
    expect(dutyChoice.safeParse({ duty: 'anybody', listVersion: '2' }).success).toBe(false);
  });
});

describe('The mail to those whose answer changed', () => {
  test.each([
    ['newlyExposed', 'By the corrected list your address was shown to other people', 'newly found'],
    [
      'noLongerExposed',
      'yours was one of them; the corrected list no longer says so',
      'of whom that is true',
    ],
    ['everybody', 'what it says about your address is no longer the same', 'of whom that is true'],
  ] as const)('says what is true of everybody in it: %s', async (part, means, why) => {
    const { incident } = await approvedAfterCorrection();
    const id = await draftedBroadcast(db, await changedTo(db, incident.id, part));
    const broadcast = await getBroadcast(db, id);
    const preview = previewBroadcast(keys, broadcast, await getSite(db), letterhead);
    if (!preview.ok) throw new Error(preview.reason);
    const text = preview.message.text.replace(/\s+/g, ' ');
    expect(text).toContain(means);
    expect(text).toContain(why);
    expect(text).toContain('nothing to unsubscribe from');
    expect(text).not.toContain('is on the list of those concerned');
    // An open list says of nobody that they were not exposed.
    expect(text).not.toMatch(/not (been )?(exposed|affected|concerned)/);
  });

  test('is named by its version and its upper bound', () => {
    const audience = { kind: 'changed', incidentId: 'one', version: 3, part: 'newlyExposed' } as const;
    expect(audienceWords(audience)).toBe('Those newly exposed by version 3 of the list');
    expect(peopleWords(1200, true)).toBe('at most 1,200 people');
    expect(countedWords({ people: 2, counted: true })).toBe('at most 2 addresses');
    expect(countedWords({ people: 2, counted: false })).toContain('is known when the mail is prepared');
  });
});
