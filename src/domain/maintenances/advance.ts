import { and, asc, eq, isNull, lte } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenances, maintenanceSeries } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { appendEvidence } from '../evidence/commands.ts';
import type { Letterhead } from '../letters/rules.ts';
import { announceOccurrences, HORIZON_STEP_MS, LOOK_AHEAD_MS } from './occurrences.ts';
import { getMaintenance, type MaintenanceInFull } from './queries.ts';
import { remind } from './reminders.ts';
import { dueAt, dueStep } from './rules.ts';
import { getSeries } from './series-queries.ts';
import { addEntry } from './timeline.ts';
import type { MaintenanceWords } from './words.ts';

export type Reminding = { keys: KeyStore; letterhead: Letterhead };

/**
 * Does the one thing that is due longest: a reminder, a start or an end, in one transaction with everything that follows from it.
 * After a pause they come in the order of their times. Several may run at once: what one has in hand the others leave alone.
 *
 * @returns whether there was anything to do.
 */
export async function advanceMaintenances(
  db: Database,
  { keys, letterhead }: Reminding,
  words: MaintenanceWords,
  now: Date,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [due] = await tx
      .select({ id: maintenances.id })
      .from(maintenances)
      .where(lte(maintenances.dueAt, now))
      .orderBy(asc(maintenances.dueAt), asc(maintenances.id))
      .limit(1)
      .for('update', { skipLocked: true });
    if (!due) return false;
    const maintenance = await getMaintenance(tx, due.id);
    const step = dueStep(maintenance, now);
    if (step === 'remind') await remind(tx, keys, letterhead, maintenance, words, now);
    else if (step === 'start') await start(tx, maintenance, words, now);
    else if (step === 'end') await end(tx, maintenance, words, now);
    else await correctDueAt(tx, maintenance);
    return true;
  });
}

async function start(tx: Database, maintenance: MaintenanceInFull, words: MaintenanceWords, now: Date) {
  await addEntry(tx, maintenance, { status: 'in_progress', body: words.started, actor: 'worker' }, now);
}

async function end(tx: Database, maintenance: MaintenanceInFull, words: MaintenanceWords, now: Date) {
  await addEntry(tx, maintenance, { status: 'completed', body: words.completed, actor: 'worker' }, now);
}

/** Nothing is due after all: it must not be looked at for ever. */
async function correctDueAt(tx: Database, maintenance: MaintenanceInFull): Promise<void> {
  await tx
    .update(maintenances)
    .set({ dueAt: dueAt(maintenance) })
    .where(eq(maintenances.id, maintenance.id));
}

/** Announces what has come within 90 days, for one series. @returns whether there was one to look at. */
export async function extendSeries(db: Database, now: Date): Promise<boolean> {
  const stale = new Date(now.getTime() + LOOK_AHEAD_MS - HORIZON_STEP_MS);
  return db.transaction(async (tx) => {
    const [due] = await tx
      .select({ id: maintenanceSeries.id })
      .from(maintenanceSeries)
      .where(and(isNull(maintenanceSeries.cancelledAt), lte(maintenanceSeries.knownUntil, stale)))
      .orderBy(asc(maintenanceSeries.knownUntil), asc(maintenanceSeries.id))
      .limit(1)
      .for('update', { skipLocked: true });
    if (!due) return false;
    const series = await getSeries(tx, due.id);
    const announced = await announceOccurrences(tx, series, now, now);
    if (announced > 0) {
      const entry = { subject: `maintenance_series:${series.id}`, actor: 'worker' as const };
      await appendEvidence(
        tx,
        { kind: 'maintenance_series_extended', ...entry, details: { announced } },
        now,
      );
    }
    return true;
  });
}
