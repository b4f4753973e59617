import { inArray, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { suppressions } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { addressKey, addressKeys } from '../addresses.ts';

export type SuppressionReason = 'bounced' | 'complained' | 'manual';

/**
 * No more updates to these addresses, under every key version, until their owners ask again. A complaint replaces a
 * bounce; otherwise the first reason stays.
 */
export async function suppress(
  tx: Database,
  keys: KeyStore,
  addresses: readonly { address: EmailAddress; reason: SuppressionReason }[],
  now: Date,
): Promise<void> {
  keys.current('addresses');
  const rows = keys.active('addresses').flatMap((key) =>
    addresses.map(({ address, reason }) => ({
      addressKey: addressKey(key, address),
      keyVersion: key.version,
      reason,
      createdAt: now,
    })),
  );
  // A statement cannot update one row twice.
  const byKey = new Map(rows.map((row) => [Buffer.from(row.addressKey).toString('hex'), row]));
  if (byKey.size === 0) return;
  await tx
    .insert(suppressions)
    .values([...byKey.values()])
    .onConflictDoUpdate({
      target: suppressions.addressKey,
      set: { reason: sql`excluded.reason` },
      setWhere: sql`${suppressions.reason} = 'bounced' and excluded.reason = 'complained'`,
    });
}

/** The owner asked for it: by a new double opt-in, or signed in with this mailbox. */
export async function liftSuppression(tx: Database, keys: KeyStore, address: EmailAddress): Promise<void> {
  await tx.delete(suppressions).where(inArray(suppressions.addressKey, addressKeys(keys, address)));
}
