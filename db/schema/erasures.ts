import { index, integer, pgTable, primaryKey, text } from '#db/drizzle-tables.ts';
import { bytea, moment } from './columns.ts';
import { incidents } from './incidents.ts';

/**
 * A tombstone: whoever owns this address has had the result of this incident hidden, or everything erased. It keeps a list
 * that is imported later from answering again. No plaintext: HMAC-SHA-256 under the `erasures` key.
 */
export const erasures = pgTable(
  'erasures',
  {
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id, { onDelete: 'cascade' }),
    addressKey: bytea('address_key').notNull(),
    keyVersion: integer('key_version').notNull(),
    normVersion: text('norm_version').notNull(),
    kind: text('kind', { enum: ['hidden', 'erased'] }).notNull(),
    erasedAt: moment('erased_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.incidentId, table.addressKey] }),
    index('erasures_key_version').on(table.incidentId, table.keyVersion),
  ],
);
