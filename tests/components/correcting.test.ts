import { eq } from '#db/drizzle.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { componentDays, evidence, impacts } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import {
  addComponent,
  addComponentGroup,
  recordImpact,
  setComponentStatus,
} from '#src/domain/components/commands.ts';
import { correctRecord } from '#src/domain/components/correcting.ts';
import { freezeDays, recountDays } from '#src/domain/components/freezing.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { componentStatuses, type ComponentStatus } from '#src/domain/components/rules.ts';
import { componentsShown } from '#src/domain/components/shown.ts';
import { noSeconds, uptimeOf, worstIn, type Seconds } from '#src/domain/components/uptime.ts';
import { endImpacts, beginImpacts } from '#src/domain/maintenances/impacts.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const MINUTE_MS = 60_000;
const created = new Date('2026-05-07T00:00:00Z');
const today = new Date('2026-05-10T09:00:00Z');
const minute = (n: number) => new Date(created.getTime() + n * MINUTE_MS);
const at = (text: string) => new Date(`2026-05-${text}Z`);

const part = async (db: Database) => (await addComponent(db, operator, { name: 'API' }, created)).id;
const set = (db: Database, componentId: string, status: ComponentStatus, when: Date) =>
  setComponentStatus(db, operator, { componentId, status }, when);
type Span = { from: Date; until: Date; status: ComponentStatus };
const correct = (db: Database, componentId: string, span: Span, now = today) =>
  correctRecord(db, operator, { componentId, ...span, reason: 'It was another one.' }, now);

async function turn(db: Database, now: Date): Promise<void> {
  while ((await freezeDays(db, now)) > 0);
  while ((await recountDays(db, now)) > 0);
}

async function days(db: Database, now = today) {
  const [component] = await componentsShown(db, await listComponents(db), 'UTC', now);
  return component?.history?.days.filter(({ seconds }) => worstIn(seconds) !== null) ?? [];
}

