import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { editMaintenance } from '#src/domain/maintenances/commands.ts';
import { cancelMaintenance, postMaintenanceUpdate } from '#src/domain/maintenances/timeline-commands.ts';
import {
  getMaintenance,
  listNextMaintenances,
  listOccurrences,
  listUpcomingMaintenances,
} from '#src/domain/maintenances/queries.ts';
import { cancelSeries, editSeries, scheduleSeries } from '#src/domain/maintenances/series.ts';
import { getSeries } from '#src/domain/maintenances/series-queries.ts';
import { desk, evidenceKinds, later, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { nightly, part, words, workAt } from './support.ts';

const store = await testStore();
const keys = testKeys();
const DAY_MS = 86_400_000;
const days = (count: number) => new Date(now.getTime() + count * DAY_MS);
const weekly = { ...nightly, rule: 'FREQ=WEEKLY' };

async function daysOf(db: Database, seriesId: string, state = 'scheduled'): Promise<(string | null)[]> {
  const all = await listOccurrences(db, seriesId);
  return all.filter((each) => each.state === state).map(({ occurrence }) => occurrence);
}

describe('a series', () => {
  test('is announced for the next 90 days, each occurrence a maintenance of its own', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const { id, announced } = await scheduleSeries(
        db,
        editor,
        { ...weekly, componentIds: [componentId] },
        now,
      );
      const all = await listOccurrences(db, id);
      expect([announced, all.length]).toEqual([11, 11]);
      expect(all[0]).toMatchObject({
        slug: 'nightly-copies-2019-11-24',
        state: 'scheduled',
        scheduledFor: new Date('2019-11-24T01:00:00Z'),
        scheduledUntil: new Date('2019-11-24T02:00:00Z'),
        dueAt: new Date('2019-11-24T01:00:00Z'),
        publishedAt: now,
      });
      const [next] = await listUpcomingMaintenances(db);
      expect((await listNextMaintenances(db, 5)).map(({ slug }) => slug)).toEqual([next?.slug]);
      expect(next?.componentIds).toEqual([componentId]);
      expect(next?.updates.map(({ body }) => body)).toEqual([weekly.description]);
      expect(await evidenceKinds(db)).toContain('maintenance_series_scheduled');
    });
  });

  test('grows by itself as time goes on, by every day once, and stops at its end', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const rule = 'FREQ=WEEKLY;UNTIL=20200330';
      const { id } = await scheduleSeries(db, editor, { ...weekly, rule }, now);
      expect(await workAt(db, keys, later(10))).toBe(0);
      await workAt(db, keys, days(30));
      expect((await listOccurrences(db, id)).length).toBe(15);
      await workAt(db, keys, days(30));
      expect((await listOccurrences(db, id)).length).toBe(15);
      await workAt(db, keys, days(100));
      const all = await listOccurrences(db, id);
      // On 29 March the clocks of Madrid go from two to three: that night has no two o'clock.
      expect([all.length, all.at(-1)?.occurrence]).toEqual([18, '2020-03-22']);
      expect((await getSeries(db, id)).knownUntil).toBeNull();
      await workAt(db, keys, days(300));
      expect((await listOccurrences(db, id)).length).toBe(18);
    });
  });

  test('one occurrence is called off, and the others stay', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await scheduleSeries(db, editor, weekly, now);
      const [, second] = await listOccurrences(db, id);
      await cancelMaintenance(db, editor, { maintenanceId: second?.id ?? '', reason: 'Holiday.' }, later(1));
      await workAt(db, keys, days(5));
      expect(await daysOf(db, id, 'cancelled')).toEqual(['2019-12-01']);
      expect((await daysOf(db, id)).slice(0, 2)).toEqual(['2019-11-24', '2019-12-08']);
    });
  });

  test('changed, it changes what is still to come, and nothing that was changed by itself', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await scheduleSeries(db, editor, weekly, now);
      const [first, second, third] = await listOccurrences(db, id);
      await workAt(db, keys, new Date('2019-11-24T01:30:00Z'));
      const own = {
        ...weekly,
        maintenanceId: second?.id ?? '',
        title: 'Copies, once by hand',
        scheduledFor: new Date('2019-12-01T05:00:00Z'),
        scheduledUntil: new Date('2019-12-01T06:00:00Z'),
      };
      const at = new Date('2019-11-24T01:40:00Z');
      await editMaintenance(db, editor, own, words, at);
      const edit = { ...weekly, seriesId: id, title: 'Weekly copies', startsAt: '2019-11-24T03:00' };
      await editSeries(db, editor, edit, words, at);
      expect(await getMaintenance(db, first?.id ?? '')).toMatchObject({
        title: 'Nightly copies',
        state: 'in_progress',
      });
      expect(await getMaintenance(db, second?.id ?? '')).toMatchObject({
        title: 'Copies, once by hand',
        sequence: 1,
      });
      const changed = await getMaintenance(db, third?.id ?? '');
      expect(changed).toMatchObject({
        title: 'Weekly copies',
        slug: third?.slug,
        scheduledFor: new Date('2019-12-08T02:00:00Z'),
        sequence: 1,
      });
      expect(changed.updates[0]?.body).toContain('has been moved');
      expect(await verifyEvidence(db)).toMatchObject({ ok: true });
    });
  });

  test('a new rule calls off the days that it leaves out, and announces those it brings', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await scheduleSeries(db, editor, weekly, now);
      const rule = 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU';
      await editSeries(db, editor, { ...weekly, seriesId: id, rule }, words, later(1));
      expect((await daysOf(db, id)).slice(0, 4)).toEqual([
        '2019-11-24',
        '2019-11-25',
        '2019-12-08',
        '2019-12-09',
      ]);
      expect((await daysOf(db, id, 'cancelled')).slice(0, 2)).toEqual(['2019-12-01', '2019-12-15']);
      const dropped = (await listOccurrences(db, id)).find(({ occurrence }) => occurrence === '2019-12-01');
      expect((await getMaintenance(db, dropped?.id ?? '')).updates[0]?.body).toBe(words.dropped);
    });
  });

  test('called off, it takes with it what has not begun, and grows no more', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await scheduleSeries(db, editor, weekly, now);
      await workAt(db, keys, new Date('2019-11-24T01:30:00Z'));
      const cancel = { seriesId: id, reason: 'We copy all the time now.' };
      const at = new Date('2019-11-24T01:40:00Z');
      await cancelSeries(db, editor, cancel, at);
      await workAt(db, keys, days(60));
      expect(await daysOf(db, id)).toEqual([]);
      expect(await daysOf(db, id, 'completed')).toEqual(['2019-11-24']);
      expect((await daysOf(db, id, 'cancelled')).length).toBe(12);
      await expect(cancelSeries(db, editor, cancel, at)).rejects.toThrow(/called off/);
      await expect(editSeries(db, editor, { ...weekly, seriesId: id }, words, at)).rejects.toThrow(
        /called off/,
      );
    });
  });

  test('one of its occurrences begins and ends by hand like any other', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await scheduleSeries(db, editor, weekly, now);
      const [first] = await listOccurrences(db, id);
      const post = { maintenanceId: first?.id ?? '', status: 'in_progress', body: '' } as const;
      await postMaintenanceUpdate(db, editor, post, words, later(5));
      await workAt(db, keys, later(65));
      expect(await daysOf(db, id, 'completed')).toEqual(['2019-11-24']);
      await workAt(db, keys, days(40));
      expect(
        (await listOccurrences(db, id)).filter(({ occurrence }) => occurrence === '2019-11-24'),
      ).toHaveLength(1);
    });
  });

  test('a viewer plans none, and none begins in the past', async () => {
    await inRollback(store, async (db) => {
      const { viewer, editor } = await desk(db);
      await expect(scheduleSeries(db, viewer, weekly, now)).rejects.toThrow(/needs the role editor/);
      const past = { ...weekly, startsAt: '2019-11-03T02:00' };
      await expect(scheduleSeries(db, editor, past, now)).rejects.toThrow(/still to come/);
    });
  });

  test('every night of 90 is announced within a second', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const startedAt = performance.now();
      const { announced } = await scheduleSeries(db, editor, nightly, now);
      expect(announced).toBeGreaterThan(65);
      expect(performance.now() - startedAt).toBeLessThan(3000);
    });
  });
});
