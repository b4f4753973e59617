import { and, asc, eq, gt, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenanceComponents, maintenances, maintenanceSeries } from '#db/schema/index.ts';
import { parseLocalMoment } from '#src/text/dates.ts';
import { newId } from '#src/text/ids.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { lockComponents } from '../components/commands.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { wakeWorker } from '../wake.ts';
import { editLocked } from './commands.ts';
import type { EditSeries, PlanSeries } from './input.ts';
import { announceOccurrences, LOOK_AHEAD_MS } from './occurrences.ts';
import { assertComponents, assertLasting } from './planned.ts';
import type { MaintenanceInFull } from './queries.ts';
import { checkedRecurrence, occurrencesBetween, type Occurrence } from './recurrence.ts';
import { lockedSeries, type MaintenanceSeries } from './series-queries.ts';
import { addEntry, lockedMaintenance } from './timeline.ts';
import type { MaintenanceWords } from './words.ts';

const MINUTE_MS = 60_000;

/**
 * Plans work that repeats. Its occurrences of the next 90 days are announced at once, each a maintenance of its own; the worker
 * adds the later ones in time.
 *
 * @throws DomainError `invalid` when the rule cannot be lived by; `forbidden`.
 */
export async function scheduleSeries(
  db: Database,
  actor: Actor,
  input: PlanSeries,
  now: Date,
): Promise<{ id: string; announced: number }> {
  assertRole(actor, 'editor');
  const recurrence = checkedRecurrence(input, input.durationMinutes);
  const first = parseLocalMoment(recurrence.startsAt, recurrence.timeZone) ?? now;
  if (first <= now)
    throw new DomainError('invalid', 'The first time is over. Give one that is still to come.');
  return db.transaction(async (tx) => {
    await assertSeriesPlannable(tx, input);
    const row = {
      id: newId(),
      ...planOf(input),
      ...recurrence,
      remindersApprovedBy: null,
      authorId: actorId(actor),
      knownUntil: now,
      createdAt: now,
      updatedAt: now,
      cancelledAt: null,
    };
    await tx.insert(maintenanceSeries).values(row);
    const announced = await announceOccurrences(tx, row, now, now);
    const details = { rule: row.rule, startsAt: row.startsAt, timeZone: row.timeZone, announced };
    const entry = { subject: `maintenance_series:${row.id}`, actor, details };
    await appendEvidence(tx, { kind: 'maintenance_series_scheduled', ...entry }, now);
    await wakeWorker(tx);
    return { id: row.id, announced };
  });
}

/**
 * Changes what is still to come: occurrences that have not begun take the new plan, days that are no longer in it are called
 * off, new ones are announced. Those that somebody has changed by themselves stay as they are.
 *
 * @throws DomainError `conflict` when the series was called off; `invalid`; `forbidden`.
 */
export async function editSeries(
  db: Database,
  actor: Actor,
  input: EditSeries,
  words: MaintenanceWords,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  const recurrence = checkedRecurrence(input, input.durationMinutes);
  await db.transaction(async (tx) => {
    const before = await lockedSeries(tx, input.seriesId);
    if (before.cancelledAt) throw isCalledOff();
    await assertSeriesPlannable(tx, input);
    const after = { ...before, ...planOf(input), ...recurrence, remindersApprovedBy: null, updatedAt: now };
    const { id, ...columns } = after;
    await tx.update(maintenanceSeries).set(columns).where(eq(maintenanceSeries.id, id));
    const changed = await editOccurrences(tx, actor, before, after, words, now);
    const announced = await announceOccurrences(tx, after, now, now);
    const details = { rule: after.rule, startsAt: after.startsAt, ...changed, announced };
    const entry = { subject: `maintenance_series:${id}`, actor, details };
    await appendEvidence(tx, { kind: 'maintenance_series_edited', ...entry }, now);
    await wakeWorker(tx);
  });
}

