import { describe, expect, test } from 'vitest';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { draftMaintenance, editMaintenance, scheduleMaintenance } from '#src/domain/maintenances/commands.ts';
import {
  cancelMaintenance,
  extendMaintenance,
  postMaintenanceUpdate,
} from '#src/domain/maintenances/timeline-commands.ts';
import {
  countActiveMaintenances,
  findPublishedMaintenance,
  getMaintenance,
  listActiveMaintenances,
  listEndedMaintenances,
  listNewestMaintenances,
  listUpcomingMaintenances,
} from '#src/domain/maintenances/queries.ts';
import {
  canMoveTo,
  dueAt,
  dueStep,
  maintenanceStates,
  type MaintenanceState,
  type MaintenanceStatus,
  type Timetable,
} from '#src/domain/maintenances/rules.ts';
import { listVersions } from '#src/domain/editions.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { desk, evidenceKinds, later } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { announced, part, plan, statusOf, words } from './support.ts';

const store = await testStore();

describe('where a maintenance can go from where it is', () => {
  const allowed: Readonly<Record<MaintenanceState, MaintenanceStatus[]>> = {
    draft: ['scheduled', 'cancelled'],
    scheduled: ['scheduled', 'in_progress', 'cancelled'],
    in_progress: ['in_progress', 'verifying', 'completed', 'cancelled'],
    verifying: ['in_progress', 'verifying', 'completed', 'cancelled'],
    completed: ['completed'],
    cancelled: ['cancelled'],
  };
  const statuses = maintenanceStates.filter((state) => state !== 'draft');

  test.each(maintenanceStates.flatMap((from) => statuses.map((to) => [from, to] as const)))(
    '%s to %s',
    (from, to) => {
      expect(canMoveTo(from, to)).toBe(allowed[from].includes(to));
    },
  );
});

describe('what happens next by itself', () => {
  const timetable: Timetable = {
    state: 'scheduled',
    scheduledFor: later(600),
    scheduledUntil: later(700),
    reminderMinutes: [60, 300],
    remindedAt: later(0),
  };

  test.each<[string, Partial<Timetable>, number | null]>([
    ['the earliest reminder', {}, 300],
    ['the next reminder after one', { remindedAt: later(300) }, 540],
    ['the start after the last reminder', { remindedAt: later(540) }, 600],
    ['the start without reminders', { reminderMinutes: [] }, 600],
    ['the end while it is in progress', { state: 'in_progress' }, 700],
    ['the end while it is checked', { state: 'verifying' }, 700],
    ['nothing for a draft', { state: 'draft' }, null],
    ['nothing once completed', { state: 'completed' }, null],
    ['nothing once cancelled', { state: 'cancelled' }, null],
  ])('%s', (_, change, minutes) => {
    const due = dueAt({ ...timetable, ...change });
    expect(due).toEqual(minutes === null ? null : later(minutes));
  });

  test('after a pause it starts without a reminder of what has begun', () => {
    expect(dueStep(timetable, later(299))).toBeUndefined();
    expect(dueStep(timetable, later(580))).toBe('remind');
    expect(dueStep(timetable, later(650))).toBe('start');
    expect(dueStep({ ...timetable, state: 'in_progress' }, later(650))).toBeUndefined();
    expect(dueStep({ ...timetable, state: 'in_progress' }, later(700))).toBe('end');
  });
});

