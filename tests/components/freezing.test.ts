import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { componentDays, evidence, pressVersions } from '#db/schema/index.ts';
import { editComponent, restoreComponent, retireComponent } from '#src/domain/components/arranging.ts';
import {
  addComponent,
  addComponentGroup,
  recordImpact,
  setComponentStatus,
} from '#src/domain/components/commands.ts';
import { freezeDays, recountDays, touchWhileWrong } from '#src/domain/components/freezing.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import type { ComponentStatus } from '#src/domain/components/rules.ts';
import { componentsShown, type ComponentShown } from '#src/domain/components/shown.ts';
import { uptimeOf, worstIn } from '#src/domain/components/uptime.ts';
import { operator } from '#src/domain/actors.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { statementsOf } from '#tests/support/statements.ts';

const store = await testStore();
const at = (text: string) => new Date(`2026-${text}Z`);
const created = at('05-01T12:00:00');
const today = at('05-11T09:00:00');

const part = async (db: Database, more = {}) =>
  (await addComponent(db, operator, { name: 'API', ...more }, created)).id;
const set = (db: Database, componentId: string, status: ComponentStatus, when: Date) =>
  setComponentStatus(db, operator, { componentId, status }, when);
const tell = (db: Database, componentId: string, status: ComponentStatus, when: Date, now = today) =>
  recordImpact(db, operator, { componentId, status, incidentUpdateId: 'an-update' }, when, now);

/** As the worker does: until nothing is left. */
async function turn(db: Database, now: Date): Promise<{ frozen: number; recounted: number }> {
  const counts = { frozen: 0, recounted: 0 };
  for (let n = await freezeDays(db, now); n > 0; n = await freezeDays(db, now)) counts.frozen += n;
  for (let n = await recountDays(db, now); n > 0; n = await recountDays(db, now)) counts.recounted += n;
  return counts;
}

const rows = (db: Database) => db.select().from(componentDays).orderBy(componentDays.day);
const shown = async (db: Database, now: Date, timeZone = 'UTC') =>
  componentsShown(db, await listComponents(db), timeZone, now);
const worst = ({ history }: Pick<ComponentShown, 'history'>, last: number) =>
  history?.days.slice(-last).map(({ seconds }) => worstIn(seconds));
const version = async (db: Database) =>
  (await db.select().from(pressVersions).where(eq(pressVersions.dependency, 'components')))[0]?.version ?? 0;

describe('finished days', () => {
  test('are frozen once, with what was in them', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await set(db, id, 'major_outage', at('05-02T23:00:00'));
      await set(db, id, 'partial_outage', at('05-03T01:00:00'));
      await set(db, id, 'operational', at('05-03T02:30:00'));
      expect(await turn(db, at('05-04T12:00:00'))).toEqual({ frozen: 3, recounted: 0 });
      expect(await rows(db)).toMatchObject([
        { day: '2026-05-01', majorSeconds: 0, countedSeconds: 43_200 },
        { day: '2026-05-02', majorSeconds: 3600, partialSeconds: 0, countedSeconds: 86_400 },
        { day: '2026-05-03', majorSeconds: 3600, partialSeconds: 5400, countedSeconds: 86_400 },
      ]);
    }));

  test('stay as they are when it is done again, by whomever', () =>
    inRollback(store, async (db) => {
      await part(db);
      await turn(db, today);
      const before = await rows(db);
      const versionBefore = await version(db);
      expect(await turn(db, today)).toEqual({ frozen: 0, recounted: 0 });
      expect(await rows(db)).toEqual(before);
      expect(await version(db)).toBe(versionBefore);
    }));

  test('are caught up with after a pause as if there had been none', () =>
    inRollback(store, async (db) => {
      const [steady, paused] = [await part(db), await part(db)];
      for (const id of [steady, paused]) {
        await set(db, id, 'degraded_performance', at('05-03T10:00:00'));
        await set(db, id, 'operational', at('05-08T11:00:00'));
      }
      await retireComponent(db, operator, paused, at('05-01T13:00:00'));
      for (let day = 2; day <= 11; day += 1)
        await turn(db, at(`05-${String(day).padStart(2, '0')}T00:05:00`));
      await restoreComponent(db, operator, paused, today);
      await turn(db, today);
      const counted = (await rows(db)).map(({ componentId, frozenAt: _, ...row }) => ({ componentId, row }));
      const of = (id: string) =>
        counted.filter(({ componentId }) => componentId === id).map(({ row }) => row);
      expect(of(steady)).toHaveLength(10);
      expect(of(paused)).toEqual(of(steady));
    }));

  test('follow the zone of the site, on the day of 23 hours too', () =>
    inRollback(store, async (db) => {
      await editSite(db, operator, { ...(await getSite(db)), timeZone: 'Europe/Madrid' }, created);
      await addComponent(db, operator, { name: 'API' }, at('03-27T23:00:00'));
      await turn(db, at('03-31T12:00:00'));
      expect((await rows(db)).map(({ day, countedSeconds }) => [day, countedSeconds / 3600])).toEqual([
        ['2026-03-28', 24],
        ['2026-03-29', 23],
        ['2026-03-30', 24],
      ]);
    }));

  test('raise the version of the page, so that its bars move on at midnight', () =>
    inRollback(store, async (db) => {
      await part(db);
      await turn(db, at('05-03T00:10:00'));
      const before = await version(db);
      await turn(db, at('05-04T00:10:00'));
      expect(await version(db)).toBeGreaterThan(before);
    }));
});

