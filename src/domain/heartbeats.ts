import { desc } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { workerHeartbeats } from '#db/schema/index.ts';

/** When any worker was last at work; undefined when none ever was. */
export async function getHeartbeat(db: Database): Promise<Date | undefined> {
  const [row] = await db
    .select({ seenAt: workerHeartbeats.seenAt })
    .from(workerHeartbeats)
    .orderBy(desc(workerHeartbeats.seenAt))
    .limit(1);
  return row?.seenAt;
}

export async function beatHeart(db: Database, worker: string, now: Date): Promise<void> {
  await db
    .insert(workerHeartbeats)
    .values({ worker, seenAt: now })
    .onConflictDoUpdate({ target: workerHeartbeats.worker, set: { seenAt: now } });
}
