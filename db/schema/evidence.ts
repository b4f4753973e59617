import { bigint, jsonb, pgTable, text } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';

/** Append-only, each row's hash over the one before: an edit, a gap or a new order shows. Counts and hashes, no people. */
export const evidence = pgTable('evidence', {
  number: bigint('number', { mode: 'number' }).primaryKey(),
  kind: text('kind').notNull(),
  /** What it is about, e.g. `incident:abc…`. */
  subject: text('subject').notNull(),
  actor: text('actor').notNull(),
  details: jsonb('details').$type<Record<string, unknown>>().notNull(),
  at: moment('at').notNull(),
  previousHash: text('previous_hash').notNull(),
  hash: text('hash').notNull(),
});
