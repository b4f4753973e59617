import { count, eq, max, min, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { leakedBatches, type ImportReport } from '#db/schema/index.ts';
import type { ExposureList } from './queries.ts';

/** How many leaked batches had from so many to so many addresses, both included. */
export type BatchSizes = { from: number; to: number; messages: number; stopped: number };

const STEPS_WANTED = 8;
/** Twice the ranges that a step can make of a list. */
const RANGES_MAX = 2 * STEPS_WANTED + 2;

/** The leaked batches of a list by how many addresses they had, smallest first, in at most 18 equal ranges; none is left out. */
export async function listBatchSizes(db: Database, listId: string): Promise<BatchSizes[]> {
  const ofList = eq(leakedBatches.listId, listId);
  const [ends] = await db
    .select({ smallest: min(leakedBatches.size), largest: max(leakedBatches.size) })
    .from(leakedBatches)
    .where(ofList);
  if (!ends || ends.smallest === null || ends.largest === null) return [];
  const { smallest, largest } = ends;
  const step = rangeStep(smallest, largest);
  const rows = await db
    .select({
      range: sql<number>`(${leakedBatches.size} / ${sql.raw(String(step))})::int`,
      messages: count(),
      stopped: sql<number>`(count(*) filter (where ${leakedBatches.stopped}))::int`,
    })
    .from(leakedBatches)
    .where(ofList)
    .groupBy(sql`1`)
    .orderBy(sql`1`)
    .limit(RANGES_MAX);
  const found = new Map(rows.map(({ range, ...counts }) => [range, counts]));
  const first = Math.floor(smallest / step);
  return Array.from({ length: Math.floor(largest / step) - first + 1 }, (_, index) => ({
    from: Math.max((first + index) * step, smallest),
    to: Math.min((first + index + 1) * step - 1, largest),
    messages: 0,
    stopped: 0,
    ...found.get(first + index),
  }));
}

/** A round number of addresses: 1, 2 or 5 times a power of ten. */
export function rangeStep(smallest: number, largest: number): number {
  const least = Math.max(1, (largest - smallest + 1) / STEPS_WANTED);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((times) => times * power >= least) ?? 10);
}

/** Of the exposed addresses, from 0 to 1. */
export function containsNameShare({ exposedAddresses, containsName }: ImportReport): number {
  return exposedAddresses === 0 ? 0 : containsName / exposedAddresses;
}

/** The figures of one version of a list, to take away: counts, never people. */
export function exportedFigures(list: ExposureList & { report: ImportReport }, sizes: readonly BatchSizes[]) {
  const { incident, version, state, importedAt, sourceHash, report } = list;
  return {
    format: 'forthright/exposure-figures/1',
    incident: { slug: incident.slug, title: incident.title },
    version,
    state,
    importedAt,
    sourceHash,
    figures: { ...report, containsNameShare: Number(containsNameShare(report).toFixed(4)) },
    batchSizes: sizes,
  };
}

export type ExportedFigures = ReturnType<typeof exportedFigures>;
