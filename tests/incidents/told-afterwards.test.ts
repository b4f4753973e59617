import { asc } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { broadcasts, impacts, letters, pressVersions } from '#db/schema/index.ts';
import type { StaffMember } from '#src/domain/actors.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { correctIncident, correctIncidentUpdate } from '#src/domain/incidents/correction-commands.ts';
import { listIncidentCorrections } from '#src/domain/incidents/corrections.ts';
import {
  affectedComponents,
  findPublishedIncident,
  listIncidents,
  listOpenIncidents,
} from '#src/domain/incidents/queries.ts';
import { desk, evidenceKinds, importedList, later, now, publicIncident } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();

const past = {
  title: 'Orders were refused',
  nature: 'service',
  impact: 'major',
  startedAt: later(-600),
} as const;

describe('an incident added afterwards', () => {
  test('is public at once with its updates and what they say of the components, at their times', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const api = await addComponent(db, editor, { name: 'API' }, later(-10_000));
      const at = (status: 'major_outage' | 'operational') => [{ componentId: api.id, status }];
      const { slug } = await backfillIncident(
        db,
        editor,
        {
          ...past,
          updates: [
            {
              at: later(-600),
              status: 'investigating',
              body: 'It is.',
              componentStatuses: at('major_outage'),
            },
            { at: later(-500), status: 'resolved', body: 'Over.', componentStatuses: at('operational') },
          ],
        },
        now,
      );
      const incident = await findPublishedIncident(db, slug);
      expect(incident).toMatchObject({
        status: 'resolved',
        startedAt: later(-600),
        endedAt: later(-500),
        backfilledAt: now,
        publishedAt: now,
        updatedAt: now,
        updates: [{ displayAt: later(-500), createdAt: now }, { displayAt: later(-600) }],
      });
      expect(affectedComponents(incident!)).toMatchObject([{ name: 'API', after: 'operational' }]);
      const log = await db.select().from(impacts).orderBy(asc(impacts.startsAt));
      expect(log.map(({ status, startsAt }) => [status, startsAt])).toEqual([
        ['operational', later(-10_000)],
        ['major_outage', later(-600)],
        ['operational', later(-500)],
      ]);
      expect(await listComponents(db)).toMatchObject([{ status: 'operational' }]);
    }));

  test('tells nobody: no broadcast is drafted, no letter written', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const updates = [{ at: later(-60), status: 'resolved', body: 'It was short.' }] as const;
      await backfillIncident(db, editor, { ...past, updates }, now);
      expect(await db.select().from(broadcasts)).toEqual([]);
      expect(await db.select().from(letters)).toEqual([]);
      expect(await evidenceKinds(db)).toContain('incident_backfilled');
    }));

  test('that goes on is open, and goes on as any other', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const updates = [{ at: later(-60), status: 'investigating', body: 'It is.' }] as const;
      const { id, slug } = await backfillIncident(db, editor, { ...past, updates }, now);
      expect(await listOpenIncidents(db)).toHaveLength(1);
      await postIncidentUpdate(db, editor, { incidentId: id, status: 'resolved', body: 'Over.' }, later(1));
      expect(await findPublishedIncident(db, slug)).toMatchObject({ endedAt: later(1), updates: [{}, {}] });
    }));

  test.each([
    ['an update in the future', [[1, 'investigating']], 'Update 1 lies in the future'],
    ['an update before the start', [[-601, 'investigating']], 'Update 1 is before the incident began'],
    [
      'updates out of order',
      [
        [-100, 'investigating'],
        [-200, 'resolved'],
      ],
      'Update 2 is not after the one before it',
    ],
    [
      'two updates at one time',
      [
        [-100, 'investigating'],
        [-100, 'resolved'],
      ],
      'Update 2 is not after the one before it',
    ],
    ['a step that is not allowed', [[-100, 'closed']], 'cannot go to "Closed"'],
    ['a post-mortem', [[-100, 'postmortem']], 'cannot be the post-mortem'],
    ['nothing to tell', [], 'Write at least one update'],
  ] as const)('refused, with nothing left of it: %s', (_, entries, message) =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const updates = entries.map(([minutes, status]) => ({ at: later(minutes), status, body: 'News.' }));
      await expect(backfillIncident(db, editor, { ...past, updates }, now)).rejects.toMatchObject({
        message: expect.stringContaining(message),
      });
      expect(await listIncidents(db)).toEqual([]);
    }),
  );

  test('refused: by a viewer, and with an address in it', () =>
    inRollback(store, async (db) => {
      const { viewer, editor } = await desk(db);
      const updates = [{ at: later(-60), status: 'resolved', body: 'bob@people.example saw it.' }] as const;
      const told = (who: typeof viewer) => backfillIncident(db, who, { ...past, updates }, now);
      await expect(told(viewer)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(told(editor)).rejects.toMatchObject({ code: 'invalid' });
    }));
});

