import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** News that is no incident, with the date it takes effect. Without `publishedAt` it is a draft. */
export const notices = pgTable('notices', {
  id: text('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  title: text('title').notNull(),
  body: text('body').notNull(),
  effectiveAt: moment('effective_at').notNull(),
  authorId: text('author_id').notNull(),
  /** Everybody who has saved it: none of them may publish it. */
  writerIds: jsonb('writer_ids').$type<string[]>().notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  publishedAt: moment('published_at'),
  publisherId: text('publisher_id'),
});
