import { setTimeout as delay } from 'node:timers/promises';
import { and, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  exposureImports,
  exposureLists,
  type ImportFigures,
  type ImportFile,
  type ImportReport,
} from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import type { StaffMember } from '../../../actors.ts';
import type { Place, WantedImport } from './watch.ts';

const END_TRIES_MAX = 10;
const END_WAIT_MS = 500;

/** What an import has come to. */
export type Ending = {
  state: 'done' | 'refused' | 'failed' | 'cancelled';
  message: string | null;
  files: readonly ImportFile[];
  outcome?: 'imported' | 'already_imported' | 'dry_run';
  listId?: string | null;
  report?: ImportReport;
};

/** Returns the import's id, which will be its list's as well: the wanted one unless it is taken. */
export async function addRow(
  db: Database,
  staff: StaffMember,
  { id: wantedId, incidentSlug, incidentTitle, dryRun }: WantedImport,
  now: Date,
): Promise<string> {
  const row = {
    incidentSlug,
    incidentTitle,
    dryRun,
    startedBy: staff.id,
    startedAt: now,
    state: 'receiving' as const,
    files: [],
    touchedAt: now,
  };
  if (wantedId !== undefined && !(await isOfList(db, wantedId))) {
    const added = await db
      .insert(exposureImports)
      .values({ id: wantedId, ...row })
      .onConflictDoNothing()
      .returning({ id: exposureImports.id });
    if (added.length > 0) return wantedId;
  }
  const id = newId();
  await db.insert(exposureImports).values({ id, ...row });
  return id;
}

/** Says that somebody works on it, and how far it is. Returns whether it was asked to end. */
export async function touchRow(
  db: Database,
  id: string,
  standing: {
    state: 'receiving' | 'working';
    figures: ImportFigures | null;
    files: readonly ImportFile[];
  },
  now: Date,
): Promise<boolean> {
  const [row] = await db
    .update(exposureImports)
    .set({ ...standing, files: [...standing.files], touchedAt: now })
    .where(and(eq(exposureImports.id, id), inArray(exposureImports.state, ['receiving', 'working'])))
    .returning({ cancelAskedAt: exposureImports.cancelAskedAt });
  return row !== undefined && row.cancelAskedAt !== null;
}

/** Tries again while the database is away. After that the row falls silent, and readers see that. */
export async function endRow(
  { store, log, now, errorFields }: Place,
  id: string,
  ending: Ending,
): Promise<void> {
  const at = now();
  for (let tried = 1; tried <= END_TRIES_MAX; tried += 1) {
    try {
      await store.db
        .update(exposureImports)
        .set({ ...ending, files: [...ending.files], touchedAt: at, endedAt: at })
        .where(eq(exposureImports.id, id));
      return;
    } catch (error) {
      log.error('import_end_not_written', { importId: id, ...errorFields(error) });
      await delay(END_WAIT_MS);
    }
  }
}

async function isOfList(db: Database, id: string): Promise<boolean> {
  const found = await db.select({ id: exposureLists.id }).from(exposureLists).where(eq(exposureLists.id, id));
  return found.length > 0;
}