describe('a correction', () => {
  test('changes what is read and keeps, beside it, what was said and why it changed', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { slug } = await publicIncident(db, people);
      const [update] = (await findPublishedIncident(db, slug))!.updates;
      const correct = (body: string, minutes: number) =>
        correctIncidentUpdate(
          db,
          people.editor,
          { updateId: update!.id, body, reason: `Wrong ${minutes}` },
          later(minutes),
        );
      await correct('Ten addresses.', 1);
      await correct('Twenty addresses.', 2);
      expect(await findPublishedIncident(db, slug)).toMatchObject({
        updatedAt: later(2),
        updates: [
          {
            body: 'Twenty addresses.',
            displayAt: now,
            correctedAt: later(2),
            corrections: [
              { body: 'Ten addresses.', reason: 'Wrong 2', correctedAt: later(2) },
              { body: 'We are looking into it.', reason: 'Wrong 1', correctedAt: later(1) },
            ],
          },
        ],
      });
      expect((await evidenceKinds(db)).slice(-2)).toEqual([
        'incident_update_corrected',
        'incident_update_corrected',
      ]);
      const versions = new Map(
        (await db.select().from(pressVersions)).map((row) => [row.dependency, row.version]),
      );
      expect([versions.get('incidents'), versions.get(`incident:${slug}`)]).toEqual([3, 3]);
    }));

  test('refused: that changes nothing, that the list contradicts, by a viewer, of an unknown update', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publicIncident(db, people);
      await importedList(db, id);
      const [update] = (await findPublishedIncident(db, slug))!.updates;
      const correct = (changes: object, who = people.editor) =>
        correctIncidentUpdate(
          db,
          who,
          { updateId: update!.id, body: 'Better.', reason: 'It was wrong.', ...changes },
          later(1),
        );
      await expect(correct({ body: update!.body })).rejects.toMatchObject({ code: 'invalid' });
      await expect(correct({ body: 'No personal data was disclosed.' })).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(correct({ reason: 'carl@people.example wrote.' })).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(correct({}, people.viewer)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(correct({ updateId: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
      expect((await findPublishedIncident(db, slug))!.updates[0]).toMatchObject({
        correctedAt: null,
        corrections: [],
      });
    }));
});

describe('a public incident', () => {
  const words = { title: 'Addresses were readable', reason: 'Nobody could see them without looking.' };
  const correct = (db: Database, who: StaffMember, incidentId: string, change: object = {}, at = later(9)) =>
    correctIncident(db, who, { incidentId, ...words, startedAt: now, ...change }, at);

  test('can be called otherwise: what it was called stays beside it, with the reason', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publicIncident(db, people);
      await correct(db, people.editor, id);
      await correct(
        db,
        people.editor,
        id,
        { title: 'Addresses were shown', startedAt: later(-30) },
        later(11),
      );
      const incident = await findPublishedIncident(db, slug);
      expect(incident).toMatchObject({
        title: 'Addresses were shown',
        startedAt: later(-30),
        updatedAt: later(11),
      });
      expect(await listIncidentCorrections(db, incident!)).toEqual([
        { title: words.title, startedAt: now, reason: words.reason, correctedAt: later(11) },
        {
          title: 'Addresses were visible',
          startedAt: undefined,
          reason: words.reason,
          correctedAt: later(9),
        },
      ]);
      expect(await evidenceKinds(db)).toContain('incident_corrected');
      const touched = (await db.select().from(pressVersions)).map(({ dependency }) => dependency);
      expect(touched).toEqual(expect.arrayContaining(['incidents', `incident:${slug}`]));
    }));

  test('is corrected only to something else, in the past, before its end, by an editor, and not as a draft', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publicIncident(db, people);
      const { title } = (await listIncidents(db))[0]!;
      await expect(correct(db, people.editor, id, { title })).rejects.toMatchObject({ code: 'invalid' });
      await expect(correct(db, people.editor, id, { startedAt: later(10) })).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(correct(db, people.viewer, id)).rejects.toMatchObject({ code: 'forbidden' });
      const draft = await openIncident(db, people.editor, { title, nature: 'data', impact: 'none' }, now);
      await expect(correct(db, people.editor, draft.id)).rejects.toMatchObject({ code: 'conflict' });
      await postIncidentUpdate(
        db,
        people.editor,
        { incidentId: id, status: 'contained', body: 'It stopped.' },
        later(2),
      );
      await postIncidentUpdate(
        db,
        people.editor,
        { incidentId: id, status: 'closed', body: 'Over.' },
        later(3),
      );
      await expect(correct(db, people.editor, id, { startedAt: later(4) })).rejects.toMatchObject({
        code: 'invalid',
      });
    }));

  test('is not given a title that its list contradicts, or with somebody’s address in it', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publicIncident(db, people);
      await importedList(db, id);
      for (const title of ['No personal data was disclosed', 'About ada@example.com'])
        await expect(correct(db, people.editor, id, { title })).rejects.toMatchObject({ code: 'invalid' });
    }));
});
