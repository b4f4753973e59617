import { index, integer, pgTable, text } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import { incidents } from './incidents.ts';
import { searchVector } from './search-vector.ts';

export const faqs = pgTable(
  'faqs',
  {
    id: text('id').primaryKey(),
    category: text('category').notNull(),
    incidentId: text('incident_id').references(() => incidents.id),
    question: text('question').notNull(),
    answer: text('answer').notNull(),
    state: text('state', { enum: ['draft', 'published', 'under_review'] }).notNull(),
    position: integer('position').notNull(),
    /** Raised whenever its words change: a translation belongs to one version. */
    version: integer('version').notNull().default(1),
    /** When it first became public; also of one that was taken off again. */
    publishedAt: moment('published_at'),
    /** When its words last changed in public. */
    changedAt: moment('changed_at'),
    reviewedAt: moment('reviewed_at').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    searchVector: searchVector({ A: 'question', D: 'answer' }),
  },
  (table) => [index('faqs_search').using('gin', table.searchVector)],
);
