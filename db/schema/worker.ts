import { pgTable, text } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';

/** When a worker was last seen at work: what /readyz asks. */
export const workerHeartbeats = pgTable('worker_heartbeats', {
  worker: text('worker').primaryKey(),
  seenAt: moment('seen_at').notNull(),
});
