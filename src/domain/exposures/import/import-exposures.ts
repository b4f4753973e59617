import { StoreError, type Database, type Store, type StoreSession } from '#db/client.ts';
import type { ImportReport } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { isSlug } from '#src/text/slug.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { newDataKey, type DataKey } from '#src/trust/sealing.ts';
import { assertRole, type Actor } from '../../actors.ts';
import { DomainError } from '../../errors.ts';
import { findIncidentBySlug } from '../../incidents/queries.ts';
import { getExposureList, type ExposureList } from '../queries.ts';
import { UnreadableSource, type Source } from '../readers/lines.ts';
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
import { readSources, sourceHash, type Reading, type Reject, type RejectInFull } from './reading.ts';
import { importReport } from './report.ts';
import {
  batchFigures,
  settleBatches,
  settlePeople,
  writeBatches,
  writeOriginals,
  type BatchFigures,
} from './settling.ts';
import { dropStaging, indexStaging, openStaging, type Staging } from './staging.ts';

export const SEAL_DAYS_MAX = 366;
const DAY_MS = 86_400_000;
const SOURCE_NAME_MAX = 200;

export type ImportRequest = {
  /** Read one after the other, each once. */
  sources: Iterable<Source> | AsyncIterable<Source>;
  /** What a mailbox cannot say: who bounced, what was stopped, measures. Read before the sources. */
  delivery?: Source | undefined;
  incidentSlug: string;
  /** How many addresses of a list of bare ones make a leaked batch, where no blank line ends it before. */
  batchSize?: number | undefined;
  /** Opens the incident as an unpublished draft when there is none of this slug. */
  newTitle?: string | undefined;
  /** Keep the exposed people's addresses sealed until then, so that they can be told; or keep nothing but answers. */
  seal: { until: Date } | 'answer_only';
  /** Reads and counts everything, and stores nothing. */
  dryRun: boolean;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Every refused line with what stands in it, for a file that is sealed to the operator. */
  onReject?: ((reject: RejectInFull) => void | Promise<void>) | undefined;
};

/** `part` goes from 0 to 1. */
export type ImportProgress =
  { phase: 'reading'; lines: number } | { phase: 'counting' | 'writing'; part: number };

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

async function targetIncident(db: Database, request: ImportRequest): Promise<TargetIncident> {
  const { incidentSlug: slug, newTitle } = request;
  const incident = await findIncidentBySlug(db, slug);
  if (incident && incident.nature !== 'data') {
    throw new DomainError(
      'conflict',
      `"${slug}" is a service incident, and a list of exposed addresses belongs to a data incident. Open one for the leak.`,
    );
  }
  if (incident) return { id: incident.id, slug };
  if (newTitle === undefined) {
    throw new DomainError(
      'not_found',
      `There is no incident "${slug}". Check the spelling, or use --new "Title" to open it as an unpublished draft.`,
    );
  }
  if (!isSlug(slug)) {
    throw new DomainError(
      'invalid',
      `"${slug}" cannot stand in an address of a page. Use a-z, 0-9 and single hyphens.`,
    );
  }
  return { id: newId(), slug, newTitle };
}

function assertSealDate({ seal }: ImportRequest, now: Date): void {
  if (seal === 'answer_only') return;
  const days = (seal.until.getTime() - now.getTime()) / DAY_MS;
  if (days > 0 && days <= SEAL_DAYS_MAX) return;
  throw new DomainError(
    'invalid',
    `Sealed addresses can be kept until a date in the future, at most a year ahead. Choose another date, or keep answers only.`,
  );
}

function namesNobody(reading: Reading): DomainError {
  const reasons = Object.entries(reading.rejected).map(([reason, lines]) => `${lines} × ${reason}`);
  const refused = reasons.length === 0 ? '' : ` Refused lines: ${reasons.join('; ')}.`;
  return new DomainError(
    'invalid',
    `No address was found in ${sourceName(reading.names) || 'what was given'}; nothing was imported.${refused} Choose the file that lists the recipients.`,
  );
}

/** File names as they are shown; an address in one is left out. */
function sourceName(names: readonly string[]): string {
  const shown = names.join(', ').replace(/[^\s,]*@[^\s,]*/g, '(address)');
  return shown.length > SOURCE_NAME_MAX ? `${shown.slice(0, SOURCE_NAME_MAX)}…` : shown;
}

function refusalOf(error: unknown): unknown {
  if (error instanceof UnreadableSource || error instanceof RangeError) {
    return new DomainError('invalid', `${error.message} Nothing was imported.`);
  }
  if (error instanceof StoreError && error.code === 'full') {
    return new DomainError(
      'unavailable',
      `${error.message} Nothing of this import remains; it can be done again.`,
    );
  }
  return error;
}