describe('what is told afterwards', () => {
  test('has the days it belongs to counted again, and nothing else; the log keeps what stood there', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await turn(db, today);
      const before = await rows(db);
      await tell(db, id, 'major_outage', at('05-04T23:30:00'));
      await tell(db, id, 'operational', at('05-05T00:30:00'));
      await turn(db, today);
      const after = await rows(db);
      const changed = after.filter((row, index) => row.majorSeconds !== before[index]?.majorSeconds);
      expect(changed.map(({ day, majorSeconds }) => [day, majorSeconds])).toEqual([
        ['2026-05-04', 1800],
        ['2026-05-05', 1800],
      ]);
      expect(after.filter(({ outdated }) => outdated)).toEqual([]);
      const logged = await db.select().from(evidence).where(eq(evidence.kind, 'day_recomputed'));
      expect(logged.map(({ subject, details }) => [subject, details['day']])).toEqual([
        [`component:${id}`, '2026-05-04'],
        [`component:${id}`, '2026-05-05'],
      ]);
      expect(logged[0]?.details).toMatchObject({ before: { major: 0 }, seconds: { major: 1800 } });
    }));

  test('ends where the log knew of something else already', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await set(db, id, 'degraded_performance', at('05-05T06:00:00'));
      await turn(db, today);
      await tell(db, id, 'partial_outage', at('05-05T00:00:00'));
      await turn(db, today);
      const day = (await rows(db)).find((row) => row.day === '2026-05-05');
      expect(day).toMatchObject({ partialSeconds: 6 * 3600, degradedSeconds: 18 * 3600 });
      expect((await rows(db)).filter(({ partialSeconds }) => partialSeconds > 0)).toHaveLength(1);
    }));
});

