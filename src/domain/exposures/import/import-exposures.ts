import type { Store, StoreSession } from '#db/client.ts';
import type { ImportReport } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { newDataKey, type DataKey } from '#src/trust/sealing.ts';
import { assertRole, type Actor } from '../../actors.ts';
import { getExposureList, type ExposureList } from '../queries.ts';
import { assertKeyStands, destroyOrphanedKey, importKey, keepNewKey } from './import-key.ts';
import {
  beginList,
  deleteList,
  findTwin,
  finishList,
  type NewList,
  type TargetIncident,
} from './list-row.ts';
import { holdImport, releaseImport, sweepDeadImports } from './liveness.ts';
import type { ImportThreads } from './import-threads.ts';
import type { Decision } from './messages.ts';
import type { Reading, Reject } from './reading/reading.ts';
import { WRITTEN } from './settling/rows.ts';
import { importReport } from './report.ts';
import { assertColumnsFound, assertSegments } from './segments.ts';
import {
  assertSealDate,
  namesNobody,
  refusalOf,
  sourceHash,
  sourceName,
  targetIncident,
  type ImportRequest,
} from './request.ts';

export type ImportOutcome = {
  outcome: 'imported' | 'already_imported' | 'dry_run';
  /** What was imported, or had been before; absent for a dry run of something new. */
  list: ExposureList | undefined;
  report: ImportReport;
  /** The first 200 refused lines, masked. They are kept nowhere. */
  rejects: readonly Reject[];
};

/** Where lists are kept, and what reads them in. */
export type ImportPlace = { store: Store; keys: KeyStore; importThreads: ImportThreads };

/** What one import works with. */
type Import = {
  session: StoreSession;
  keys: KeyStore;
  threads: ImportThreads;
  actor: Actor;
  request: ImportRequest;
  listId: string;
  incident: TargetIncident;
  key: Key;
  dataKey: DataKey | undefined;
  now: Date;
};

/**
 * Imports a leaked mailing as a new version of an incident's list: a draft, which answers nobody until it is applied. All
 * or nothing: whatever fails, and whenever the process dies, no list is in force because of it, and doing it again
 * comes to the same. The same files with the same options a second time change nothing. No plaintext address reaches
 * the database, a disk, a log or an error. An incident asked for with `newTitle` stays, unpublished, when writing fails.
 *
 * @throws DomainError `forbidden` below editor; `not_found` for an unknown incident; `invalid` when a file cannot be
 * read or names nobody; `conflict` when the same files are being imported, or the incident is no data incident;
 * `unavailable` when the database's disk is full or the incident's key is gone. KeyStoreError, StoreError. The reason of an
 * aborted signal.
 */
export async function importExposures(
  { store, keys, importThreads: threads }: ImportPlace,
  actor: Actor,
  request: ImportRequest,
  now: Date,
): Promise<ImportOutcome> {
  assertRole(actor, 'editor');
  assertSealDate(request, now);
  assertSegments(request.segments ?? [], request.seal !== 'answer_only');
  const incident = await targetIncident(store.db, request);
  await sweepDeadImports(store.db);
  const key = await importKey(store.db, keys, incident, request.dryRun);
  const listId = request.listId ?? newId();
  try {
    const dataKey = request.seal === 'answer_only' || request.dryRun ? undefined : await newDataKey(keys);
    return await store.session(async (session) => {
      await holdImport(session, listId);
      try {
        return await run({ session, keys, threads, actor, request, listId, incident, key, dataKey, now });
      } finally {
        // A connection that is gone has taken it with it.
        await releaseImport(session, listId).catch(() => {});
      }
    });
  } catch (error) {
    // What cannot be deleted now is swept at the next start or import.
    await deleteList(store.db, listId).catch(() => {});
    // A database that does not answer does not say whether the incident is there: then its key stays.
    if (incident.newTitle !== undefined && !request.dryRun) {
      await destroyOrphanedKey(store.db, keys, incident.id, key).catch(() => {});
    }
    throw refusalOf(error);
  }
}

/** What was decided once everything was read. */
type Decided = {
  /** The same files, imported before. */
  twin: string | undefined;
  begun: { list: NewList; version: number } | undefined;
};

async function run(work: Import): Promise<ImportOutcome> {
  const { session, request } = work;
  let decided: Decided | undefined;
  const { reading, settled } = await work.threads.settle(
    {
      exposureKey: work.key,
      dataKey: work.dataKey?.key,
      sources: request.sources,
      delivery: request.delivery,
      batchSize: request.batchSize,
      segments: request.segments ?? [],
      signal: request.signal,
    },
    {
      onProgress: (progress) => request.onProgress?.(progress),
      async onRejects(rejects) {
        for (const reject of rejects) await request.onReject?.(reject);
      },
      async decide(reading): Promise<Decision> {
        decided = await decide(work, reading);
        const { begun } = decided;
        if (!begun) return { list: undefined };
        const segmentIds = begun.list.segments.map(({ id }) => id);
        return { list: { id: begun.list.id, keyVersion: work.key.version, segmentIds } };
      },
      write: (table, rows) => session.copyIn(table, WRITTEN[table], rows),
    },
  );
  const { twin, begun } = decided as Decided;
  const { segments = [] } = request;
  const report = importReport({ ...settled, reading, sealed: request.seal !== 'answer_only', segments });
  const { rejects } = reading;
  if (!begun) {
    const list = twin === undefined ? undefined : await getExposureList(session.db, twin);
    return { outcome: request.dryRun ? 'dry_run' : 'already_imported', list, report, rejects };
  }
  const { list, version } = begun;
  request.signal?.throwIfAborted();
  await finishList(session, work.actor, list, { version, report, files: reading.files }, work.now);
  return { outcome: 'imported', list: await getExposureList(session.db, list.id), report, rejects };
}

/** Whether there is anything to write: then its list begins. */
async function decide(work: Import, reading: Reading): Promise<Decided> {
  const { session, actor, request, incident, key, dataKey, now } = work;
  if (reading.listed === 0) throw namesNobody(reading);
  assertColumnsFound(reading.segmentsWithoutColumn);
  const hash = sourceHash(reading, request);
  const twin = await findTwin(session.db, incident.id, { sourceHash: hash, key });
  if (twin !== undefined || request.dryRun) return { twin, begun: undefined };
  keepNewKey(work.keys, incident, key);
  await assertKeyStands(session.db, work.keys, incident.id, key);
  const sealed =
    request.seal !== 'answer_only' && dataKey
      ? { until: request.seal.until, sealedKey: dataKey.sealedKey }
      : undefined;
  const list: NewList = {
    id: work.listId,
    incident,
    sourceHash: hash,
    sourceName: sourceName(reading.names),
    key,
    sealed,
    segments: (request.segments ?? []).map(({ name }) => ({ id: newId(), name })),
  };
  const { version } = await beginList(session, actor, list, now);
  return { twin: undefined, begun: { list, version } };
}
