import { sql } from '#db/drizzle.ts';
import { index, pgTable, text, uniqueIndex } from '#db/drizzle-tables.ts';
import { addresses, customers } from './accounts.ts';
import { bytea, moment } from './columns.ts';

/** Somebody lets our support see the answer about one address of theirs, once. Who looked is in the evidence log. */
export const supportQuestions = pgTable(
  'support_questions',
  {
    id: text('id').primaryKey(),
    /** Who asked. If the mailbox has become somebody else's since, the code means nothing. */
    customerId: text('customer_id')
      .notNull()
      .references(() => customers.id, { onDelete: 'cascade' }),
    addressId: text('address_id')
      .notNull()
      .references(() => addresses.id, { onDelete: 'cascade' }),
    /** Absent once it was used. */
    codeHash: bytea('code_hash').unique(),
    askedAt: moment('asked_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    answeredAt: moment('answered_at'),
  },
  (table) => [
    uniqueIndex('support_questions_open')
      .on(table.addressId)
      .where(sql`${table.answeredAt} is null`),
    index('support_questions_customer').on(table.customerId),
    index('support_questions_expires').on(table.expiresAt),
  ],
);
