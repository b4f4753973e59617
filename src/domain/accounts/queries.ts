import { and, asc, count, eq, gt, inArray, isNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { addresses, invitations, staff } from '#db/schema/index.ts';
import { maskedAddress, type EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { addressKeys, openAddress } from '../addresses.ts';
import { assertRole, type Actor, type Role } from '../actors.ts';
import type { Customer, ProvenAddress } from './people.ts';
import { findCustomerSession } from './sessions.ts';

const ADDRESSES_LISTED_MAX = 100;
const STAFF_LISTED_MAX = 1_000;

export type SignedInCustomer = { customer: Customer; signedInAt: Date };

/** The customer behind a session cookie; undefined when the session has ended. */
export async function findSignedInCustomer(
  db: Database,
  keys: KeyStore,
  token: string,
  now: Date,
): Promise<SignedInCustomer | undefined> {
  const session = await findCustomerSession(db, token, now);
  if (!session) return undefined;
  const customer = { id: session.customerId, addresses: await listAddresses(db, keys, session.customerId) };
  return { customer, signedInAt: session.startedAt };
}

/** A person's proven mailboxes, oldest first. */
async function listAddresses(db: Database, keys: KeyStore, customerId: string): Promise<ProvenAddress[]> {
  const rows = await db
    .select()
    .from(addresses)
    .where(eq(addresses.customerId, customerId))
    .orderBy(asc(addresses.provenAt), asc(addresses.id))
    .limit(ADDRESSES_LISTED_MAX);
  return rows.map(({ id, sealedAddress, provenAt }) => ({
    id,
    address: openAddress(keys, sealedAddress, addressPlace(id)),
    provenAt,
  }));
}

export type ListedStaff = {
  id: string;
  name: string;
  title: string;
  role: Role;
  /** `a***@example.com`. */
  maskedAddress: string;
  /** `invited`: a set-up link is open; `locked_out`: none is, and no second factor either. */
  state: 'active' | 'invited' | 'locked_out' | 'deactivated';
};

/** Everybody who is or was in the team, by name. @throws DomainError `forbidden` unless an owner asks. */
export async function listStaff(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  now: Date,
): Promise<ListedStaff[]> {
  assertRole(actor, 'owner');
  const rows = await db.select().from(staff).orderBy(asc(staff.name), asc(staff.id)).limit(STAFF_LISTED_MAX);
  const invited = await db
    .select({ staffId: invitations.staffId })
    .from(invitations)
    .where(and(isNull(invitations.usedAt), gt(invitations.expiresAt, now)));
  const invitedIds = new Set(invited.map((invitation) => invitation.staffId));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    title: row.title,
    role: row.role,
    maskedAddress: maskedAddress(openAddress(keys, row.sealedAddress, staffPlace(row.id))),
    state: stateOf(row, invitedIds.has(row.id)),
  }));
}

function stateOf(row: typeof staff.$inferSelect, isInvited: boolean): ListedStaff['state'] {
  if (row.deactivatedAt) return 'deactivated';
  if (row.sealedTotpSecret) return 'active';
  return isInvited ? 'invited' : 'locked_out';
}

/** Whoever is or was in the team with this mailbox. */
export async function findStaffId(
  db: Database,
  keys: KeyStore,
  address: EmailAddress,
): Promise<string | undefined> {
  const [row] = await db
    .select({ id: staff.id })
    .from(staff)
    .where(inArray(staff.addressKey, addressKeys(keys, address)));
  return row?.id;
}

/** Names by id, of everybody who ever was in the team: for texts that say who wrote or approved. */
export async function listStaffNames(db: Database): Promise<ReadonlyMap<string, string>> {
  const rows = await db.select({ id: staff.id, name: staff.name }).from(staff).limit(STAFF_LISTED_MAX);
  return new Map(rows.map((row) => [row.id, row.name]));
}

export async function countActiveStaff(db: Database): Promise<number> {
  const [row] = await db.select({ active: count() }).from(staff).where(isNull(staff.deactivatedAt));
  return row?.active ?? 0;
}

export function addressPlace(id: string): string {
  return `addresses:${id}`;
}

export function staffPlace(id: string): string {
  return `staff:${id}`;
}