describe('what a reader sees', () => {
  test('is the same before and after the night’s count', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await turn(db, at('05-10T12:00:00'));
      await set(db, id, 'major_outage', at('05-10T20:00:00'));
      await set(db, id, 'operational', at('05-11T01:00:00'));
      const before = await shown(db, today);
      await turn(db, today);
      const after = await shown(db, today);
      expect(before[0] && worst(before[0], 3)).toEqual(['operational', 'major_outage', 'major_outage']);
      expect(after).toEqual(before);
      expect(after[0]?.history?.total).toMatchObject({ major: 5 * 3600, counted: 9 * 86_400 + 21 * 3600 });
    }));

  test('begins when the component did, or on the day that was given', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await turn(db, today);
      const edit = { componentId: id, name: 'API', description: '', groupId: null };
      const known = async () =>
        (await shown(db, today))[0]?.history?.days
          .filter(({ seconds }) => seconds.counted > 0)
          .map(({ day }) => day);
      expect((await known())?.at(0)).toBe('2026-05-01');
      await editComponent(db, operator, { ...edit, startDate: '2026-05-06' }, today);
      expect((await known())?.at(0)).toBe('2026-05-06');
      await editComponent(db, operator, { ...edit, startDate: '2026-04-01' }, today);
      await turn(db, today);
      expect((await known())?.at(0)).toBe('2026-04-01');
    }));

  test('leaves out what shows itself only when something is wrong, but counts it for its group', () =>
    inRollback(store, async (db) => {
      const { id: groupId } = await addComponentGroup(db, operator, { name: 'Trading' }, created);
      const quiet = await part(db, { groupId, onlyShowIfDegraded: true });
      expect(await shown(db, today)).toEqual([]);
      await part(db, { groupId, name: 'Engine', showcase: false });
      await set(db, quiet, 'major_outage', at('05-11T08:00:00'));
      const [whole] = await shown(db, today);
      expect(whole?.children.map(({ name, history }) => [name, history !== null])).toEqual([
        ['API', true],
        ['Engine', false],
      ]);
      await set(db, quiet, 'operational', at('05-11T08:30:00'));
      const [group] = await shown(db, today);
      expect(group?.children.map(({ name }) => name)).toEqual(['Engine']);
      expect(group && worst(group, 1)).toEqual(['major_outage']);
    }));

  test('has an outage in it in the instant that it is told, as a bar and in the figure', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await turn(db, today);
      for (const status of ['major_outage', 'under_maintenance', 'partial_outage'] as const) {
        await set(db, id, status, today);
        const [now] = await shown(db, today);
        expect(now && worst(now, 1)).toEqual([status]);
        const share = now?.history && uptimeOf(now.history.total);
        expect(share === 1).toBe(status === 'under_maintenance');
      }
      await set(db, id, 'operational', at('05-11T09:10:00'));
      const [later] = await shown(db, at('05-11T09:10:00'));
      expect(later?.history?.total).toMatchObject({ major: 0, partial: 600 });
    }));

  test('is drawn at midnight, too, before the day has a second', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await set(db, id, 'degraded_performance', at('05-10T12:00:00'));
      const [now] = await shown(db, at('05-11T00:00:00'));
      expect(now && worst(now, 2)).toEqual(['degraded_performance', 'degraded_performance']);
    }));

  test('changes a minute after something went wrong and then every ten, though nothing is told', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      let touchedAt = created;
      const minutesOf = async (minutes: number) => {
        const moments = [];
        for (let second = 0; second <= minutes * 60; second += 10) {
          const now = new Date(today.getTime() + second * 1000);
          if (!(await touchWhileWrong(db, touchedAt, now))) continue;
          touchedAt = now;
          moments.push(second / 60);
        }
        return moments;
      };
      expect(await minutesOf(3)).toEqual([]);
      for (const status of ['degraded_performance', 'under_maintenance', 'major_outage'] as const) {
        touchedAt = created;
        await set(db, id, status, today);
        const before = await version(db);
        expect(await minutesOf(25)).toEqual([1, 11, 21]);
        expect(await version(db)).toBe(before + 3);
      }
    }));

  test('costs as many queries with a long log as with a short one, and reads only what is not frozen', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      for (let hour = 0; hour < 200; hour += 1) {
        const status = hour % 2 === 0 ? 'degraded_performance' : 'operational';
        await set(db, id, status, new Date(created.getTime() + hour * 3_600_000));
      }
      await turn(db, today);
      const all = await listComponents(db);
      const queries = await statementsOf(() => componentsShown(db, all, 'UTC', today));
      expect(queries).toHaveLength(2);
      expect(queries.join(' ')).toContain('"impacts"."starts_at" >');
    }));
});
