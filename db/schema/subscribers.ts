import { boolean, index, integer, pgTable, text } from '#db/drizzle-tables.ts';
import { bytea, moment } from './columns.ts';

/** Somebody asked for updates at an address. Counts only once confirmed; ended, it stays as a mark that it ended. */
export const subscriptions = pgTable(
  'subscriptions',
  {
    id: text('id').primaryKey(),
    addressKey: bytea('address_key').notNull().unique(),
    keyVersion: integer('key_version').notNull(),
    normVersion: text('norm_version').notNull(),
    sealedAddress: bytea('sealed_address').notNull(),
    /** Statements and incident updates. */
    wantsStatements: boolean('wants_statements').notNull(),
    wantsNotices: boolean('wants_notices').notNull(),
    wantsMaintenance: boolean('wants_maintenance').notNull().default(false),
    createdAt: moment('created_at').notNull(),
    /** When somebody last asked for it: a confirmation letter works for a day from here. */
    requestedAt: moment('requested_at').notNull(),
    confirmedAt: moment('confirmed_at'),
    endedAt: moment('ended_at'),
  },
  (table) => [index('subscriptions_confirmed').on(table.confirmedAt)],
);

/** Addresses we do not send updates to, with the reason. They outlive unsubscribing. */
export const suppressions = pgTable('suppressions', {
  addressKey: bytea('address_key').primaryKey(),
  keyVersion: integer('key_version').notNull(),
  reason: text('reason', { enum: ['bounced', 'complained', 'manual'] }).notNull(),
  createdAt: moment('created_at').notNull(),
});
