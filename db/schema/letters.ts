import { sql } from '#db/drizzle.ts';
import { index, integer, pgTable, smallint, text } from '#db/drizzle-tables.ts';
import { bytea, moment } from './columns.ts';

/** One mail to one person that a single act of theirs asks for: a sign-in code, a confirmation. */
export const letters = pgTable(
  'letters',
  {
    id: text('id').primaryKey(),
    kind: text('kind', {
      enum: ['sign_in_code', 'add_address_code', 'confirm_subscription'],
    }).notNull(),
    /** The row the letter is written from: a proof request, a subscription. */
    subjectId: text('subject_id').notNull(),
    sealedAddress: bytea('sealed_address'),
    /** Keyed hash of mailbox and purpose, until the first attempt: what is asked for meanwhile comes with this letter. */
    waitingKey: bytea('waiting_key').unique('letters_waiting_key'),
    state: text('state', { enum: ['pending', 'sending', 'accepted', 'failed'] }).notNull(),
    /** Rate limits move this, they drop nothing. */
    sendAfter: moment('send_after').notNull(),
    /** Letters first attempted together stay together: same key, same bytes. */
    providerBatchId: text('provider_batch_id'),
    position: smallint('position'),
    attempts: integer('attempts').notNull().default(0),
    leaseUntil: moment('lease_until'),
    providerId: text('provider_id'),
    reason: text('reason'),
    createdAt: moment('created_at').notNull(),
    handedOverAt: moment('handed_over_at'),
  },
  (table) => [
    index('letters_waiting')
      .on(table.sendAfter)
      .where(sql`${table.state} in ('pending', 'sending')`),
    index('letters_group').on(table.providerBatchId),
    index('letters_created').on(table.createdAt),
  ],
);
