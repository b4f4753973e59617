import { and, desc, eq, isNotNull, lte } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists } from '#db/schema/index.ts';
import type { DifferenceCounts } from './difference.ts';

/** One version that is or was in force, with what its rows and sealed originals were made with. */
export type HeldVersion = Awaited<ReturnType<typeof selectVersions>>[number];

/** A version, the one whose place it took, and what that changed. */
export type Replacement = {
  incidentId: string;
  newer: HeldVersion;
  older: HeldVersion;
  /** Null: they rest on different keys, so nobody has counted. */
  counts: DifferenceCounts | null;
};

/** What one version replaced, or the newest; undefined when it is the first that was put in force. */
export async function findReplacement(
  db: Database,
  incidentId: string,
  version?: number,
): Promise<Replacement | undefined> {
  const [newer, older] = await selectVersions(db, incidentId, version);
  if (!newer || !older || (version !== undefined && newer.version !== version)) return undefined;
  const { difference } = newer;
  return { incidentId, newer, older, counts: difference?.listId === older.id ? difference.counts : null };
}

/** Versions are put in force in their order, so the one before in force is the one that was replaced. */
function selectVersions(db: Database, incidentId: string, version: number | undefined) {
  return db
    .select({
      id: exposureLists.id,
      version: exposureLists.version,
      report: exposureLists.report,
      keyVersion: exposureLists.keyVersion,
      keyFingerprint: exposureLists.keyFingerprint,
      normVersion: exposureLists.normVersion,
      erasedAddresses: exposureLists.erasedAddresses,
      sealedKey: exposureLists.sealedKey,
      difference: exposureLists.difference,
    })
    .from(exposureLists)
    .where(
      and(
        eq(exposureLists.incidentId, incidentId),
        isNotNull(exposureLists.appliedAt),
        version === undefined ? undefined : lte(exposureLists.version, version),
      ),
    )
    .orderBy(desc(exposureLists.version))
    .limit(2);
}
