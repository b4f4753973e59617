import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { providerBatches } from '#db/schema/index.ts';

/**
 * Gives back what a process that is gone had in its hands, without waiting for its leases to end. Only where no other
 * process can be sending: on the embedded database, before its one worker starts.
 */
export async function releaseLeases(db: Database): Promise<void> {
  await db.update(providerBatches).set({ leaseUntil: null }).where(eq(providerBatches.state, 'sending'));
}