async function editOccurrences(
  tx: Database,
  actor: Actor,
  before: MaintenanceSeries,
  after: MaintenanceSeries,
  words: MaintenanceWords,
  now: Date,
): Promise<{ edited: number; dropped: number }> {
  const planned = byDay(occurrencesAhead(after, now));
  const were = byDay(occurrencesAhead(before, now));
  const counts = { edited: 0, dropped: 0 };
  for (const id of await lockAhead(tx, before.id, now)) {
    const maintenance = await lockedMaintenance(tx, id);
    const day = maintenance.occurrence ?? '';
    if (differs(maintenance, before, were.get(day))) continue;
    const at = planned.get(day);
    if (!at) {
      await addEntry(tx, maintenance, { status: 'cancelled', body: words.dropped, actor }, now);
      counts.dropped += 1;
    } else if (differs(maintenance, after, at)) {
      const scheduledUntil = new Date(at.getTime() + after.durationMinutes * MINUTE_MS);
      await editLocked(tx, actor, maintenance, { ...after, scheduledFor: at, scheduledUntil }, words, now);
      counts.edited += 1;
    }
  }
  return counts;
}

/** Does it differ from what the series gives it? */
function differs(maintenance: MaintenanceInFull, series: MaintenanceSeries, at: Date | undefined): boolean {
  const asSeries =
    at?.getTime() === maintenance.scheduledFor.getTime() &&
    maintenance.scheduledUntil.getTime() === at.getTime() + series.durationMinutes * MINUTE_MS &&
    maintenance.title === series.title &&
    maintenance.description === series.description &&
    String([...maintenance.componentIds].sort()) === String([...series.componentIds].sort()) &&
    String(maintenance.reminderMinutes) === String(series.reminderMinutes);
  return !asSeries;
}

/** Calls off everything of it that has not begun, and whatever would come after. @throws DomainError */
export async function cancelSeries(
  db: Database,
  actor: Actor,
  input: { seriesId: string; reason: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const series = await lockedSeries(tx, input.seriesId);
    if (series.cancelledAt) throw isCalledOff();
    await refuseUnfitText(tx, [input.reason], null);
    const ahead = await lockAhead(tx, series.id, now);
    for (const id of ahead) {
      const maintenance = await lockedMaintenance(tx, id);
      await addEntry(tx, maintenance, { status: 'cancelled', body: input.reason, actor }, now);
    }
    await tx
      .update(maintenanceSeries)
      .set({ cancelledAt: now, updatedAt: now, knownUntil: null })
      .where(eq(maintenanceSeries.id, series.id));
    const entry = { subject: `maintenance_series:${series.id}`, actor, details: { cancelled: ahead.length } };
    await appendEvidence(tx, { kind: 'maintenance_series_cancelled', ...entry }, now);
  });
}

async function assertSeriesPlannable(tx: Database, input: PlanSeries): Promise<void> {
  assertLasting(input.durationMinutes);
  await refuseUnfitText(tx, [input.title, input.description], null);
  await assertComponents(tx, input.componentIds);
}

function planOf({ title, description, durationMinutes, componentIds, reminderMinutes }: PlanSeries) {
  return {
    title,
    description,
    durationMinutes,
    componentIds: [...new Set(componentIds)],
    reminderMinutes: [...reminderMinutes],
  };
}

function occurrencesAhead(series: MaintenanceSeries, now: Date): Occurrence[] {
  return occurrencesBetween(series, now, new Date(now.getTime() + LOOK_AHEAD_MS));
}

function byDay(occurrences: readonly Occurrence[]): ReadonlyMap<string, Date> {
  return new Map(occurrences.map(({ day, at }) => [day, at]));
}

/**
 * Announced and not begun, all locked with their components before anything else is: whoever has one of them in hand may wait for
 * what is written next.
 */
async function lockAhead(tx: Database, seriesId: string, now: Date): Promise<readonly string[]> {
  const rows = await tx
    .select({ id: maintenances.id })
    .from(maintenances)
    .where(
      and(
        eq(maintenances.seriesId, seriesId),
        eq(maintenances.state, 'scheduled'),
        gt(maintenances.scheduledFor, now),
      ),
    )
    .orderBy(asc(maintenances.scheduledFor), asc(maintenances.id))
    .for('update');
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return ids;
  const parts = await tx
    .selectDistinct({ id: maintenanceComponents.componentId })
    .from(maintenanceComponents)
    .where(inArray(maintenanceComponents.maintenanceId, ids));
  await lockComponents(
    tx,
    parts.map(({ id }) => id),
  );
  return ids;
}

function isCalledOff(): DomainError {
  return new DomainError('conflict', 'This series was called off. Plan a new one.');
}
