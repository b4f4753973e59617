import { bigint, boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** A part of the service. A group is a component whose children name it. */
export const components = pgTable('components', {
  id: text('id').primaryKey(),
  groupId: text('group_id'),
  isGroup: boolean('is_group').notNull().default(false),
  name: text('name').notNull(),
  description: text('description'),
  position: integer('position').notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

/** Append-only: what a component's status became, when, and because of what. The current status is the newest row. */
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
    startsAt: moment('starts_at').notNull(),
  },
  (table) => [index('impacts_component').on(table.componentId, table.startsAt, table.id)],
);
