import { describe, expect, test } from 'vitest';
import { incidentUpdates } from '#db/schema/index.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { editIncident, openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import {
  findIncidentBySlug,
  findPublishedIncident,
  listEndedIncidents,
  listIncidents,
  listIncidentsInFull,
  listOpenIncidents,
} from '#src/domain/incidents/queries.ts';
import { canMoveTo, incidentStatuses, nextStatuses, serviceStatuses } from '#src/domain/incidents/rules.ts';
import { desk, evidenceKinds, importedList, later, now, publicIncident } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

describe('where an incident can go', () => {
  test.each([
    ['service', null, 'investigating', true],
    ['service', null, 'postmortem', false],
    ['service', 'investigating', 'investigating', true],
    ['service', 'investigating', 'resolved', true],
    ['service', 'investigating', 'postmortem', false],
    ['service', 'monitoring', 'identified', true],
    ['service', 'resolved', 'postmortem', true],
    ['service', 'resolved', 'investigating', true],
    ['service', 'postmortem', 'investigating', false],
    ['service', 'investigating', 'contained', false],
    ['data', null, 'investigating', true],
    ['data', null, 'closed', false],
    ['data', 'investigating', 'contained', true],
    ['data', 'investigating', 'closed', false],
    ['data', 'contained', 'closed', true],
    ['data', 'contained', 'investigating', true],
    ['data', 'closed', 'investigating', true],
    ['data', 'identified', 'resolved', false],
    ['data', 'identified', 'monitoring', false],
  ] as const)('%s incident from %s to %s: %s', (nature, from, to, can) => {
    expect(canMoveTo(nature, from, to)).toBe(can);
  });

  test('a data incident is never resolved, a service incident never contained', () => {
    for (const from of [null, ...incidentStatuses]) {
      expect(serviceStatuses).toEqual(expect.arrayContaining([...nextStatuses('service', from)]));
      expect(['investigating', 'identified', 'contained', 'closed']).toEqual(
        expect.arrayContaining([...nextStatuses('data', from)]),
      );
    }
  });
});

const store = await testStore();
const service = { title: 'The API is slow', nature: 'service', impact: 'minor' } as const;

