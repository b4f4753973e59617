import { and, count, eq, inArray, isNotNull, isNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { addresses, customers, staff } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { holdMailbox, type HeldMailbox } from '../addresses.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { renewMailbox, renewStaffMailbox } from '../keys/on-proof.ts';
import { addressPlace } from './queries.ts';
import type { Customer } from './people.ts';
import { requestProof } from './proofs.ts';
import { redeemProof, refusedProof, type Redemption } from './proof-redemption.ts';
import { startCustomerSession, startStaffSession } from './sessions.ts';

const ADDRESSES_MAX = 50;
/** Before addresses are changed, the person must have proven a mailbox this lately, in this session. */
export const FRESH_PROOF_MINUTES = 30;

/** A code or a link, with the secret of the browser it is redeemed in. */
type Redeemed = Redemption extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'purpose'>
    : never
  : never;

/**
 * Signs in whoever has proven a mailbox; the first proof of an address makes a customer.
 *
 * @returns the new session's token, for the cookie.
 * @throws DomainError `invalid`, in one sentence whatever is wrong.
 */
export async function signInCustomer(
  db: Database,
  keys: KeyStore,
  redeemed: Redeemed,
  now: Date,
): Promise<string> {
  // A wrong code is counted although it is refused: the refusal comes after the commit.
  const token = await db.transaction(async (tx) => {
    const proven = await redeemProof(tx, keys, { ...redeemed, purpose: 'customer_sign_in' }, now);
    if (!proven) return undefined;
    const customerId = await customerAt(tx, keys, proven.address, now);
    return startCustomerSession(tx, customerId, now);
  });
  if (token === undefined) throw refusedProof();
  return token;
}

/**
 * The first half of signing in as staff: the mailbox. For ten minutes the session is good for the second factor only.
 * Mailboxes of nobody in the team are refused like a wrong code.
 *
 * @throws DomainError `invalid`.
 */
export async function signInStaff(
  db: Database,
  keys: KeyStore,
  redeemed: Redeemed,
  now: Date,
): Promise<string> {
  const token = await db.transaction(async (tx) => {
    const proven = await redeemProof(tx, keys, { ...redeemed, purpose: 'staff_sign_in' }, now);
    if (!proven) return undefined;
    const mailbox = await holdMailbox(tx, keys, proven.address);
    await renewStaffMailbox(tx, keys, mailbox);
    const [member] = await tx
      .select({ id: staff.id })
      .from(staff)
      .where(
        and(
          inArray(staff.addressKey, mailbox.hashes),
          isNull(staff.deactivatedAt),
          isNotNull(staff.sealedTotpSecret),
        ),
      );
    return member && startStaffSession(tx, member.id, { secondFactorGiven: false }, now);
  });
  if (token === undefined) throw refusedProof();
  return token;
}

/**
 * Asks for the proof of one more mailbox of a signed-in person.
 *
 * @throws DomainError `forbidden` when the last proof is too long ago; `conflict` when there are too many.
 */
export async function requestAddress(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  input: { address: EmailAddress; clientAddress: string; signedInAt: Date | undefined },
  now: Date,
): Promise<string> {
  if (!isFresh(input.signedInAt, now)) {
    throw new DomainError('forbidden', { refusal: 'signInAgain', values: { minutes: FRESH_PROOF_MINUTES } });
  }
  if (customer.addresses.length >= ADDRESSES_MAX) {
    throw new DomainError('conflict', { refusal: 'addressesFull', values: { count: ADDRESSES_MAX } });
  }
  const { address, clientAddress } = input;
  return requestProof(
    db,
    keys,
    { purpose: 'add_address', address, clientAddress, customerId: customer.id },
    now,
  );
}

export function isFresh(
  signedInAt: Date | undefined,
  now: Date,
  minutes: number = FRESH_PROOF_MINUTES,
): boolean {
  return signedInAt !== undefined && now.getTime() - signedInAt.getTime() < minutes * 60_000;
}

/**
 * Adds a proven mailbox to a person. Whoever proves a mailbox has it: from another person it moves here, and one who has
 * none left is gone, sessions and all.
 *
 * @throws DomainError `invalid`, in one sentence whatever is wrong.
 */
export async function addAddress(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  redeemed: Redeemed,
  now: Date,
): Promise<void> {
  const added = await db.transaction(async (tx) => {
    const proven = await redeemProof(tx, keys, { ...redeemed, purpose: 'add_address' }, now);
    if (!proven || proven.customerId !== customer.id) return false;
    const mailbox = await holdMailbox(tx, keys, proven.address);
    const found = await findAddress(tx, mailbox);
    if (!found) await insertAddress(tx, mailbox, customer.id, now);
    else if (found.customerId === customer.id) await renewAddress(tx, mailbox, found.id, now);
    else await moveAddress(tx, mailbox, found, customer.id, now);
    await renewMailbox(tx, keys, mailbox);
    return true;
  });
  if (!added) throw refusedProof();
}

async function customerAt(tx: Database, keys: KeyStore, address: EmailAddress, now: Date): Promise<string> {
  const mailbox = await holdMailbox(tx, keys, address);
  await renewMailbox(tx, keys, mailbox);
  const found = await findAddress(tx, mailbox);
  if (found) {
    await renewAddress(tx, mailbox, found.id, now);
    return found.customerId;
  }
  const id = newId();
  await tx.insert(customers).values({ id, createdAt: now });
  await insertAddress(tx, mailbox, id, now);
  return id;
}

async function findAddress(tx: Database, { hashes }: HeldMailbox) {
  const [row] = await tx
    .select({ id: addresses.id, customerId: addresses.customerId })
    .from(addresses)
    .where(inArray(addresses.addressKey, hashes))
    .for('update');
  return row;
}

async function insertAddress(
  tx: Database,
  mailbox: HeldMailbox,
  customerId: string,
  now: Date,
): Promise<void> {
  const id = newId();
  const stored = mailbox.storedAt(addressPlace(id));
  await tx.insert(addresses).values({ id, customerId, ...stored, provenAt: now });
}

/** Written anew at every proof: as it was typed last, and under the newest key. */
async function renewAddress(tx: Database, mailbox: HeldMailbox, id: string, now: Date): Promise<void> {
  await tx
    .update(addresses)
    .set({ ...mailbox.storedAt(addressPlace(id)), provenAt: now })
    .where(eq(addresses.id, id));
}

async function moveAddress(
  tx: Database,
  mailbox: HeldMailbox,
  found: { id: string; customerId: string },
  customerId: string,
  now: Date,
): Promise<void> {
  await tx
    .update(addresses)
    .set({ customerId, ...mailbox.storedAt(addressPlace(found.id)), provenAt: now })
    .where(eq(addresses.id, found.id));
  const [left] = await tx
    .select({ count: count() })
    .from(addresses)
    .where(eq(addresses.customerId, found.customerId));
  if (left?.count === 0) await tx.delete(customers).where(eq(customers.id, found.customerId));
  const details = { from: found.customerId, to: customerId };
  await appendEvidence(
    tx,
    { kind: 'address_moved', subject: `address:${found.id}`, actor: 'customer', details },
    now,
  );
}