describe('planning', () => {
  test('a draft is nowhere in public until it is announced', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id, slug } = await draftMaintenance(db, editor, plan, later(0));
      expect(await findPublishedMaintenance(db, slug)).toBeUndefined();
      expect(await listNewestMaintenances(db)).toEqual([]);
      expect(await evidenceKinds(db)).toEqual([]);
      await scheduleMaintenance(db, editor, { maintenanceId: id }, later(1));
      const shown = await findPublishedMaintenance(db, slug);
      expect(shown).toMatchObject({ state: 'scheduled', publishedAt: later(1), sequence: 0 });
      expect(shown?.updates.map(({ status, body }) => [status, body])).toEqual([
        ['scheduled', plan.description],
      ]);
      expect(await evidenceKinds(db)).toEqual(['maintenance_updated']);
      const versions = await listVersions(db, ['maintenances', `maintenance:${slug}`]);
      expect([...versions.values()]).toEqual([1, 1]);
    });
  });

  test.each<[string, Partial<typeof plan>, RegExp]>([
    ['an end before the start', { scheduledUntil: later(30) }, /ends before it begins/],
    ['an end at the start', { scheduledUntil: later(60) }, /ends before it begins/],
    ['more than 14 days', { scheduledUntil: later(60 + 14 * 1440 + 1) }, /14 days at most/],
    ['a component that is not there', { componentIds: ['nowhere'] as never }, /not there any more/],
    ['somebody’s address', { description: 'Ask ada@example.com.' }, /email address/],
  ])('%s is refused', async (_, change, reason) => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await expect(draftMaintenance(db, editor, { ...plan, ...change }, later(0))).rejects.toThrow(reason);
    });
  });

  test('a viewer plans nothing, and what is over is not announced', async () => {
    await inRollback(store, async (db) => {
      const { viewer, editor } = await desk(db);
      await expect(draftMaintenance(db, viewer, plan, later(0))).rejects.toThrow(/needs the role editor/);
      const { id } = await draftMaintenance(db, editor, plan, later(0));
      await expect(scheduleMaintenance(db, editor, { maintenanceId: id }, later(180))).rejects.toThrow(
        /over/,
      );
    });
  });

  test('two of one title have two addresses', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const [one, other] = [await announced(db, editor), await announced(db, editor)];
      expect(one.slug).toBe('new-disks-for-the-database');
      expect(other.slug).toMatch(/^new-disks-for-the-database-[a-z0-9]{5}$/);
    });
  });

  test('what is announced is moved with a word about it, and calendars hear of it', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await announced(db, editor);
      const moved = { ...plan, maintenanceId: id, scheduledFor: later(120), scheduledUntil: later(240) };
      await editMaintenance(db, editor, moved, words, later(5));
      const { sequence, updatedAt, updates } = await getMaintenance(db, id);
      expect([sequence, updatedAt]).toEqual([1, later(5)]);
      expect(updates[0]?.body).toBe(
        'The maintenance has been moved. It is now planned for 4 November 2019, 11:00 UTC to 4 November 2019, 13:00 UTC.',
      );
    });
  });
});

describe('by hand', () => {
  test('it begins early, lasts as long as planned, is checked and ends', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await announced(db, editor);
      const post = (status: 'in_progress' | 'verifying' | 'completed', minutes: number, body = '') =>
        postMaintenanceUpdate(db, editor, { maintenanceId: id, status, body }, words, later(minutes));
      await post('in_progress', 30);
      expect(await getMaintenance(db, id)).toMatchObject({
        startedAt: later(30),
        scheduledUntil: later(150),
      });
      expect(await countActiveMaintenances(db)).toBe(1);
      await post('verifying', 60, 'Nearly there.');
      await post('completed', 70);
      const after = await getMaintenance(db, id);
      expect(after).toMatchObject({
        state: 'completed',
        verifyingAt: later(60),
        endedAt: later(70),
        dueAt: null,
      });
      expect(after.updates.map(({ body }) => body)).toEqual([
        words.completed,
        'Nearly there.',
        words.started,
        plan.description,
      ]);
      await expect(post('in_progress', 80)).rejects.toThrow(/is completed and cannot become in progress/);
      expect(await listActiveMaintenances(db)).toEqual([]);
      expect(await listEndedMaintenances(db, { from: later(0), until: later(999) })).toHaveLength(1);
    });
  });

  test('news without a text is no news', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await announced(db, editor);
      const empty = { maintenanceId: id, status: 'scheduled', body: '' } as const;
      await expect(postMaintenanceUpdate(db, editor, empty, words, later(1))).rejects.toThrow(/Write what/);
    });
  });

  test('its end is moved until it is over, and never into the past', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id: maintenanceId } = await announced(db, editor);
      const extend = (until: number, at: number) =>
        extendMaintenance(
          db,
          editor,
          { maintenanceId, scheduledUntil: later(until), body: '' },
          words,
          later(at),
        );
      await extend(300, 10);
      const { scheduledUntil, updates } = await getMaintenance(db, maintenanceId);
      expect(scheduledUntil).toEqual(later(300));
      expect(updates[0]?.body).toContain('moved to 4 November 2019, 14:00 UTC');
      await expect(extend(20, 30)).rejects.toThrow(/over/);
      await cancelMaintenance(db, editor, { maintenanceId, reason: 'No disks.' }, later(40));
      await expect(extend(400, 50)).rejects.toThrow(/no end to move/);
    });
  });

  test('called off, it stays readable with the reason, and no list of the API has it', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id, slug } = await announced(db, editor);
      await cancelMaintenance(
        db,
        editor,
        { maintenanceId: id, reason: 'The disks did not come.' },
        later(10),
      );
      const shown = await findPublishedMaintenance(db, slug);
      expect(shown).toMatchObject({ state: 'cancelled', endedAt: later(10), dueAt: null, sequence: 1 });
      expect(shown?.updates[0]).toMatchObject({ status: 'cancelled', body: 'The disks did not come.' });
      for (const list of [listNewestMaintenances, listUpcomingMaintenances, listActiveMaintenances]) {
        expect(await list(db)).toEqual([]);
      }
      const again = { maintenanceId: id, reason: 'Again.' };
      await expect(cancelMaintenance(db, editor, again, later(11))).rejects.toThrow(/cancelled already/);
    });
  });

  test('a draft that is put aside never becomes public', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id, slug } = await draftMaintenance(db, editor, plan, later(0));
      await cancelMaintenance(db, editor, { maintenanceId: id, reason: 'Not needed.' }, later(1));
      expect(await findPublishedMaintenance(db, slug)).toBeUndefined();
      expect(await listEndedMaintenances(db, { from: later(0), until: later(999) })).toEqual([]);
    });
  });
});

