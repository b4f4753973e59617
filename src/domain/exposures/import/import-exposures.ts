import type { Store, StoreSession } from '#db/client.ts';
import type { ImportReport } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { newDataKey, type DataKey } from '#src/trust/sealing.ts';
import { assertRole, type Actor } from '../../actors.ts';
import { getExposureList, type ExposureList } from '../queries.ts';
import { destroyOrphanedKey, importKey } from './import-key.ts';
import {
  beginList,
  deleteList,
  findTwin,
  finishList,
  type NewList,
  type TargetIncident,
} from './list-row.ts';
import { holdImport, releaseImport, sweepDeadImports } from './liveness.ts';
import { readSources, sourceHash, type Reading, type Reject } from './reading.ts';
import { importReport } from './report.ts';
import {
  assertSealDate,
  namesNobody,
  refusalOf,
  sourceName,
  targetIncident,
  type ImportRequest,
} from './request.ts';
import {
  batchFigures,
  settleBatches,
  settlePeople,
  writeBatches,
  writeOriginals,
  type BatchFigures,
} from './settling.ts';
import { dropStaging, indexStaging, openStaging, type Staging } from './staging.ts';

export type ImportOutcome = {
  outcome: 'imported' | 'already_imported' | 'dry_run';
  /** What was imported, or had been before; absent for a dry run of something new. */
  list: ExposureList | undefined;
  report: ImportReport;
  /** The first 200 refused lines, masked. They are kept nowhere. */
  rejects: readonly Reject[];
};

/** What one import works with. */
type Import = {
  session: StoreSession;
  staging: Staging;
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
 * `unavailable` when the database's disk is full or the incident's key is gone. KeyStoreError, StoreError.
 */
export async function importExposures(
  store: Store,
  keys: KeyStore,
  actor: Actor,
  request: ImportRequest,
  now: Date,
): Promise<ImportOutcome> {
  assertRole(actor, 'editor');
  assertSealDate(request, now);
  const incident = await targetIncident(store.db, request);
  await sweepDeadImports(store.db);
  const key = await importKey(store.db, keys, incident.id, request.dryRun);
  const listId = newId();
  try {
    const dataKey = request.seal === 'answer_only' || request.dryRun ? undefined : await newDataKey(keys);
    return await store.session(async (session) => {
      await holdImport(session, listId);
      try {
        const staging = await openStaging(store.engine, session, listId);
        return await run({ session, staging, actor, request, listId, incident, key, dataKey, now });
      } finally {
        // A connection that is gone has taken both with it.
        await dropStaging(session, listId).catch(() => {});
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

async function run(work: Import): Promise<ImportOutcome> {
  const { session, staging, request, incident } = work;
  const reading = await readSources(
    staging,
    { exposure: work.key, data: work.dataKey?.key },
    { sources: request.sources, delivery: request.delivery, batchSize: request.batchSize },
    {
      onLines: (lines) => request.onProgress?.({ phase: 'reading', lines }),
      onReject: (reject) => request.onReject?.(reject),
    },
  );
  if (reading.listed === 0) throw namesNobody(reading);
  await indexStaging(staging);
  const unmatched = await settleBatches(staging, reading.listed, reading.told, (part) =>
    request.onProgress?.({ phase: 'counting', part }),
  );
  const hash = sourceHash(reading, request);
  const twin = await findTwin(session.db, incident.id, hash);
  const figures = { reading, unmatched, batches: await batchFigures(staging) };
  const { rejects } = reading;
  if (twin !== undefined || request.dryRun) {
    const people = await settlePeople(staging, reading.listed, reading.told, undefined, () => {});
    const report = importReport({ ...figures, people, sealed: request.seal !== 'answer_only' });
    const list = twin === undefined ? undefined : await getExposureList(session.db, twin);
    return { outcome: request.dryRun ? 'dry_run' : 'already_imported', list, report, rejects };
  }
  const report = await write(work, { ...figures, hash });
  return { outcome: 'imported', list: await getExposureList(session.db, work.listId), report, rejects };
}

type Settled = { reading: Reading; unmatched: number; batches: BatchFigures; hash: string };

async function write(work: Import, settled: Settled): Promise<ImportReport> {
  const { session, staging, actor, request, dataKey, key, now } = work;
  const { reading, hash, ...figures } = settled;
  const sealed =
    request.seal !== 'answer_only' && dataKey
      ? { until: request.seal.until, sealedKey: dataKey.sealedKey }
      : undefined;
  const list: NewList = {
    id: work.listId,
    incident: work.incident,
    sourceHash: hash,
    sourceName: sourceName(reading.names),
    key,
    sealed,
  };
  const { version } = await beginList(session, actor, list, now);
  const target = { listId: list.id, keyVersion: key.version };
  await writeBatches(staging, target);
  const people = await settlePeople(staging, reading.listed, reading.told, target, (part) =>
    request.onProgress?.({ phase: 'writing', part: sealed ? part * 0.7 : part }),
  );
  if (sealed) {
    await writeOriginals(staging, target, people.exposed, (part) =>
      request.onProgress?.({ phase: 'writing', part: 0.7 + part * 0.3 }),
    );
  }
  const report = importReport({ ...figures, reading, people, sealed: sealed !== undefined });
  await finishList(session, actor, list, { version, report, files: reading.files }, now);
  return report;
}
