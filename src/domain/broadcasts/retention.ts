import { and, eq, inArray, isNotNull, lt, or, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries } from '#db/schema/index.ts';

/** Bounces and complaints arrive for weeks, and each needs the address it is about. */
export const ADDRESSES_KEPT_DAYS = 30;
const ADDRESSES_KEPT_MS = ADDRESSES_KEPT_DAYS * 24 * 3_600_000;
const ROWS_AT_ONCE = 2000;

/**
 * Wipes recipients' addresses of broadcasts that ended 30 days ago; of those to an exposure list also on the day its
 * sealed originals are destroyed. Counts, states and reasons stay. Says how many; more may be left.
 */
export async function forgetRecipients(db: Database, now: Date): Promise<number> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const [ended] = await db
    .select({ id: broadcasts.id })
    .from(broadcasts)
    .where(
      and(
        inArray(broadcasts.state, ['done', 'aborted']),
        // Absent once everything is wiped: such broadcasts are not looked at again.
        isNotNull(broadcasts.keyVersion),
        or(
          lt(broadcasts.finishedAt, new Date(now.getTime() - ADDRESSES_KEPT_MS)),
          sql`exists (
            select from exposure_lists
            where incident_id = ${broadcasts.audience} ->> 'incidentId' and sealed_until <= ${at}
          )`,
        ),
      ),
    )
    .limit(1);
  if (!ended) return 0;
  const some = db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(eq(deliveries.broadcastId, ended.id), isNotNull(deliveries.sealedAddress)))
    .limit(ROWS_AT_ONCE);
  const wiped = await db
    .update(deliveries)
    .set({ sealedAddress: null })
    .where(inArray(deliveries.id, some))
    .returning({ id: deliveries.id });
  if (wiped.length < ROWS_AT_ONCE) {
    await db.update(broadcasts).set({ keyVersion: null }).where(eq(broadcasts.id, ended.id));
  }
  return wiped.length;
}
