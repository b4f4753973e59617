import { bigint, pgTable, text } from '#db/drizzle-tables.ts';

/** How often what a public document depends on has changed. Raised in the transaction that changes it. */
export const pressVersions = pgTable('press_versions', {
  dependency: text('dependency').primaryKey(),
  version: bigint('version', { mode: 'number' }).notNull(),
});
