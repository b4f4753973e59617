import { and, asc, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureSegments, type Audience } from '#db/schema/index.ts';
import { SEGMENTS_MAX } from './import/segments.ts';

/** Some of a list's exposed people: a name for the team, and a count. Who they are is sealed. */
export type HeldSegment = { id: string; name: string; size: number };

const NAMES_MAX = 200;

const segment = { id: exposureSegments.id, name: exposureSegments.name, size: exposureSegments.size };

/** Of one list, by name. */
export async function listSegments(db: Database, listId: string): Promise<HeldSegment[]> {
  return db
    .select(segment)
    .from(exposureSegments)
    .where(eq(exposureSegments.listId, listId))
    .orderBy(asc(exposureSegments.name), asc(exposureSegments.id))
    .limit(SEGMENTS_MAX);
}

export async function findSegment(
  db: Database,
  listId: string,
  segmentId: string,
): Promise<HeldSegment | undefined> {
  const [row] = await db
    .select(segment)
    .from(exposureSegments)
    .where(and(eq(exposureSegments.listId, listId), eq(exposureSegments.id, segmentId)));
  return row;
}

/** The names of the segments that these audiences are, by the segment's id, also of lists that are no longer in force. */
export async function segmentNames(
  db: Database,
  audiences: readonly Audience[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(audiences.flatMap((one) => (one.kind === 'segment' ? [one.segmentId] : [])));
  if (ids.size === 0) return new Map();
  const rows = await db
    .select({ id: exposureSegments.id, name: exposureSegments.name })
    .from(exposureSegments)
    .where(inArray(exposureSegments.id, [...ids]))
    .limit(NAMES_MAX);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
