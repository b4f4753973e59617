import { and, desc, eq, gt, inArray, ne, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  exposureImports,
  exposureLists,
  type ImportFigures,
  type ImportFile,
  type ImportReport,
} from '#db/schema/index.ts';
import { standingOf, SILENCE_MS, type RowState } from './rules.ts';

const LISTED_MAX = 20;
const RECENT_MS = 24 * 60 * 60_000;

/** An import as anybody of the team may see it, from whatever process: counts and file names, never people. */
export type WatchedImport = {
  id: string;
  incidentSlug: string;
  incidentTitle: string;
  dryRun: boolean;
  startedBy: string;
  startedAt: Date;
  state: RowState;
  figures: ImportFigures | null;
  files: readonly ImportFile[];
  outcome: 'imported' | 'already_imported' | 'dry_run' | null;
  listId: string | null;
  report: ImportReport | null;
  message: string | null;
  cancelAskedBy: string | null;
  cancelAskedAt: Date | null;
  endedAt: Date | null;
};

export async function findWatchedImport(
  db: Database,
  id: string,
  now: Date,
): Promise<WatchedImport | undefined> {
  const [row] = await selectImports(db).where(eq(exposureImports.id, id));
  return row && watchedImport(row, now);
}

/** Those under way, and what became of others since yesterday; newest first, at most 20. */
export async function listWatchedImports(db: Database, now: Date): Promise<WatchedImport[]> {
  const rows = await selectImports(db)
    .where(
      or(
        and(
          inArray(exposureImports.state, ['receiving', 'working']),
          gt(exposureImports.touchedAt, new Date(now.getTime() - SILENCE_MS)),
        ),
        gt(exposureImports.startedAt, new Date(now.getTime() - RECENT_MS)),
      ),
    )
    .orderBy(desc(exposureImports.startedAt), exposureImports.id)
    .limit(LISTED_MAX);
  return rows.map((row) => watchedImport(row, now));
}

/** With the list that it has become: both have one id. */
function selectImports(db: Database) {
  return db
    .select({ row: exposureImports, list: { id: exposureLists.id, report: exposureLists.report } })
    .from(exposureImports)
    .leftJoin(
      exposureLists,
      and(eq(exposureLists.id, exposureImports.id), ne(exposureLists.state, 'loading')),
    );
}

type Found = Awaited<ReturnType<typeof selectImports>>[number];

function watchedImport({ row, list }: Found, now: Date): WatchedImport {
  const { touchedAt: _touched, ...rest } = row;
  return { ...rest, report: row.report ?? list?.report ?? null, ...standingOf(row, list?.id ?? null, now) };
}
