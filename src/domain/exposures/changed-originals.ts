import { setImmediate } from 'node:timers/promises';
import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { NORM_VERSION, type EmailAddress } from '#src/text/email-address.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { SealBroken, type Key } from '#src/trust/seal.ts';
import { DomainError } from '../errors.ts';
import { exposureKey, exposureKeyName } from './address-key.ts';
import { assertWhole, holdsRows } from './answering-list.ts';
import { changeFromBToA, told, type Change } from './changes.ts';
import type { HeldVersion, Replacement } from './replacement.ts';
import { listSealedOriginals, type OpenedOriginal } from './sealed.ts';
import { listErased } from './tombstones.ts';

/** Each has a key in either list: at most 500 keys in one statement. */
const ADDRESSES_PER_STATEMENT = 250;

export type ChangedOriginal = OpenedOriginal & { change: Change };

/** `read`: how many originals there were; fewer than asked for means these were the last. */
export type ChangedOriginals = { originals: ChangedOriginal[]; read: number; lastId: string | null };

/**
 * The next sealed originals of one of two lists, opened, with what the newer changed for each. Who has had everything erased is
 * left out. Each address's keys exist in memory, while this runs. Only for the worker that prepares a broadcast.
 *
 * @throws DomainError `conflict` when the originals are gone; `unavailable` when the keys, the rules of normalisation or the
 *   rows of either list are not what they were; KeyStoreError when a key is not in the key folder.
 */
export async function listChangedOriginals(
  db: Database,
  keys: KeyStore,
  replacement: Replacement,
  side: 'newer' | 'older',
  afterId: string | null,
  limit: number,
): Promise<ChangedOriginals> {
  const { newer, older, incidentId } = replacement;
  const newerKey = keyOf(keys, incidentId, newer);
  const olderKey = keyOf(keys, incidentId, older);
  for (const list of [newer, older]) await assertRows(db, list);
  const opened = await openOriginals(db, keys, replacement[side], afterId, limit);
  const originals: ChangedOriginal[] = [];
  const notListed: EmailAddress[] = [];
  for (let start = 0; start < opened.length; start += ADDRESSES_PER_STATEMENT) {
    const block = opened.slice(start, start + ADDRESSES_PER_STATEMENT);
    const asked = block.map(({ address }) => ({
      newer: exposureKey(newerKey, address),
      older: exposureKey(olderKey, address),
    }));
    const changes = await listChanges(db, replacement, asked);
    block.forEach((original, index) => {
      const found = changes[index];
      if (found?.[side]) originals.push({ ...original, change: found.change });
      else notListed.push(original.address);
    });
    await setImmediate();
  }
  await assertErased(db, keys, replacement, side, notListed);
  return { originals, read: opened.length, lastId: opened.at(-1)?.id ?? null };
}

type Asked = { newer: Uint8Array; older: Uint8Array };

/** `newer`, `older`: whether the address is exposed in that list. In the order asked. */
type Found = { newer: boolean | null; older: boolean | null; change: Change };

async function listChanges(
  db: Database,
  { newer, older }: Replacement,
  asked: readonly Asked[],
): Promise<Found[]> {
  const newerKeys = sql`${sql.param(asked.map((one) => Buffer.from(one.newer)))}::bytea[]`;
  const olderKeys = sql`${sql.param(asked.map((one) => Buffer.from(one.older)))}::bytea[]`;
  const { rows } = (await db.execute(sql`
    with asked as (
      select * from unnest(${newerKeys}, ${olderKeys}) with ordinality as asked (newer_key, older_key, place)
    ),
    before as materialized (${told(older.id, sql`e.address_key = any(${olderKeys})`)}),
    after as materialized (${told(newer.id, sql`e.address_key = any(${newerKeys})`)})
    select a.exposed as newer, b.exposed as older, ${changeFromBToA} as change
    from asked
    left join before b on b.address_key = asked.older_key
    left join after a on a.address_key = asked.newer_key
    order by place`)) as unknown as { rows: Found[] };
  return rows;
}

/** The key that a list's rows were made with: with any other, nobody would be found in it. */
function keyOf(keys: KeyStore, incidentId: string, list: HeldVersion): Key {
  const key = keys.get(exposureKeyName(incidentId), list.keyVersion);
  if (keyFingerprint(key) !== list.keyFingerprint) {
    throw unavailable(
      `The key in the key folder is not the one that version ${list.version} of the list was made with. Restore the key folder from its backup.`,
    );
  }
  if (list.normVersion !== NORM_VERSION) {
    throw unavailable(
      `Version ${list.version} of the list was made by another version of Forthright, so it cannot be told whose answer has changed. Write to everybody exposed.`,
    );
  }
  return key;
}

async function assertRows(db: Database, { id, report, erasedAddresses }: HeldVersion): Promise<void> {
  if (report) assertWhole({ report, erasedAddresses }, await holdsRows(db, id));
}

async function openOriginals(
  db: Database,
  keys: KeyStore,
  list: HeldVersion,
  afterId: string | null,
  limit: number,
): Promise<OpenedOriginal[]> {
  try {
    return await listSealedOriginals(db, keys, list.id, afterId, limit);
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    throw unavailable(
      `A sealed address of version ${list.version} of the list cannot be opened: it was moved or changed. Restore the database from its backup, whole.`,
    );
  }
}

/** Only exposed people are sealed: one who is not exposed in their own list was erased from it, or the list has lost rows. */
async function assertErased(
  db: Database,
  keys: KeyStore,
  replacement: Replacement,
  side: 'newer' | 'older',
  addresses: readonly EmailAddress[],
): Promise<void> {
  if (addresses.length === 0) return;
  const erased = await listErased(db, keys, replacement.incidentId, addresses);
  if (addresses.every((address) => erased.has(address))) return;
  throw unavailable(
    `Version ${replacement[side].version} of the list has lost rows, so it cannot be told whose answer has changed. Restore the database from its backup, whole, or import the list again.`,
  );
}

function unavailable(message: string): DomainError {
  return new DomainError('unavailable', message);
}