describe('the components worked on', () => {
  const begin = { status: 'in_progress', body: '' } as const;
  const finish = { status: 'completed', body: '' } as const;

  test('are under maintenance while it lasts, and then what they were', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const { id: maintenanceId } = await announced(db, editor, { componentIds: [componentId] });
      expect(await statusOf(db, componentId)).toBe('operational');
      await postMaintenanceUpdate(db, editor, { maintenanceId, ...begin }, words, later(60));
      expect(await statusOf(db, componentId)).toBe('under_maintenance');
      await postMaintenanceUpdate(db, editor, { maintenanceId, ...finish }, words, later(70));
      expect(await statusOf(db, componentId)).toBe('operational');
      expect(await verifyEvidence(db)).toMatchObject({ ok: true });
    });
  });

  test('stay broken where an incident says so, before, during and after', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const say = async (incidentId: string, status: 'partial_outage' | 'degraded_performance', at: number) =>
        postIncidentUpdate(
          db,
          editor,
          {
            incidentId,
            status: 'investigating',
            body: 'We are looking into it.',
            componentStatuses: [{ componentId, status }],
          },
          later(at),
        );
      const opened = { title: 'Payments fail', nature: 'service', impact: 'major' } as const;
      const incident = await openIncident(db, editor, opened, later(0));
      const { id: maintenanceId } = await announced(db, editor, { componentIds: [componentId] });
      await say(incident.id, 'partial_outage', 1);
      await postMaintenanceUpdate(db, editor, { maintenanceId, ...begin }, words, later(60));
      expect(await statusOf(db, componentId)).toBe('partial_outage');
      await say(incident.id, 'degraded_performance', 65);
      await postMaintenanceUpdate(db, editor, { maintenanceId, ...finish }, words, later(70));
      expect(await statusOf(db, componentId)).toBe('degraded_performance');
    });
  });

  test('stay under maintenance until the last work on them has ended', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const input = { componentIds: [componentId] };
      const [one, other] = [await announced(db, editor, input), await announced(db, editor, input)];
      const post = (maintenanceId: string, what: typeof begin | typeof finish, at: number) =>
        postMaintenanceUpdate(db, editor, { maintenanceId, ...what }, words, later(at));
      await post(one.id, begin, 60);
      await post(other.id, begin, 61);
      await post(one.id, finish, 62);
      expect(await statusOf(db, componentId)).toBe('under_maintenance');
      await cancelMaintenance(db, editor, { maintenanceId: other.id, reason: 'Enough.' }, later(63));
      expect(await statusOf(db, componentId)).toBe('operational');
    });
  });
});
