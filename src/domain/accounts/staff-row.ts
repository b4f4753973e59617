import { inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { staff } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Role } from '../actors.ts';
import { holdMailbox } from '../addresses.ts';
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
  const mailbox = await holdMailbox(tx, keys, address);
  const [known] = await tx
    .select({ id: staff.id })
    .from(staff)
    .where(inArray(staff.addressKey, mailbox.hashes));
  if (known) return undefined;
  const { addressKey, keyVersion, sealedAddress } = mailbox.storedAt(staffPlace(id));
  await tx.insert(staff).values({ id, ...person, addressKey, keyVersion, sealedAddress, createdAt: now });
  return id;
}
