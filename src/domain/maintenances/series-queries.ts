import { desc, eq, isNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenanceSeries } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';

const SERIES_MAX = 200;

export type MaintenanceSeries = typeof maintenanceSeries.$inferSelect;

export async function findSeries(db: Database, id: string): Promise<MaintenanceSeries | undefined> {
  const [series] = await db.select().from(maintenanceSeries).where(eq(maintenanceSeries.id, id));
  return series;
}

/** @throws DomainError `not_found`. */
export async function getSeries(db: Database, id: string): Promise<MaintenanceSeries> {
  const series = await findSeries(db, id);
  if (!series) {
    throw new DomainError('not_found', 'There is no such series. Open the list of maintenances again.');
  }
  return series;
}

/** Those that were not called off, the latest first. At most 200. */
export async function listSeries(db: Database): Promise<MaintenanceSeries[]> {
  return db
    .select()
    .from(maintenanceSeries)
    .where(isNull(maintenanceSeries.cancelledAt))
    .orderBy(desc(maintenanceSeries.createdAt), desc(maintenanceSeries.id))
    .limit(SERIES_MAX);
}

/** Held until the transaction ends. @throws DomainError `not_found`. */
export async function lockedSeries(tx: Database, id: string): Promise<MaintenanceSeries> {
  await tx
    .select({ id: maintenanceSeries.id })
    .from(maintenanceSeries)
    .where(eq(maintenanceSeries.id, id))
    .for('update');
  return getSeries(tx, id);
}
