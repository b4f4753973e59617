import { and, inArray, lt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { staff, subscriptions } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { HeldMailbox } from '../addresses.ts';
import { renewTombstones } from '../exposures/tombstones.ts';
import { moveSuppressions, rewriteMailboxes } from './rewriting.ts';

/**
 * Somebody has just proven this mailbox, by entering a code or pressing a button: what else is kept of it is stored under
 * the newest versions, too. In the transaction of the proof. Looking at a page never comes here.
 */
export async function renewMailbox(tx: Database, keys: KeyStore, mailbox: HeldMailbox): Promise<void> {
  const { version } = keys.current('addresses');
  const rows = await tx
    .select({ id: subscriptions.id, sealedAddress: subscriptions.sealedAddress })
    .from(subscriptions)
    .where(and(inArray(subscriptions.addressKey, mailbox.hashes), lt(subscriptions.keyVersion, version)))
    .for('update');
  await rewriteMailboxes(tx, keys, 'subscriptions', rows);
  await moveSuppressions(tx, keys, [mailbox.address]);
  await renewTombstones(tx, keys, mailbox.address);
}

/** The same for somebody of the team, who has proven the mailbox they sign in with. */
export async function renewStaffMailbox(tx: Database, keys: KeyStore, mailbox: HeldMailbox): Promise<void> {
  const { version } = keys.current('addresses');
  const rows = await tx
    .select({ id: staff.id, sealedAddress: staff.sealedAddress })
    .from(staff)
    .where(and(inArray(staff.addressKey, mailbox.hashes), lt(staff.keyVersion, version)))
    .for('update');
  await rewriteMailboxes(tx, keys, 'staff', rows);
}
