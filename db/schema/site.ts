import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** One row: who speaks here. */
export const site = pgTable('site', {
  id: integer('id').primaryKey().default(1),
  name: text('name').notNull(),
  legalEntity: text('legal_entity').notNull(),
  contactEmail: text('contact_email').notNull(),
  pressContact: text('press_contact').notNull(),
  timeZone: text('time_zone').notNull(),
  language: text('language').notNull(),
  languages: jsonb('languages').$type<string[]>().notNull().default([]),
  updatedAt: moment('updated_at').notNull(),
});
