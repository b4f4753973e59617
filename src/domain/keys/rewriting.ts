import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { NORM_VERSION, type EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { seal, SealBroken } from '#src/trust/seal.ts';
import { addressKey, openAddress } from '../addresses.ts';

/** Where mailboxes are stored: found by their keyed hash, readable with the key. */
export const mailboxTables = ['addresses', 'subscriptions', 'staff'] as const;
export type MailboxTable = (typeof mailboxTables)[number];

/** A row, locked by the caller. */
export type MailboxRow = { id: string; sealedAddress: Uint8Array };

/**
 * Stores these rows under the version that is written with, as they were spelled, and the suppressions of their mailboxes
 * with them. A row that does not open stays as it is.
 *
 * @returns how many were rewritten.
 */
export async function rewriteMailboxes(
  tx: Database,
  keys: KeyStore,
  table: MailboxTable,
  rows: readonly MailboxRow[],
): Promise<number> {
  const key = keys.current('addresses');
  const rewritten = rows.flatMap(({ id, sealedAddress }) => {
    const place = `${table}:${id}`;
    const address = openedAddress(keys, sealedAddress, place);
    if (address === undefined) return [];
    return [{ id, address, hash: addressKey(key, address), sealed: seal(key, address, place) }];
  });
  if (rewritten.length === 0) return 0;
  const normVersion = table === 'staff' ? sql`` : sql`norm_version = ${NORM_VERSION},`;
  await tx.execute(sql`
    update ${sql.identifier(table)} set ${normVersion}
      address_key = rewritten.hash, key_version = ${key.version}, sealed_address = rewritten.sealed
    from unnest(
      ${sql.param(rewritten.map(({ id }) => id))}::text[],
      ${sql.param(rewritten.map(({ hash }) => Buffer.from(hash)))}::bytea[],
      ${sql.param(rewritten.map(({ sealed }) => Buffer.from(sealed)))}::bytea[]
    ) as rewritten (id, hash, sealed)
    where ${sql.identifier(table)}.id = rewritten.id`);
  await moveSuppressions(
    tx,
    keys,
    rewritten.map(({ address }) => address),
  );
  return rewritten.length;
}

function openedAddress(keys: KeyStore, sealed: Uint8Array, place: string): EmailAddress | undefined {
  try {
    return openAddress(keys, sealed, place);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

/**
 * A suppression holds back the subscription with the same keyed hash: it goes where the subscription goes. Of two, the
 * complaint stays.
 */
export async function moveSuppressions(
  tx: Database,
  keys: KeyStore,
  addresses: readonly EmailAddress[],
): Promise<void> {
  const key = keys.current('addresses');
  const older = keys.active('addresses').filter(({ version }) => version < key.version);
  const moves = addresses.flatMap((address) => {
    const to = Buffer.from(addressKey(key, address));
    return older.map((old) => ({ from: Buffer.from(addressKey(old, address)), to }));
  });
  if (moves.length === 0) return;
  await tx.execute(sql`
    with moves as (
      select * from unnest(
        ${sql.param(moves.map(({ from }) => from))}::bytea[], ${sql.param(moves.map(({ to }) => to))}::bytea[]
      ) as moves (old_key, new_key)
    ), moved as (
      delete from suppressions using moves where suppressions.address_key = moves.old_key
      returning moves.new_key, suppressions.reason, suppressions.created_at
    )
    insert into suppressions (address_key, key_version, reason, created_at)
    select distinct on (new_key) new_key, ${key.version}::int, reason, created_at from moved
    order by new_key, reason = 'complained' desc, created_at
    on conflict (address_key) do update set reason = excluded.reason
      where suppressions.reason = 'bounced' and excluded.reason = 'complained'`);
}
