import { and, desc, eq, inArray, sql } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { impacts } from '#db/schema/index.ts';
import type { ComponentStatus } from './rules.ts';

const ROWS_MAX = 20_000;

/** What a maintenance's update said of a component: its status before, and from then on. */
export type Affected = {
  updateId: string;
  componentId: string;
  before: ComponentStatus;
  after: ComponentStatus;
};

/** What held of a component before an impact was recorded: to be joined to the impacts by a lateral join. */
export function statusBefore(db: Database) {
  const earlier = alias(impacts, 'earlier');
  return db
    .select({ status: earlier.status })
    .from(earlier)
    .where(
      and(
        eq(earlier.componentId, impacts.componentId),
        sql`(${earlier.startsAt}, ${earlier.id}) < (${impacts.startsAt}, ${impacts.id})`,
      ),
    )
    .orderBy(desc(earlier.startsAt), desc(earlier.id))
    .limit(1)
    .as('before');
}

/** What these updates of maintenances said of components, in the order in which it was recorded. */
export async function listAffected(db: Database, updateIds: readonly string[]): Promise<Affected[]> {
  if (updateIds.length === 0) return [];
  const before = statusBefore(db);
  const rows = await db
    .select({
      updateId: sql<string>`${impacts.maintenanceUpdateId}`,
      componentId: impacts.componentId,
      before: before.status,
      after: impacts.status,
    })
    .from(impacts)
    .leftJoinLateral(before, sql`true`)
    .where(inArray(impacts.maintenanceUpdateId, [...updateIds]))
    .orderBy(impacts.id)
    .limit(ROWS_MAX);
  return rows.map((row) => ({ ...row, before: row.before ?? 'operational' }));
}
