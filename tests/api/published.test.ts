import { beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '#db/client.ts';
import { addComponent, addComponentGroup } from '#src/domain/components/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { draftMaintenance } from '#src/domain/maintenances/commands.ts';
import { cancelMaintenance } from '#src/domain/maintenances/timeline-commands.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import { GET as components } from '#src/pages/api/forthright/v1/components.json.ts';
import { GET as ownIncidents } from '#src/pages/api/forthright/v1/incidents.json.ts';
import { GET as ownIncident } from '#src/pages/api/forthright/v1/incidents/[slug].json.ts';
import { GET as ownMaintenances } from '#src/pages/api/forthright/v1/maintenances.json.ts';
import { GET as ownStatements } from '#src/pages/api/forthright/v1/statements.json.ts';
import { GET as ownStatement } from '#src/pages/api/forthright/v1/statements/[slug].json.ts';
import { GET as ownStatus } from '#src/pages/api/forthright/v1/status.json.ts';
import { GET as incidents } from '#src/pages/api/v2/incidents.json.ts';
import { GET as maintenances } from '#src/pages/api/v2/scheduled-maintenances.json.ts';
import { GET as summary } from '#src/pages/api/v2/summary.json.ts';
import * as schemas from '#src/feeds/forthright-v1/schemas.ts';
import { announced, workAt } from '#tests/maintenances/support.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import {
  approvedStatement,
  completeText,
  desk,
  later,
  now,
  publicUrl,
  type Desk,
} from '#tests/support/desk.ts';
import { testKeys } from '#tests/support/keys.ts';
import { answerOf } from './routes.ts';
import { problemsOf } from './statuspage.ts';

const mailFrom = 'Harbourline <status@harbourline.example>';
let store: Store;
let people: Desk;

beforeAll(async () => {
  store = await testStore();
  people = await desk(store.db);
});

const api = async (route: Parameters<typeof answerOf>[0], db: Store['db'], params?: Record<string, string>) =>
  JSON.parse((await answerOf(route, { db, now: later(600), ...(params && { params }) })).body);

/** A leak with a published statement, and an outage of one component in a group. */
async function troubles(db: Store['db']) {
  const statement = await approvedStatement(db, people);
  await publishStatement(db, people.owner, { statementId: statement.id, publicUrl, mailFrom }, later(5));
  const group = await addComponentGroup(db, people.editor, { name: 'Trading' }, now);
  const engine = await addComponent(db, people.editor, { name: 'Engine', groupId: group.id }, now);
  const outage = await openIncident(
    db,
    people.editor,
    { title: 'Orders fail', nature: 'service', impact: 'minor' },
    later(10),
  );
  const tell = (
    status: 'investigating' | 'resolved',
    component: 'major_outage' | 'operational',
    minutes: number,
  ) =>
    postIncidentUpdate(
      db,
      people.editor,
      {
        incidentId: outage.id,
        status,
        body: 'See **this** [page](https://status.example/x).',
        componentStatuses: [{ componentId: engine.id, status: component }],
      },
      later(minutes),
    );
  return { statement, group, engine, outage, tell };
}

describe('what the database holds, as clients of Statuspage read it', () => {
  test('an update says what it changed of components, and a leak changes nothing', () =>
    inRollback(store, async (db) => {
      const { engine, tell } = await troubles(db);
      await tell('investigating', 'major_outage', 11);
      const open = await api(summary, db);
      expect(problemsOf('summary.json', open)).toEqual([]);
      expect(open.status).toEqual({ indicator: 'critical', description: 'Major System Outage' });
      await tell('resolved', 'operational', 20);
      const after = await api(summary, db);
      expect(after.status).toEqual({ indicator: 'none', description: 'All Systems Operational' });
      expect(after.incidents.map(({ name }: { name: string }) => name)).toEqual(['Addresses were visible']);
      const all = await api(incidents, db);
      expect(problemsOf('incidents.json', all)).toEqual([]);
      const [resolved, investigating] = all.incidents[0].incident_updates;
      const change = { code: engine.id, name: 'Trading - Engine' };
      expect(resolved.affected_components).toEqual([
        { ...change, old_status: 'major_outage', new_status: 'operational' },
      ]);
      expect(investigating.affected_components).toEqual([
        { ...change, old_status: 'operational', new_status: 'major_outage' },
      ]);
      expect(investigating.body).toBe('See this page (https://status.example/x).');
    }));

  test('a statement is an update of its incident: as it reads now, or that it was withdrawn', () =>
    inRollback(store, async (db) => {
      const { statement } = await troubles(db);
      const told = async () => {
        const leak = (await api(incidents, db)).incidents.find(({ name }: { name: string }) =>
          name.startsWith('Addresses'),
        );
        return leak.incident_updates.find(({ id }: { id: string }) => id === statement.id);
      };
      const published = await told();
      expect(published).toMatchObject({ status: 'investigating', display_at: later(5).toISOString() });
      expect(published.body).toMatch(/^What happened to our customers’ addresses\n\nA mail showed/);
      expect(published.body).toContain('Turn on a second factor');
      const reason = 'It named the wrong day.';
      await withdrawStatement(
        db,
        people.approver,
        { statementId: statement.id, reason, publicUrl },
        later(30),
      );
      const withdrawn = await told();
      expect(withdrawn).toMatchObject({
        display_at: later(5).toISOString(),
        updated_at: later(30).toISOString(),
      });
      expect(withdrawn.body).toContain(reason);
      expect(withdrawn.body).not.toContain('Turn on a second factor');
    }));

  test('maintenance is told from its announcement to its end; a draft and a cancelled one never are', () =>
    inRollback(store, async (db) => {
      const { engine } = await troubles(db);
      const work = { title: 'New disks', componentIds: [engine.id] };
      const { id } = await announced(db, people.editor, work);
      const off = await announced(db, people.editor, { title: 'Called off' });
      await cancelMaintenance(db, people.editor, { maintenanceId: off.id, reason: 'Not needed.' }, later(1));
      await draftMaintenance(
        db,
        people.editor,
        {
          title: 'Only a draft',
          description: 'Later.',
          componentIds: [],
          reminderMinutes: [],
          scheduledFor: later(500),
          scheduledUntil: later(600),
        },
        now,
      );
      const shown = async () => {
        const document = await api(maintenances, db);
        expect(problemsOf('scheduled-maintenances.json', document)).toEqual([]);
        return document.scheduled_maintenances;
      };
      expect(await shown()).toMatchObject([
        { id, status: 'scheduled', scheduled_for: later(60).toISOString() },
      ]);
      await workAt(db, testKeys(), later(61));
      const [begun] = await shown();
      expect(begun).toMatchObject({
        status: 'in_progress',
        components: [{ id: engine.id, status: 'under_maintenance' }],
      });
      expect(begun.incident_updates[0].affected_components).toEqual([
        {
          code: engine.id,
          name: 'Trading - Engine',
          old_status: 'operational',
          new_status: 'under_maintenance',
        },
      ]);
      expect((await api(summary, db)).status.indicator).toBe('maintenance');
      await workAt(db, testKeys(), later(181));
      expect(await shown()).toMatchObject([{ status: 'completed' }]);
      expect((await api(summary, db)).scheduled_maintenances).toEqual([]);
    }));

  test('the page is as new as its newest change, whenever it is read', () =>
    inRollback(store, async (db) => {
      const { tell } = await troubles(db);
      await tell('investigating', 'major_outage', 11);
      const first = await answerOf(summary, { db, now: later(20) });
      expect(JSON.parse(first.body).page.updated_at).toBe(later(11).toISOString());
      expect((await answerOf(summary, { db, now: later(2000) })).body).toBe(first.body);
    }));
});

