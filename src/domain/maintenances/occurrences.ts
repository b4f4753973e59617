import { and, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  maintenanceComponents,
  maintenances,
  maintenanceSeries,
  maintenanceUpdates,
} from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { touch } from '../editions.ts';
import { freeSlugs, occurrenceSlug } from './planned.ts';
import { isExhausted, occurrencesBetween, type Occurrence } from './recurrence.ts';
import { dueAt } from './rules.ts';
import type { MaintenanceSeries } from './series-queries.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** How far ahead the occurrences of a series are announced. */
export const LOOK_AHEAD_MS = 90 * DAY_MS;

/** A new horizon is worth the work once it is this much further. */
export const HORIZON_STEP_MS = DAY_MS;

/**
 * Announces the occurrences of a locked series from `from` to the horizon, those that there are already left alone.
 *
 * @returns how many are new.
 */
export async function announceOccurrences(
  tx: Database,
  series: MaintenanceSeries,
  from: Date,
  now: Date,
): Promise<number> {
  const horizon = new Date(now.getTime() + LOOK_AHEAD_MS);
  const fresh = await withoutKnown(tx, series.id, occurrencesBetween(series, from, horizon));
  const rows = await freeSlugs(
    tx,
    fresh.map(({ day, at }) => rowOf(series, day, at, now)),
  );
  const knownUntil = isExhausted(series, horizon) ? null : horizon;
  await tx.update(maintenanceSeries).set({ knownUntil }).where(eq(maintenanceSeries.id, series.id));
  if (rows.length === 0) return 0;
  await tx.insert(maintenances).values(rows);
  await tx.insert(maintenanceUpdates).values(
    rows.map(({ id, description }) => ({
      id: newId(),
      maintenanceId: id,
      status: 'scheduled' as const,
      body: description,
      authorId: series.authorId,
      displayAt: now,
      createdAt: now,
    })),
  );
  const parts = rows.flatMap(({ id: maintenanceId }) =>
    series.componentIds.map((componentId) => ({ maintenanceId, componentId })),
  );
  if (parts.length > 0) await tx.insert(maintenanceComponents).values(parts);
  await touch(tx, ['maintenances', ...rows.map(({ slug }) => `maintenance:${slug}` as const)]);
  return rows.length;
}

function rowOf(series: MaintenanceSeries, day: string, at: Date, now: Date) {
  const { title, description, reminderMinutes, remindersApprovedBy, authorId } = series;
  const planned = {
    state: 'scheduled' as const,
    scheduledFor: at,
    scheduledUntil: new Date(at.getTime() + series.durationMinutes * MINUTE_MS),
    reminderMinutes,
    remindedAt: now,
  };
  return {
    id: newId(),
    slug: occurrenceSlug(title, day),
    title,
    description,
    ...planned,
    dueAt: dueAt(planned),
    remindersApprovedBy,
    authorId,
    seriesId: series.id,
    occurrence: day,
    publishedAt: now,
    createdAt: now,
    updatedAt: now,
  };
}

async function withoutKnown(
  tx: Database,
  seriesId: string,
  occurrences: readonly Occurrence[],
): Promise<Occurrence[]> {
  if (occurrences.length === 0) return [];
  const rows = await tx
    .select({ occurrence: maintenances.occurrence })
    .from(maintenances)
    .where(
      and(
        eq(maintenances.seriesId, seriesId),
        inArray(
          maintenances.occurrence,
          occurrences.map(({ day }) => day),
        ),
      ),
    );
  const known = new Set(rows.map(({ occurrence }) => occurrence));
  return occurrences.filter(({ day }) => !known.has(day));
}
