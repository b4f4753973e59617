import { sql } from '#db/drizzle.ts';
import { check, index, integer, jsonb, pgTable, text, unique } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import { searchVector } from './search-vector.ts';

/** News that is no incident, with the date it takes effect: its working text. What is public stands in its revisions. */
export const notices = pgTable('notices', {
  id: text('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  title: text('title').notNull(),
  body: text('body').notNull(),
  effectiveAt: moment('effective_at').notNull(),
  /** What changes and why, once it is public. */
  changeSummary: text('change_summary').notNull().default(''),
  authorId: text('author_id').notNull(),
  /** Everybody who has saved it since it was last published: none of them may publish it. Empty: nothing is waiting. */
  writerIds: jsonb('writer_ids').$type<string[]>().notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  /** When it first became public. */
  publishedAt: moment('published_at'),
  publisherId: text('publisher_id'),
});

/** What was published: never changed, never deleted. A withdrawal is a revision too. */
export const noticeRevisions = pgTable(
  'notice_revisions',
  {
    id: text('id').primaryKey(),
    noticeId: text('notice_id')
      .notNull()
      .references(() => notices.id),
    number: integer('number').notNull(),
    kind: text('kind', { enum: ['published', 'corrected', 'withdrawn'] }).notNull(),
    title: text('title').notNull(),
    /** Empty in a withdrawal. */
    body: text('body').notNull(),
    effectiveAt: moment('effective_at').notNull(),
    /** What changed and why; of a withdrawal, the reason; empty for the first. */
    reason: text('reason').notNull(),
    writerIds: jsonb('writer_ids').$type<string[]>().notNull(),
    publisherId: text('publisher_id').notNull(),
    publishedAt: moment('published_at').notNull(),
    /** Its text was taken out because it disclosed something: time and this reason stay. */
    redactedAt: moment('redacted_at'),
    redactionReason: text('redaction_reason'),
    redactedBy: text('redacted_by'),
    searchVector: searchVector({ A: 'title', D: 'body' }),
  },
  (table) => [
    index('notice_revisions_search').using('gin', table.searchVector),
    check('notice_revisions_number', sql`${table.number} >= 1`),
    unique('notice_revisions_once').on(table.noticeId, table.number),
  ],
);
