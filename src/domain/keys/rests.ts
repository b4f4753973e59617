import { and, count, eq, inArray, isNotNull, isNull, ne, sql, type SQL } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  addresses,
  broadcasts,
  deliveries,
  erasures,
  exposureLists,
  incidents,
  letters,
  proofRequests,
  staff,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import { opens } from '#src/trust/identities.ts';
import type { KeyName, KeyStore } from '#src/trust/keys.ts';
import { exposureKeyName } from '../exposures/address-key.ts';
import { sealedVersion } from './sealed-version.ts';

/** What can rest on a version of a key: without it nobody could be found or written to in these. */
export type RestKind =
  | 'mailboxes'
  | 'subscriptions'
  | 'staff'
  | 'secondFactors'
  | 'codes'
  | 'letters'
  | 'deliveries'
  | 'broadcasts'
  | 'tombstones'
  | 'lists'
  | 'sealedLists'
  /** Marks that hold no subscription back any more: they go with their version. */
  | 'suppressions';

export type Rest = { name: KeyName; version: number; kind: RestKind; rows: number };

const LISTS_MAX = 1000;

/** How many rows rest on each version of each key. Reads the tables whole: for an operator, not for a page. */
export async function listRests(db: Database, keys: KeyStore): Promise<Rest[]> {
  return [
    ...(await listMailboxRests(db)),
    ...(await listBroadcastRests(db)),
    ...(await listTombstones(db)),
    ...(await listLists(db)),
    ...(await listSealedLists(db, keys)),
  ];
}

/** Those that rest on one version. */
export async function listRestsOn(
  db: Database,
  keys: KeyStore,
  name: KeyName,
  version: number,
): Promise<Rest[]> {
  const rests = await listRests(db, keys);
  return rests.filter((rest) => rest.name === name && rest.version === version);
}

async function listMailboxRests(db: Database): Promise<Rest[]> {
  const hashed = async (kind: RestKind, table: typeof addresses | typeof subscriptions | typeof staff) =>
    versionsOf(db, kind, table, sql`${table.keyVersion}`, sealedVersion(sql`${table.sealedAddress}`));
  const totp = sealedVersion(sql`${staff.sealedTotpSecret}`);
  const letter = sealedVersion(sql`${letters.sealedAddress}`);
  const proof = sealedVersion(sql`${proofRequests.sealedAddress}`);
  return [
    ...(await hashed('mailboxes', addresses)),
    ...(await hashed('subscriptions', subscriptions)),
    ...(await hashed('staff', staff)),
    ...(await versionsOf(db, 'secondFactors', staff, totp, totp, isNotNull(staff.sealedTotpSecret))),
    ...(await versionsOf(db, 'letters', letters, letter, letter, isNotNull(letters.sealedAddress))),
    ...(await versionsOf(db, 'codes', proofRequests, sql`${proofRequests.keyVersion}`, proof)),
    ...(await versionsOf(
      db,
      'suppressions',
      suppressions,
      sql`${suppressions.keyVersion}`,
      sql`${suppressions.keyVersion}`,
    )),
  ];
}

type Counted =
  | typeof addresses
  | typeof subscriptions
  | typeof staff
  | typeof letters
  | typeof proofRequests
  | typeof suppressions;

/** A row whose hash and whose sealed value are of two versions rests on both. */
async function versionsOf(
  db: Database,
  kind: RestKind,
  table: Counted,
  hashed: SQL,
  sealed: SQL,
  where?: SQL,
): Promise<Rest[]> {
  const version = sql<number>`version`;
  const rows = await db
    .select({ version, rows: count() })
    .from(
      sql`(select distinct on (row, version) row, version from (select ctid as row, unnest(array[${hashed}, ${sealed}]) as version from ${table} ${where ? sql`where ${where}` : sql``}) as each) as versions`,
    )
    .groupBy(version);
  return rows.map((row) => ({ name: 'addresses' as const, kind, ...row }));
}

async function listBroadcastRests(db: Database): Promise<Rest[]> {
  const isUnderWay = inArray(broadcasts.state, ['freezing', 'sending', 'halted']);
  const sealed = await db
    .select({ version: broadcasts.keyVersion, rows: count() })
    .from(deliveries)
    .innerJoin(broadcasts, eq(broadcasts.id, deliveries.broadcastId))
    .where(isNotNull(deliveries.sealedAddress))
    .groupBy(broadcasts.keyVersion);
  const keyed = await db
    .select({ version: broadcasts.keyVersion, rows: count() })
    .from(broadcasts)
    .where(isUnderWay)
    .groupBy(broadcasts.keyVersion);
  const tokenVersion = sql<number>`(${broadcasts.rendered}->>'tokenKeyVersion')::int`;
  const linked = await db
    .select({ version: tokenVersion, rows: count() })
    .from(broadcasts)
    .where(and(isUnderWay, isNotNull(broadcasts.rendered)))
    .groupBy(tokenVersion);
  return [
    ...sealed.map((row) => ({ name: 'broadcasts' as const, kind: 'deliveries' as const, ...row })),
    ...keyed.map((row) => ({ name: 'broadcasts' as const, kind: 'broadcasts' as const, ...row })),
    ...linked.map((row) => ({ name: 'tokens' as const, kind: 'broadcasts' as const, ...row })),
  ].flatMap(({ version, ...rest }) => (version === null ? [] : [{ ...rest, version }]));
}

async function listTombstones(db: Database): Promise<Rest[]> {
  const rows = await db
    .select({ version: erasures.keyVersion, rows: count() })
    .from(erasures)
    .groupBy(erasures.keyVersion);
  return rows.map((row) => ({ name: 'erasures', kind: 'tombstones', ...row }));
}

async function listLists(db: Database): Promise<Rest[]> {
  const rows = await db
    .select({ incidentId: exposureLists.incidentId, version: exposureLists.keyVersion, rows: count() })
    .from(exposureLists)
    .where(isNull(exposureLists.emptiedAt))
    .groupBy(exposureLists.incidentId, exposureLists.keyVersion);
  return rows.map(({ incidentId, ...row }) => ({ name: exposureKeyName(incidentId), kind: 'lists', ...row }));
}

/** Of versions whose private half is here: what an age file is sealed to cannot be seen from outside. */
async function listSealedLists(db: Database, keys: KeyStore): Promise<Rest[]> {
  const rests: Rest[] = [];
  for (const { version } of keys.active('sealing')) {
    const { length } = await listSealedTo(db, keys, version);
    if (length > 0) rests.push({ name: 'sealing', version, kind: 'sealedLists', rows: length });
  }
  return rests;
}

/** The lists whose sealed addresses this private half opens. */
export async function listSealedTo(db: Database, keys: KeyStore, version: number) {
  const key = keys.get('sealing', version);
  const lists = await db
    .select({
      version: exposureLists.version,
      slug: incidents.slug,
      sealedKey: exposureLists.sealedKey,
      sealedUntil: exposureLists.sealedUntil,
    })
    .from(exposureLists)
    .innerJoin(incidents, eq(incidents.id, exposureLists.incidentId))
    .where(and(isNotNull(exposureLists.sealedKey), ne(exposureLists.state, 'loading')))
    .orderBy(incidents.slug, exposureLists.version)
    .limit(LISTS_MAX);
  const own = [];
  for (const { sealedKey, ...list } of lists) if (sealedKey && (await opens(key, sealedKey))) own.push(list);
  return own;
}