describe('a record that was wrong', () => {
  test('is put right on the page, on finished days and on the one that goes on, and nothing is taken out of the log', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await set(db, id, 'major_outage', at('09T22:00:00'));
      await set(db, id, 'operational', at('10T08:00:00'));
      await turn(db, today);
      const before = await db.select().from(impacts).orderBy(impacts.id);
      expect((await days(db)).map(({ seconds }) => seconds.major)).toEqual([0, 0, 7200, 28_800]);
      await correct(db, id, { from: at('09T22:00:00'), until: at('10T08:00:00'), status: 'operational' });
      await turn(db, today);
      expect((await days(db)).map(({ seconds }) => uptimeOf(seconds))).toEqual([1, 1, 1, 1]);
      const after = await db.select().from(impacts).orderBy(impacts.id);
      expect(after.slice(0, before.length)).toEqual(before);
      const logged = await db.select().from(evidence);
      const corrected = logged.find(({ kind }) => kind === 'component_record_corrected');
      expect(corrected?.details).toMatchObject({
        status: 'operational',
        reason: 'It was another one.',
        before: [{ status: 'major_outage' }, { status: 'major_outage' }],
      });
      expect(logged.find(({ kind }) => kind === 'day_recomputed')?.details).toMatchObject({
        day: '2026-05-09',
        before: { major: 7200 },
        seconds: { major: 0 },
      });
    }));

  test('leaves the status now, and that before and after the span, as they were', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await set(db, id, 'major_outage', at('09T10:00:00'));
      await correct(db, id, { from: at('09T12:00:00'), until: at('09T13:00:00'), status: 'operational' });
      await turn(db, today);
      expect((await listComponents(db))[0]?.status).toBe('major_outage');
      const [row] = await db.select().from(componentDays).where(eq(componentDays.day, '2026-05-09'));
      expect(row).toMatchObject({ majorSeconds: 13 * 3600 });
    }));

  test.each<[string, Span, string]>([
    ['empty', { from: minute(9), until: minute(9), status: 'major_outage' }, 'ends before it begins'],
    ['not over', { from: minute(9), until: at('10T09:01:00'), status: 'major_outage' }, 'what is over'],
    ['as it was told', { from: minute(9), until: minute(10), status: 'operational' }, 'already'],
  ])('cannot be put right for a span that is %s', (_, span, message) =>
    inRollback(store, async (db) => {
      const id = await part(db);
      await expect(correct(db, id, span)).rejects.toThrow(message);
    }),
  );

  test('is a component’s, and an editor’s to put right', () =>
    inRollback(store, async (db) => {
      const { id } = await addComponentGroup(db, operator, { name: 'Group' }, created);
      const span: Span = { from: minute(1), until: minute(2), status: 'major_outage' };
      await expect(correct(db, id, span)).rejects.toThrow('is a group');
    }));

  test('of a time with maintenance in it does not keep the maintenance from ending', () =>
    inRollback(store, async (db) => {
      const id = await part(db);
      const cause = { maintenanceId: 'maintenance1', updateId: 'update000001', actor: operator };
      await beginImpacts(db, [id], cause, at('09T10:00:00'));
      const span = { from: at('09T11:00:00'), until: at('09T12:00:00') };
      await correct(db, id, { ...span, status: 'partial_outage' });
      expect((await listComponents(db))[0]?.status).toBe('under_maintenance');
      await endImpacts(db, [id], { ...cause, updateId: 'update000002' }, at('10T08:00:00'));
      expect((await listComponents(db))[0]?.status).toBe('operational');
    }));

  const anyStatus = fc.constantFrom(...componentStatuses);
  const last = (today.getTime() - created.getTime()) / MINUTE_MS - 1;
  const anyMinute = fc.integer({ min: 1, max: last });
  const told = fc.record({ kind: fc.constant('told' as const), at: anyMinute, status: anyStatus });
  const corrected = fc
    .record({ kind: fc.constant('corrected' as const), at: anyMinute, other: anyMinute, status: anyStatus })
    .filter((each) => each.at !== each.other);
  const night = fc.constant({ kind: 'night' as const });

  test('counts like minutes painted over one another, whatever was told and corrected in whatever order', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(told, corrected, night), { maxLength: 14 }), (steps) =>
        inRollback(store, async (db) => {
          const id = await part(db);
          const painted: ComponentStatus[] = Array.from({ length: last + 1 }, () => 'operational');
          const edges = new Set<number>();
          const paint = (from: number, until: number, status: ComponentStatus) =>
            painted.fill(status, from, until);
          for (const step of steps) {
            if (step.kind === 'night') {
              await turn(db, today);
            } else if (step.kind === 'told') {
              const next = Math.min(...[...edges].filter((edge) => edge > step.at), last + 1);
              paint(step.at, next, step.status);
              edges.add(step.at);
              const { status } = step;
              const entry = { componentId: id, status, incidentUpdateId: 'an-update' };
              await recordImpact(db, operator, entry, minute(step.at), today);
            } else {
              const [from = 0, until = 0] = [step.at, step.other].toSorted((a, b) => a - b);
              const says = painted.slice(from, until);
              const span = { from: minute(from), until: minute(until), status: step.status };
              const within = [...edges].some((edge) => edge >= from && edge < until);
              if (!within && says.every((status) => status === step.status)) continue;
              const done = await correct(db, id, span).then(
                () => true,
                () => false,
              );
              if (!done) {
                expect(new Set(says)).toEqual(new Set([step.status]));
                continue;
              }
              paint(from, until, step.status);
              edges.add(from).add(until);
            }
          }
          await turn(db, today);
          const counts = new Map<string, Seconds>();
          for (const [index, status] of painted.entries()) {
            const day = minute(index).toISOString().slice(0, 10);
            const count = counts.get(day) ?? { ...noSeconds };
            counts.set(day, count);
            if (status === 'major_outage') count.major += 60;
            if (status === 'partial_outage') count.partial += 60;
            if (status === 'degraded_performance') count.degraded += 60;
            if (status === 'under_maintenance') count.maintenance += 60;
            else count.counted += 60;
          }
          const found = (await days(db)).map(({ day, seconds }) => [day, seconds]);
          expect(Object.fromEntries(found)).toEqual(Object.fromEntries(counts));
        }),
      ),
      { numRuns: 40 },
    ));
});
