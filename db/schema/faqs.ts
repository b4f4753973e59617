import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { incidents } from './incidents.ts';

export const faqs = pgTable('faqs', {
  id: text('id').primaryKey(),
  category: text('category').notNull(),
  incidentId: text('incident_id').references(() => incidents.id),
  question: text('question').notNull(),
  answer: text('answer').notNull(),
  state: text('state', { enum: ['draft', 'published', 'under_review'] }).notNull(),
  position: integer('position').notNull(),
  reviewedAt: moment('reviewed_at').notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});