describe('what the database holds, as our own API says it', () => {
  test('is what the schemas describe', () =>
    inRollback(store, async (db) => {
      const { statement, outage, tell } = await troubles(db);
      await tell('investigating', 'major_outage', 11);
      await announced(db, people.editor);
      expect(schemas.components.parse(await api(components, db)).components).toMatchObject([
        { name: 'Trading', is_group: true, status: 'major_outage' },
        { full_name: 'Trading - Engine', since: later(11).toISOString() },
      ]);
      expect(schemas.currentStatus.parse(await api(ownStatus, db))).toMatchObject({
        indicator: 'critical',
        headline: [{ tone: 'data', text: 'Open data incident' }, { tone: 'critical' }],
        open_data_incidents: 1,
        open_service_incidents: 1,
      });
      const listed = schemas.incidents.parse(await api(ownIncidents, db)).incidents;
      expect(listed.map(({ title }) => title)).toEqual(['Orders fail', 'Addresses were visible']);
      const { incident } = schemas.incidentInFull.parse(await api(ownIncident, db, { slug: outage.slug }));
      expect(incident.updates[0]?.components).toMatchObject([{ name: 'Engine', after: 'major_outage' }]);
      expect(schemas.maintenances.parse(await api(ownMaintenances, db)).maintenances).toHaveLength(1);
      expect(schemas.statements.parse(await api(ownStatements, db)).statements).toHaveLength(1);
      const shown = schemas.statementInFull.parse(await api(ownStatement, db, { slug: statement.slug }));
      expect(shown.statement).toMatchObject({
        times: {
          aware: { at: completeText.awareAt.at, until: null, precision: 'estimated' },
          contained: null,
          next_update: { at: completeText.nextUpdateAt, precision: 'exact' },
        },
        figures: [],
        steps: [],
      });
      expect(shown.statement.revisions).toMatchObject([{ number: 1, previous_hash: null, redacted: false }]);
    }));

  test('a withdrawn statement keeps its revisions and says no more what it said', () =>
    inRollback(store, async (db) => {
      const { statement } = await troubles(db);
      await withdrawStatement(
        db,
        people.approver,
        { statementId: statement.id, reason: 'It was wrong.', publicUrl },
        later(30),
      );
      const answer = schemas.statementInFull.parse(await api(ownStatement, db, { slug: statement.slug }));
      expect(answer.statement).toMatchObject({ state: 'withdrawn', summary: '' });
      expect(answer.statement.text).not.toContain('Turn on a second factor');
      expect(answer.statement.revisions.map(({ number, state }) => [number, state])).toEqual([
        [2, 'withdrawn'],
        [1, 'published'],
      ]);
      expect(answer.statement.revisions[0]?.previous_hash).toBe(answer.statement.revisions[1]?.hash);
    }));

  test('what is not public is not there', () =>
    inRollback(store, async (db) => {
      const draft = await openIncident(
        db,
        people.editor,
        { title: 'A draft', nature: 'data', impact: 'none' },
        now,
      );
      for (const [route, slug] of [
        [ownIncident, draft.slug],
        [ownIncident, 'none'],
        [ownStatement, 'none'],
      ] as const) {
        const { status, body } = await answerOf(route, { db, now, params: { slug } });
        expect([status, JSON.parse(body).code]).toEqual([404, 'not_found']);
      }
      expect((await answerOf(ownIncidents, { db, now })).body).not.toContain('A draft');
    }));
});
