import { sql } from '#db/drizzle.ts';
import { boolean, index, jsonb, pgTable, text } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import type { ImportReport } from './exposures.ts';

/** How far an import is, in counts. */
export type ImportFigures = {
  phase: 'reading' | 'counting' | 'writing';
  rows: number;
  /** Over the last seconds; null while it is not worth saying. */
  rowsPerSecond: number | null;
  /** Of this phase; null while it is not worth saying. */
  secondsLeft: number | null;
  /** Of the whole import, from 0 to 1; null while nobody can say. */
  share: number | null;
};

/** A file of an upload: its name without any address, and how many of its bytes have been read. */
export type ImportFile = { name: string; bytes: number };

/** An upload on its way to a list, so that every process can show how far it is. Kept for some days after its end. */
export const exposureImports = pgTable(
  'exposure_imports',
  {
    id: text('id').primaryKey(),
    /** A new incident is there only once its list is. */
    incidentSlug: text('incident_slug').notNull(),
    incidentTitle: text('incident_title').notNull(),
    dryRun: boolean('dry_run').notNull(),
    startedBy: text('started_by').notNull(),
    startedAt: moment('started_at').notNull(),
    /** `receiving`: the upload is under way. `working`: all of it has arrived. */
    state: text('state', {
      enum: ['receiving', 'working', 'done', 'refused', 'failed', 'cancelled'],
    }).notNull(),
    figures: jsonb('figures').$type<ImportFigures>(),
    files: jsonb('files').$type<ImportFile[]>().notNull(),
    outcome: text('outcome', { enum: ['imported', 'already_imported', 'dry_run'] }),
    listId: text('list_id'),
    report: jsonb('report').$type<ImportReport>(),
    /** Why it did not come to be, and what to do. */
    message: text('message'),
    cancelAskedBy: text('cancel_asked_by'),
    cancelAskedAt: moment('cancel_asked_at'),
    /** When the process that works on it last said that it does. */
    touchedAt: moment('touched_at').notNull(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    index('exposure_imports_started').on(table.startedAt),
    index('exposure_imports_open')
      .on(table.touchedAt)
      .where(sql`${table.endedAt} is null`),
  ],
);
