import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';

/** The channel on which every worker hears that there is something to do. */
export const WORK_CHANNEL = 'forthright_work';

/** Wakes the workers when the caller's transaction commits. Lost, it costs a second: they look by themselves. */
export async function wakeWorker(tx: Database): Promise<void> {
  await tx.execute(sql`select pg_notify(${WORK_CHANNEL}, '')`);
}