describe('incidents', () => {
  test('a new incident is a draft: staff find it, the public does not', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { slug } = await openIncident(db, editor, service, now);
      expect(slug).toBe('the-api-is-slow');
      expect(await findIncidentBySlug(db, slug)).toMatchObject({
        status: null,
        publishedAt: null,
        updates: [],
      });
      expect(await findPublishedIncident(db, slug)).toBeUndefined();
      expect(await listOpenIncidents(db)).toEqual([]);
      expect(await listIncidents(db)).toHaveLength(1);
      expect(await evidenceKinds(db)).toEqual(['incident_opened']);
    }));

  test('the first update publishes it, and its status is that of the newest', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id, slug } = await openIncident(db, editor, service, now);
      const post = (status: 'investigating' | 'monitoring', minutes: number) =>
        postIncidentUpdate(db, editor, { incidentId: id, status, body: `It is ${status}.` }, later(minutes));
      await post('investigating', 1);
      await post('monitoring', 2);
      expect(await findPublishedIncident(db, slug)).toMatchObject({
        status: 'monitoring',
        publishedAt: later(1),
        updatedAt: later(2),
        updates: [{ status: 'monitoring' }, { status: 'investigating' }],
      });
      expect(await listOpenIncidents(db)).toHaveLength(1);
      expect(await evidenceKinds(db)).toEqual(['incident_opened', 'incident_updated', 'incident_updated']);
    }));

  test('ended incidents leave the open ones and are listed apart', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const leak = await publicIncident(db, people);
      const { id } = await openIncident(db, people.editor, service, now);
      await postIncidentUpdate(
        db,
        people.editor,
        { incidentId: id, status: 'resolved', body: 'Over.' },
        later(1),
      );
      expect((await listOpenIncidents(db)).map(({ slug }) => slug)).toEqual([leak.slug]);
      expect((await listEndedIncidents(db, 5)).map(({ slug }) => slug)).toEqual(['the-api-is-slow']);
      expect((await listIncidentsInFull(db, 5)).map(({ slug, updates }) => [slug, updates.length])).toEqual([
        ['the-api-is-slow', 1],
        [leak.slug, 1],
      ]);
    }));

  test('an update says what the components are from then on, also when they stay as they were', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const api = await addComponent(db, editor, { name: 'API' }, now);
      const { id } = await openIncident(db, editor, service, now);
      const componentStatuses = [{ componentId: api.id, status: 'partial_outage' as const }];
      const update = { incidentId: id, status: 'investigating', body: 'Slow.', componentStatuses } as const;
      await postIncidentUpdate(db, editor, update, later(1));
      await postIncidentUpdate(db, editor, { ...update, impact: 'major' }, later(2));
      expect(await listComponents(db)).toMatchObject([{ status: 'partial_outage', since: later(2) }]);
      expect(await listOpenIncidents(db)).toMatchObject([{ impact: 'major' }]);
    }));

  test('two updates at the same instant keep their order', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id, slug } = await openIncident(db, editor, service, now);
      for (const status of ['investigating', 'identified', 'monitoring'] as const) {
        await postIncidentUpdate(db, editor, { incidentId: id, status, body: status }, now);
      }
      const found = await findPublishedIncident(db, slug);
      expect(found?.updates.map(({ status }) => status)).toEqual([
        'monitoring',
        'identified',
        'investigating',
      ]);
    }));

  test('a draft can be put right; what is public cannot change silently', () =>
    inRollback(store, async (db) => {
      const { editor, viewer } = await desk(db);
      const { id, slug } = await openIncident(db, editor, service, now);
      const edit = { ...service, incidentId: id, title: 'The API stands still', startedAt: later(-60) };
      await expect(editIncident(db, viewer, edit, now)).rejects.toMatchObject({ code: 'forbidden' });
      await editIncident(db, editor, edit, now);
      expect(await findIncidentBySlug(db, slug)).toMatchObject({ title: edit.title, startedAt: later(-60) });
      await postIncidentUpdate(db, editor, { incidentId: id, status: 'investigating', body: 'Slow.' }, now);
      await expect(editIncident(db, editor, edit, now)).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('titles that read alike get different slugs; a slug asked for twice is refused', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const first = await openIncident(db, editor, service, now);
      const second = await openIncident(db, editor, service, now);
      expect(second.slug).toMatch(new RegExp(`^${first.slug}-[a-z0-9]{5}$`));
      const again = openIncident(db, editor, { ...service, slug: first.slug }, now);
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('refused: a viewer, a step that is not allowed, components in a data incident, an unknown incident', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { viewer, editor } = people;
      const leak = await publicIncident(db, people);
      const api = await addComponent(db, editor, { name: 'API' }, now);
      const update = { incidentId: leak.id, status: 'contained', body: 'Stopped.' } as const;
      const post = (changes: object, who = editor) =>
        postIncidentUpdate(db, who, { ...update, ...changes }, later(1));
      await expect(openIncident(db, viewer, service, now)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(post({}, viewer)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(post({ status: 'resolved' })).rejects.toMatchObject({
        code: 'conflict',
        message:
          'This data incident is at "Investigating" and cannot go to "Resolved" from there. Choose Investigating, Identified, Contained.',
      });
      const componentStatuses = [{ componentId: api.id, status: 'major_outage' }];
      await expect(post({ componentStatuses })).rejects.toMatchObject({ code: 'invalid' });
      await expect(post({ incidentId: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
      expect(await listOpenIncidents(db)).toMatchObject([{ status: 'investigating' }]);
    }));

  test('an update with an address in it, or with a claim that the imported list contradicts, is refused', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const leak = await publicIncident(db, people);
      const post = (body: string) =>
        postIncidentUpdate(db, people.editor, { incidentId: leak.id, status: 'contained', body }, later(1));
      await expect(post('Anna (anna@people.example) saw it.')).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('a***@people.example'),
      });
      await importedList(db, leak.id);
      await expect(post('No **personal** data was disclosed.')).rejects.toMatchObject({
        message: expect.stringContaining(
          '18,214 addresses of people who were shown to others; 15.2 % contain a name.',
        ),
      });
    }));

  test('when a component is wrong nothing of the update stays', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await openIncident(db, editor, service, now);
      const componentStatuses = [{ componentId: 'nothing', status: 'major_outage' as const }];
      const update = { incidentId: id, status: 'investigating', body: 'Slow.', componentStatuses } as const;
      await expect(postIncidentUpdate(db, editor, update, now)).rejects.toMatchObject({
        code: 'not_found',
      });
      expect(await db.select().from(incidentUpdates)).toEqual([]);
      expect(await listOpenIncidents(db)).toEqual([]);
    }));
});
