import { sql } from '#db/drizzle.ts';
import { bigint, boolean, date, index, integer, pgTable, primaryKey, text } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';

/** A part of the service. A group is a component whose children name it; it may stand in a group itself. */
export const components = pgTable('components', {
  id: text('id').primaryKey(),
  groupId: text('group_id'),
  isGroup: boolean('is_group').notNull().default(false),
  name: text('name').notNull(),
  description: text('description'),
  /** Among those of the same group. */
  position: integer('position').notNull(),
  /** How a group is first shown. */
  display: text('display', { enum: ['expanded', 'collapsed', 'collapsed_unless_wrong'] })
    .notNull()
    .default('collapsed_unless_wrong'),
  /** Left out of the page while it is operational. */
  onlyShowIfDegraded: boolean('only_show_if_degraded').notNull().default(false),
  /** Shown with its last 90 days. */
  showcase: boolean('showcase').notNull().default(true),
  /** The first day that counts, in the site's zone; null: it counts from `createdAt`. */
  startDate: date('start_date', { mode: 'string' }),
  /** Since when it is out of view. Its history stays. */
  retiredAt: moment('retired_at'),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

/**
 * Append-only: what a component's status became, when, and because of what. The current status is that of the newest row by
 * `startsAt`, then `id`: what is told afterwards of an earlier time lands where it belongs.
 */
export const impacts = pgTable(
  'impacts',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    componentId: text('component_id')
      .notNull()
      .references(() => components.id),
    status: text('status', {
      enum: ['operational', 'degraded_performance', 'partial_outage', 'major_outage', 'under_maintenance'],
    }).notNull(),
    incidentUpdateId: text('incident_update_id'),
    maintenanceUpdateId: text('maintenance_update_id'),
    startsAt: moment('starts_at').notNull(),
    /** Written afterwards at the instant of an earlier row, or between two: it holds in place of what was wrong. */
    isCorrection: boolean('is_correction').notNull().default(false),
  },
  (table) => [
    index('impacts_component').on(table.componentId, table.startsAt, table.id),
    index('impacts_update').on(table.incidentUpdateId),
    index('impacts_maintenance_update').on(table.maintenanceUpdateId),
  ],
);

/**
 * A finished day of a component, in whole seconds. Written once, shortly after it ended; only what is told afterwards of that
 * day has it counted again, and the evidence log says so.
 */
export const componentDays = pgTable(
  'component_days',
  {
    componentId: text('component_id')
      .notNull()
      .references(() => components.id),
    day: date('day', { mode: 'string' }).notNull(),
    /** What was counted: the day in the site's zone as it then was, from when the component began to exist. */
    startsAt: moment('starts_at').notNull(),
    endsAt: moment('ends_at').notNull(),
    majorSeconds: integer('major_seconds').notNull().default(0),
    partialSeconds: integer('partial_seconds').notNull().default(0),
    degradedSeconds: integer('degraded_seconds').notNull().default(0),
    maintenanceSeconds: integer('maintenance_seconds').notNull().default(0),
    /** All but maintenance: what the uptime is a share of. */
    countedSeconds: integer('counted_seconds').notNull(),
    frozenAt: moment('frozen_at').notNull(),
    /** Something was told of it afterwards: it is waiting to be counted again. */
    outdated: boolean('outdated').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.componentId, table.day] }),
    index('component_days_outdated')
      .on(table.componentId, table.day)
      .where(sql`${table.outdated}`),
  ],
);
