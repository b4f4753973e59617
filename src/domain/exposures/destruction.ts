import { setImmediate } from 'node:timers/promises';
import { and, asc, eq, inArray, isNull, ne, sql, type SQL } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  acknowledgements,
  broadcasts,
  erasures,
  exposureDestructions,
  exposureLists,
  exposures,
  sealedOriginals,
  type ImportReport,
} from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { actorId, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { getIncident } from '../incidents/queries.ts';
import { exposureKeyName } from './address-key.ts';
import { keyRanges } from './import/ranges.ts';
import type { DestroyExposures } from './input.ts';
import { findDestruction } from './queries.ts';
import { assertDestroyable } from './rules.ts';

const DELETE_ROWS = 1000;
const LISTS_PER_ROUND = 20;
const LISTS_MAX = 1000;

/**
 * Ends an incident's data: from this commit nobody is told anything but that it is destroyed, then its key is gone, and what
 * the key made of addresses means nothing. The rows are deleted by `deleteDestroyedRows`. Counts and evidence stay. The second
 * time it only destroys what keys are left.
 *
 * @throws DomainError `not_found`; `forbidden` below owner, and for whoever imported a list of it; `invalid` when the typed
 * name is another; `conflict` without a list, while one is being imported, and while a broadcast to its people is prepared.
 */
export async function destroyExposures(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  { incidentId, slug }: DestroyExposures,
  now: Date,
): Promise<{ lists: number }> {
  const lists = await db.transaction(async (tx) => {
    const incident = await getIncident(tx, incidentId);
    // An import takes the next version under the same lock.
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended('forthright exposure versions ' || ${incidentId}::text, 0))`,
    );
    const held = await lockLists(tx, incidentId);
    assertDestroyable(actor, held);
    if (slug !== incident.slug) {
      throw new DomainError(
        'invalid',
        `What you typed is not "${incident.slug}". Nothing was destroyed. Type the name of the incident exactly.`,
      );
    }
    if (await findDestruction(tx, incidentId)) return held.length;
    refuseBusy(held);
    await refuseAudience(tx, incidentId);
    await tx
      .insert(exposureDestructions)
      .values({ incidentId, destroyedBy: actorId(actor), destroyedAt: now });
    await tx.update(exposureLists).set({ sealedKey: null }).where(eq(exposureLists.incidentId, incidentId));
    const details = {
      slug: incident.slug,
      lists: held.length,
      versions: held.map(({ version }) => version),
      keyFingerprints: [...new Set(held.map(({ keyFingerprint }) => keyFingerprint))],
    };
    const subject = `incident:${incidentId}`;
    await appendEvidence(tx, { kind: 'exposures_destroyed', subject, actor, details }, now);
    await touch(tx, [`incident:${incident.slug}`]);
    return held.length;
  });
  destroyKeys(keys, incidentId);
  return { lists };
}

/**
 * Deletes what an incident's data left behind after its end: the key, should the process have died before it was destroyed,
 * and the rows, few at a time. A death in between leaves only work to do again. Returns how many lists it emptied.
 */
export async function deleteDestroyedRows(db: Database, keys: KeyStore, now: Date): Promise<number> {
  const due = await db
    .select({
      id: exposureLists.id,
      incidentId: exposureLists.incidentId,
      version: exposureLists.version,
      report: exposureLists.report,
    })
    .from(exposureLists)
    .innerJoin(exposureDestructions, eq(exposureDestructions.incidentId, exposureLists.incidentId))
    .where(and(isNull(exposureLists.emptiedAt), ne(exposureLists.state, 'loading')))
    .orderBy(asc(exposureLists.incidentId), asc(exposureLists.version))
    .limit(LISTS_PER_ROUND);
  for (const { id, incidentId, version, report } of due) {
    destroyKeys(keys, incidentId);
    await deleteAll(db, sql`${exposures}`, sql`address_key`, id, report?.listed ?? 0);
    await deleteAll(db, sql`${sealedOriginals}`, sql`id`, id, sealedInAll(report));
    await deleteFew(db, sql`${acknowledgements}`, sql`list_id = ${id}`);
    // No list of it will ever be imported again, so that nothing has to be held back from one.
    await deleteFew(db, sql`${erasures}`, sql`incident_id = ${incidentId}`);
    await db.transaction(async (tx) => {
      const emptied = await tx
        .update(exposureLists)
        .set({ emptiedAt: now, sealedKey: null })
        .where(and(eq(exposureLists.id, id), isNull(exposureLists.emptiedAt)))
        .returning({ id: exposureLists.id });
      if (emptied.length === 0) return;
      const details = { incident: incidentId, version };
      const subject = `exposure_list:${id}`;
      await appendEvidence(tx, { kind: 'exposures_emptied', subject, actor: 'worker', details }, now);
    });
  }
  return due.length;
}

/** Originals of everybody, and once more for each segment somebody is in. */
function sealedInAll(report: ImportReport | null): number {
  const segments = report?.segments ?? [];
  return segments.reduce((sum, { addresses }) => sum + addresses, report?.sealed ?? 0);
}

function destroyKeys(keys: KeyStore, incidentId: string): void {
  const name = exposureKeyName(incidentId);
  for (const entry of keys.list()) if (entry.name === name) keys.destroy(name, entry.version);
}

async function lockLists(tx: Database, incidentId: string) {
  return tx
    .select({
      version: exposureLists.version,
      state: exposureLists.state,
      importedBy: exposureLists.importedBy,
      keyFingerprint: exposureLists.keyFingerprint,
    })
    .from(exposureLists)
    .where(eq(exposureLists.incidentId, incidentId))
    .orderBy(exposureLists.id)
    .limit(LISTS_MAX)
    .for('update');
}

function refuseBusy(lists: readonly { state: string }[]): void {
  if (lists.length === 0) {
    throw new DomainError(
      'conflict',
      'No list was ever imported for this incident, so there is nothing to destroy.',
    );
  }
  if (lists.some(({ state }) => state === 'loading')) {
    throw new DomainError(
      'conflict',
      'A list is being imported for this incident. Wait until that has ended, or stop it. Nothing was destroyed.',
    );
  }
}

/** Whoever is about to be written to would be forgotten halfway. */
async function refuseAudience(tx: Database, incidentId: string): Promise<void> {
  const [preparing] = await tx
    .select({ id: broadcasts.id })
    .from(broadcasts)
    .where(
      and(
        inArray(broadcasts.state, ['approved', 'freezing', 'halted']),
        isNull(broadcasts.audienceCount),
        sql`${broadcasts.audience}->>'incidentId' = ${incidentId}`,
        // What a list changed that was replaced since is never written about: such a broadcast stays halted.
        sql`not exists (
          select from exposure_lists where incident_id = ${incidentId} and applied_at is not null
            and version > (${broadcasts.audience}->>'version')::int
        )`,
      ),
    )
    .limit(1);
  if (!preparing) return;
  throw new DomainError(
    'conflict',
    'A broadcast to these people is being prepared. Wait until it is being sent, or stop it for good. Nothing was destroyed.',
  );
}

/** In parts of the space of keys: the embedded database runs on the event loop. `expected`: how many rows it may be. */
async function deleteAll(
  db: Database,
  table: SQL,
  key: SQL,
  listId: string,
  expected: number,
): Promise<void> {
  for (const { from, to } of keyRanges(expected, DELETE_ROWS)) {
    await db.execute(sql`
      delete from ${table} where list_id = ${listId} and ${key} >= ${from} and ${key} < ${to}`);
    await setImmediate();
  }
}

/** Rows of customers, of whom there are fewer than of people in a list. */
async function deleteFew(db: Database, table: SQL, which: SQL): Promise<void> {
  for (let deleted = DELETE_ROWS; deleted === DELETE_ROWS;) {
    const some = sql`select ctid from ${table} where ${which} limit ${DELETE_ROWS}`;
    const { rows } = (await db.execute(
      sql`delete from ${table} where ctid = any(array(${some})) returning 1`,
    )) as unknown as { rows: unknown[] };
    deleted = rows.length;
    await setImmediate();
  }
}
