import { integer, jsonb, pgTable, text } from '#db/drizzle-tables.ts';
import { bytea, moment } from './columns.ts';

/** Drawn for light surfaces or for dark ones. */
export type LogoScheme = 'light' | 'dark';
export type LogoShape = { type: string; width: number; height: number };

/** One row: who speaks here. */
export const site = pgTable('site', {
  id: integer('id').primaryKey().default(1),
  name: text('name').notNull(),
  legalEntity: text('legal_entity').notNull(),
  contactEmail: text('contact_email').notNull(),
  pressContact: text('press_contact').notNull(),
  securityContact: text('security_contact').notNull().default(''),
  dataProtectionContact: text('data_protection_contact').notNull().default(''),
  hostedBy: text('hosted_by').notNull().default(''),
  deliveredBy: text('delivered_by').notNull().default(''),
  timeZone: text('time_zone').notNull(),
  language: text('language').notNull(),
  languages: jsonb('languages').$type<string[]>().notNull().default([]),
  accent: text('accent').notNull().default(''),
  logos: jsonb('logos').$type<Partial<Record<LogoScheme, LogoShape>>>().notNull().default({}),
  updatedAt: moment('updated_at').notNull(),
});

/** The bytes of the logos; their shapes stand beside the site's name, where every page finds them. */
export const siteLogos = pgTable('site_logos', {
  scheme: text('scheme').$type<LogoScheme>().primaryKey(),
  bytes: bytea('bytes').notNull(),
});

/** The operator's own privacy notice, by language; without one the page says what the settings tell. */
export const privacyNotices = pgTable('privacy_notices', {
  language: text('language').primaryKey(),
  body: text('body').notNull(),
  updatedAt: moment('updated_at').notNull(),
});
