import { sql } from '#db/drizzle.ts';
import { index, integer, jsonb, pgTable, primaryKey, text, unique } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import { searchVector } from './search-vector.ts';

/** Work that repeats. Its next occurrences are maintenances of their own; a change concerns those that have not begun. */
export const maintenanceSeries = pgTable('maintenance_series', {
  id: text('id').primaryKey(),
  title: text('title').notNull(),
  description: text('description').notNull(),
  /** RRULE (RFC 5545), without the time of day: that is the first occurrence's. */
  rule: text('rule').notNull(),
  /** The wall clock at the first occurrence, 2026-11-24T02:00. */
  startsAt: text('starts_at').notNull(),
  timeZone: text('time_zone').notNull(),
  durationMinutes: integer('duration_minutes').notNull(),
  componentIds: jsonb('component_ids').$type<string[]>().notNull(),
  reminderMinutes: jsonb('reminder_minutes').$type<number[]>().notNull(),
  remindersApprovedBy: text('reminders_approved_by'),
  authorId: text('author_id'),
  /** Up to here its occurrences exist. Null: there are none after those that do. */
  knownUntil: moment('known_until'),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  cancelledAt: moment('cancelled_at'),
});

/** Planned work, once. Without `publishedAt` only staff see it. */
export const maintenances = pgTable(
  'maintenances',
  {
    id: text('id').primaryKey(),
    slug: text('slug').notNull().unique(),
    title: text('title').notNull(),
    description: text('description').notNull(),
    state: text('state', {
      enum: ['draft', 'scheduled', 'in_progress', 'verifying', 'completed', 'cancelled'],
    }).notNull(),
    scheduledFor: moment('scheduled_for').notNull(),
    scheduledUntil: moment('scheduled_until').notNull(),
    publishedAt: moment('published_at'),
    startedAt: moment('started_at'),
    verifyingAt: moment('verifying_at'),
    /** When it was completed or cancelled. */
    endedAt: moment('ended_at'),
    /** When something next happens by itself: a reminder, the start, the end. */
    dueAt: moment('due_at'),
    /** How long before the start subscribers are reminded. */
    reminderMinutes: jsonb('reminder_minutes').$type<number[]>().notNull(),
    /** Every reminder that was due by then has been dealt with. */
    remindedAt: moment('reminded_at'),
    /** Whoever let the reminders be sent by themselves: not the author. */
    remindersApprovedBy: text('reminders_approved_by'),
    authorId: text('author_id'),
    seriesId: text('series_id').references(() => maintenanceSeries.id),
    /** Which occurrence of its series: the wall clock that the rule gives, wherever it was moved since. */
    occurrence: text('occurrence'),
    /** Raised by every public change: calendars take what has the higher number. */
    sequence: integer('sequence').notNull().default(0),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    searchVector: searchVector({ A: 'title', D: 'description' }),
  },
  (table) => [
    unique('maintenances_occurrence_once').on(table.seriesId, table.occurrence),
    index('maintenances_due')
      .on(table.dueAt)
      .where(sql`${table.dueAt} is not null`),
    index('maintenances_scheduled').on(table.scheduledFor),
    index('maintenances_updated').on(table.updatedAt),
    index('maintenances_search').using('gin', table.searchVector),
  ],
);

/** The parts of the service that are worked on. */
export const maintenanceComponents = pgTable(
  'maintenance_components',
  {
    maintenanceId: text('maintenance_id')
      .notNull()
      .references(() => maintenances.id),
    componentId: text('component_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.maintenanceId, table.componentId] }),
    index('maintenance_components_component').on(table.componentId),
  ],
);

/** A dated entry on a maintenance's timeline. Written once; without an author it wrote itself. */
export const maintenanceUpdates = pgTable(
  'maintenance_updates',
  {
    id: text('id').primaryKey(),
    maintenanceId: text('maintenance_id')
      .notNull()
      .references(() => maintenances.id),
    status: text('status', {
      enum: ['scheduled', 'in_progress', 'verifying', 'completed', 'cancelled'],
    }).notNull(),
    body: text('body').notNull(),
    authorId: text('author_id'),
    displayAt: moment('display_at').notNull(),
    createdAt: moment('created_at').notNull(),
    searchVector: searchVector({ D: 'body' }),
  },
  (table) => [
    index('maintenance_updates_maintenance').on(table.maintenanceId, table.displayAt),
    index('maintenance_updates_search').using('gin', table.searchVector),
  ],
);
