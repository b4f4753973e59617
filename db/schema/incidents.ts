import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** Something unplanned. Its status is that of its newest update; without a publication it is a draft. */
export const incidents = pgTable('incidents', {
  id: text('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  title: text('title').notNull(),
  nature: text('nature', { enum: ['service', 'data'] }).notNull(),
  impact: text('impact', { enum: ['none', 'minor', 'major', 'critical'] }).notNull(),
  startedAt: moment('started_at').notNull(),
  publishedAt: moment('published_at'),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

/** A dated entry on an incident's timeline. Written once. */
export const incidentUpdates = pgTable(
  'incident_updates',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id),
    /** service: investigating … resolved, postmortem. data: investigating, identified, contained, closed. */
    status: text('status', {
      enum: ['investigating', 'identified', 'monitoring', 'resolved', 'postmortem', 'contained', 'closed'],
    }).notNull(),
    body: text('body').notNull(),
    authorId: text('author_id'),
    displayAt: moment('display_at').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [index('incident_updates_incident').on(table.incidentId, table.displayAt)],
);
