import { and, eq, inArray, max, sql } from '#db/drizzle.ts';
import { setImmediate } from 'node:timers/promises';
import type { Database, StoreSession } from '#db/client.ts';
import {
  exposureLists,
  exposures,
  exposureSegments,
  leakedBatches,
  sealedOriginals,
  type ImportReport,
} from '#db/schema/index.ts';
import { NORM_VERSION } from '#src/text/email-address.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import type { Key } from '#src/trust/seal.ts';
import { actorId, type Actor } from '../../actors.ts';
import { DomainError } from '../../errors.ts';
import { appendEvidence } from '../../evidence/commands.ts';
import { openIncident } from '../../incidents/commands.ts';

const DELETE_ROWS = 2000;

/** The incident an import is for; one with a title is opened with the list. */
export type TargetIncident = { id: string; slug: string; newTitle?: string };

export type NewList = {
  id: string;
  incident: TargetIncident;
  sourceHash: string;
  sourceName: string;
  key: Key;
  sealed: { until: Date; sealedKey: Uint8Array } | undefined;
  /** In the order in which the report counts them. */
  segments: readonly { id: string; name: string }[];
};

/**
 * The same files, imported into this incident before with the same options, and not replaced since.
 *
 * @throws DomainError `conflict` while they are being imported.
 */
export async function findTwin(
  db: Database,
  incidentId: string,
  { sourceHash, key }: Pick<NewList, 'sourceHash' | 'key'>,
): Promise<string | undefined> {
  const [twin] = await db
    .select({ id: exposureLists.id, state: exposureLists.state })
    .from(exposureLists)
    .where(
      and(
        eq(exposureLists.incidentId, incidentId),
        eq(exposureLists.sourceHash, sourceHash),
        // Under another version of the key it is another list, and the one that later lists can be compared with.
        eq(exposureLists.keyVersion, key.version),
        inArray(exposureLists.state, ['loading', 'draft', 'applied', 'closed']),
      ),
    )
    .limit(1);
  if (twin?.state === 'loading') {
    throw new DomainError(
      'conflict',
      'The same files are being imported right now. Nothing was done here; look at the list of imports in a minute.',
    );
  }
  return twin?.id;
}

/** Adds the list in the state `loading`, with the next version of its incident. */
export async function beginList(
  { db }: StoreSession,
  actor: Actor,
  list: NewList,
  now: Date,
): Promise<{ version: number }> {
  const { incident, key, sealed } = list;
  return db.transaction(async (tx) => {
    if (incident.newTitle !== undefined) {
      const { id, slug, newTitle: title } = incident;
      await openIncident(
        tx,
        actor,
        { id, slug, title, nature: 'data', impact: 'major', startedAt: now },
        now,
      );
    }
    // One at a time, so that two imports cannot take the same version.
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended('forthright exposure versions ' || ${incident.id}::text, 0))`,
    );
    await findTwin(tx, incident.id, list);
    const [newest] = await tx
      .select({ version: max(exposureLists.version) })
      .from(exposureLists)
      .where(eq(exposureLists.incidentId, incident.id));
    const version = (newest?.version ?? 0) + 1;
    await tx.insert(exposureLists).values({
      id: list.id,
      incidentId: incident.id,
      version,
      state: 'loading',
      sourceHash: list.sourceHash,
      sourceName: list.sourceName,
      keyVersion: key.version,
      keyFingerprint: keyFingerprint(key),
      normVersion: NORM_VERSION,
      importedBy: actorId(actor),
      importedAt: now,
      sealedUntil: sealed?.until ?? null,
      sealedKey: sealed?.sealedKey ?? null,
    });
    return { version };
  });
}

/** The one step in which an import comes to be: the list becomes a draft, with its figures and the evidence. */
export async function finishList(
  { db }: StoreSession,
  actor: Actor,
  list: NewList,
  { version, report, files }: { version: number; report: ImportReport; files: readonly string[] },
  now: Date,
): Promise<void> {
  await db.transaction(async (tx) => {
    const finished = await tx
      .update(exposureLists)
      .set({ state: 'draft', report })
      .where(
        and(
          eq(exposureLists.id, list.id),
          eq(exposureLists.state, 'loading'),
          // Taken away by whoever deletes the list.
          eq(exposureLists.sourceHash, list.sourceHash),
        ),
      )
      .returning({ id: exposureLists.id });
    if (finished.length === 0) {
      throw new DomainError('conflict', 'The import was interrupted and undone. Start it again.');
    }
    const segments = list.segments
      .map(({ id, name }, index) => ({
        listId: list.id,
        id,
        name,
        size: report.segments?.[index]?.addresses ?? 0,
      }))
      .filter(({ size }) => size > 0);
    if (segments.length > 0) await tx.insert(exposureSegments).values(segments);
    const { rejected, ...counts } = report;
    const details = {
      incident: list.incident.id,
      version,
      filesSha256: [...files],
      ...counts,
      rejected: Object.values(rejected).reduce((total, lines) => total + lines, 0),
      sealedUntil: list.sealed?.until.toISOString() ?? null,
      keyFingerprint: keyFingerprint(list.key),
    };
    const subject = `exposure_list:${list.id}`;
    await appendEvidence(tx, { kind: 'exposures_imported', subject, actor, details }, now);
  });
}

/**
 * Deletes a list that is still loading, few rows at a time: the embedded database runs on the event loop. One that is finished, even
 * while this is called, stays as it is.
 */
export async function deleteList(db: Database, listId: string): Promise<void> {
  const loading = and(eq(exposureLists.id, listId), eq(exposureLists.state, 'loading'));
  // Waits for who is finishing it, and lets nobody finish it from here on.
  const taken = await db
    .update(exposureLists)
    .set({ sourceHash: null })
    .where(loading)
    .returning({ id: exposureLists.id });
  if (taken.length === 0) return;
  const parts = [
    { table: exposures, key: exposures.addressKey },
    { table: sealedOriginals, key: sealedOriginals.id },
    { table: leakedBatches, key: leakedBatches.batchNo },
  ];
  for (const { table, key } of parts) {
    for (let deleted = DELETE_ROWS; deleted === DELETE_ROWS;) {
      const some = sql`select ctid from ${table} where list_id = ${listId} order by ${key} limit ${DELETE_ROWS}`;
      const gone = await db
        .delete(table)
        .where(sql`ctid = any(array(${some}))`)
        .returning({ listId: table.listId });
      deleted = gone.length;
      await setImmediate();
    }
  }
  await db.delete(exposureLists).where(loading);
}
