import type { Database } from '#db/client.ts';
import { staff } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Role } from '../actors.ts';
import { addressKey, sealAddress } from '../addresses.ts';
import { staffPlace } from './queries.ts';

export type NewStaff = { name: string; title: string; role: Role; address: EmailAddress };

/** Adds somebody's row and gives its id; undefined when the address is somebody's already. */
export async function insertStaff(
  tx: Database,
  keys: KeyStore,
  { address, ...person }: NewStaff,
  now: Date,
): Promise<string | undefined> {
  const id = newId();
  const key = keys.current('addresses');
  const [added] = await tx
    .insert(staff)
    .values({
      id,
      ...person,
      addressKey: addressKey(key, address),
      keyVersion: key.version,
      sealedAddress: sealAddress(keys, address, staffPlace(id)),
      createdAt: now,
    })
    .onConflictDoNothing({ target: staff.addressKey })
    .returning({ id: staff.id });
  return added?.id;
}
