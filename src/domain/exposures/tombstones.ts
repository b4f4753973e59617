import { and, eq, inArray, lt, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { erasures, exposureDestructions, exposureLists, exposures } from '#db/schema/index.ts';
import { NORM_VERSION, normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import { hmac } from '#src/trust/hmac.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { DomainError } from '../errors.ts';
import { exposureKey, exposureKeyName } from './address-key.ts';
import { holdsRows } from './answering-list.ts';

/** `hidden`: its owner did not want to see it. `erased`: they had everything about them erased. */
export type Tombstone = { kind: 'hidden' | 'erased'; erasedAt: Date };

/** Keyed for one incident alone: two incidents cannot be laid side by side to see who left both. */
function tombstoneKey(key: Key, incidentId: string, address: EmailAddress): Uint8Array {
  return hmac(key.bytes, `erasure/v1|${incidentId}|${NORM_VERSION}|${normalisedAddress(address)}`);
}

/**
 * Has the owner of this address had the result of this incident erased? One HMAC for each key version and two statements,
 * whoever is asked about.
 *
 * @throws DomainError `unavailable` when the key of a tombstone is not in the key folder: without it a result that somebody
 *   had hidden would be shown again.
 */
export async function findTombstone(
  db: Database,
  keys: KeyStore,
  incidentId: string,
  address: EmailAddress,
): Promise<Tombstone | undefined> {
  const held = keys.active('erasures');
  const own = held.map((key) => tombstoneKey(key, incidentId, address));
  await assertKeysHeld(db, held, incidentId);
  const [found] = await db
    .select({ kind: erasures.kind, erasedAt: erasures.erasedAt })
    .from(erasures)
    .where(and(eq(erasures.incidentId, incidentId), inArray(erasures.addressKey, own)))
    .orderBy(sql`${erasures.erasedAt} desc`)
    .limit(1);
  return found;
}

/** Which of these are not to be written to about this incident. In the freeze's transaction: it sees what was erased before. */
export async function listErased(
  tx: Database,
  keys: KeyStore,
  incidentId: string,
  asked: readonly EmailAddress[],
): Promise<ReadonlySet<EmailAddress>> {
  const held = keys.active('erasures');
  await assertKeysHeld(tx, held, incidentId);
  const byKey = new Map<string, EmailAddress>();
  for (const address of asked) {
    for (const key of held) byKey.set(hex(tombstoneKey(key, incidentId, address)), address);
  }
  if (byKey.size === 0) return new Set();
  const own = [...byKey.keys()].map((text) => Buffer.from(text, 'hex'));
  const rows = await tx
    .select({ addressKey: erasures.addressKey })
    .from(erasures)
    .where(
      and(eq(erasures.incidentId, incidentId), sql`${erasures.addressKey} = any(${sql.param(own)}::bytea[])`),
    );
  return new Set(rows.flatMap((row) => byKey.get(hex(row.addressKey)) ?? []));
}

/**
 * Deletes the rows of these addresses in every list of these incidents, under every key version, and leaves a tombstone for
 * each, so that a list that is imported later does not answer for them. The figures of the reports stay.
 *
 * @throws DomainError `unavailable` when a list has rows and its key is not in the key folder: they could not be found.
 */
export async function eraseExposures(
  tx: Database,
  keys: KeyStore,
  erased: { addresses: readonly EmailAddress[]; incidentIds: readonly string[]; kind: Tombstone['kind'] },
  now: Date,
): Promise<void> {
  const key = keys.current('erasures');
  for (const incidentId of erased.incidentIds) {
    await deleteRows(tx, keys, incidentId, erased.addresses);
    if (erased.addresses.length === 0) continue;
    await tx
      .insert(erasures)
      .values(
        erased.addresses.map((address) => ({
          incidentId,
          addressKey: tombstoneKey(key, incidentId, address),
          keyVersion: key.version,
          normVersion: NORM_VERSION,
          kind: erased.kind,
          erasedAt: now,
        })),
      )
      .onConflictDoUpdate({
        target: [erasures.incidentId, erasures.addressKey],
        set: { kind: erased.kind, erasedAt: now },
        setWhere: sql`${erased.kind} = 'erased'`,
      });
  }
}

/**
 * The owner of this address has just proven it: their tombstones are made anew under the version that is written with. The
 * work depends on the incidents that have tombstones of older versions, not on whose address it is.
 */
export async function renewTombstones(tx: Database, keys: KeyStore, address: EmailAddress): Promise<void> {
  const key = keys.current('erasures');
  const older = keys.active('erasures').filter(({ version }) => version < key.version);
  if (older.length === 0) return;
  const marked = await tx
    .selectDistinct({ incidentId: erasures.incidentId })
    .from(erasures)
    .where(lt(erasures.keyVersion, key.version));
  const moves = marked.flatMap(({ incidentId }) => {
    const to = Buffer.from(tombstoneKey(key, incidentId, address));
    return older.map((old) => ({
      incidentId,
      from: Buffer.from(tombstoneKey(old, incidentId, address)),
      to,
    }));
  });
  if (moves.length === 0) return;
  // Of two tombstones the one that says more stays.
  await tx.execute(sql`
    with moves as (
      select * from unnest(
        ${sql.param(moves.map(({ incidentId }) => incidentId))}::text[],
        ${sql.param(moves.map(({ from }) => from))}::bytea[], ${sql.param(moves.map(({ to }) => to))}::bytea[]
      ) as moves (incident_id, old_key, new_key)
    ), moved as (
      delete from erasures using moves
      where erasures.incident_id = moves.incident_id and erasures.address_key = moves.old_key
      returning erasures.incident_id, moves.new_key, erasures.kind, erasures.erased_at
    )
    insert into erasures (incident_id, address_key, key_version, norm_version, kind, erased_at)
    select distinct on (incident_id, new_key)
      incident_id, new_key, ${key.version}::int, ${NORM_VERSION}, kind, erased_at from moved
    order by incident_id, new_key, kind = 'erased' desc, erased_at desc
    on conflict (incident_id, address_key) do update set kind = excluded.kind, erased_at = excluded.erased_at
      where erasures.kind = 'hidden' and excluded.kind = 'erased'`);
}

async function deleteRows(
  tx: Database,
  keys: KeyStore,
  incidentId: string,
  addresses: readonly EmailAddress[],
): Promise<void> {
  // Its key was destroyed and took the meaning of the rows with it: what still waits to be deleted is nobody's.
  if (await isDestroyed(tx, incidentId)) return;
  const held = keys.active(exposureKeyName(incidentId));
  const own = held.flatMap((key) => addresses.map((address) => exposureKey(key, address)));
  const lists = await tx
    .select({
      id: exposureLists.id,
      keyVersion: exposureLists.keyVersion,
      keyFingerprint: exposureLists.keyFingerprint,
    })
    .from(exposureLists)
    .where(eq(exposureLists.incidentId, incidentId));
  for (const list of lists) {
    const key = held.find((candidate) => candidate.version === list.keyVersion);
    const findable = key !== undefined && keyFingerprint(key) === list.keyFingerprint;
    if (!findable && (await holdsRows(tx, list.id))) throw keyIsAway();
    const gone = await tx
      .delete(exposures)
      .where(and(eq(exposures.listId, list.id), inArray(exposures.addressKey, own)))
      .returning({ addressKey: exposures.addressKey });
    const people = new Set(gone.map((row) => hex(row.addressKey))).size;
    if (people === 0) continue;
    await tx
      .update(exposureLists)
      .set({ erasedAddresses: sql`${exposureLists.erasedAddresses} + ${people}` })
      .where(eq(exposureLists.id, list.id));
  }
}

async function isDestroyed(tx: Database, incidentId: string): Promise<boolean> {
  const rows = await tx
    .select({ incidentId: exposureDestructions.incidentId })
    .from(exposureDestructions)
    .where(eq(exposureDestructions.incidentId, incidentId));
  return rows.length > 0;
}

async function assertKeysHeld(db: Database, held: readonly Key[], incidentId: string): Promise<void> {
  const [row] = await db
    .select({
      versions: sql<number[] | null>`array_agg(distinct ${erasures.keyVersion})`,
    })
    .from(erasures)
    .where(eq(erasures.incidentId, incidentId));
  const isHeld = (version: number) => held.some((key) => key.version === version);
  if (!(row?.versions ?? []).every(isHeld)) throw keyIsAway();
}

function keyIsAway(): DomainError {
  return new DomainError(
    'unavailable',
    'A key that exposure data rests on is not in the key folder. Restore it from its backup.',
  );
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
