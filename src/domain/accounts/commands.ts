import { and, eq, gt, isNotNull, isNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { invitations, recoveryCodes, staff } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { newSecret, secretHash } from '#src/trust/secrets.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import type { AddStaff, ChangeRole } from './input.ts';
import { countActiveStaff } from './queries.ts';
import { assertRole, type Actor } from '../actors.ts';
import { endStaffSessions } from './sessions.ts';
import { insertStaff } from './staff-row.ts';

const INVITATION_HOURS = 24;

/** Where links lead: PUBLIC_URL. */
type Linked = { publicUrl: string };

export type Invited = {
  id: string;
  /** Sets the person up, once, within 24 hours. Readable here and never again. */
  link: string;
};

/**
 * Adds somebody to the team. They can do nothing before they have set up their second factor with the link.
 *
 * @throws DomainError `forbidden` unless an owner asks; `conflict` when the address is somebody's already.
 */
export async function addStaff(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  { name, title = '', role, address, publicUrl }: AddStaff & Linked,
  now: Date,
): Promise<Invited> {
  assertRole(actor, 'owner');
  return db.transaction(async (tx) => {
    const id = await insertStaff(tx, keys, { name, title, role, address }, now);
    if (id === undefined) {
      throw new DomainError(
        'conflict',
        'Somebody in the team has this address already. If they cannot sign in, make them a new set-up link: on their page in the admin area, or with "forthright staff link".',
      );
    }
    await appendEvidence(tx, { kind: 'staff_added', subject: `staff:${id}`, actor, details: { role } }, now);
    return { id, link: await invite(tx, id, publicUrl, now) };
  });
}

/** A link for the first owner while nobody is in the team; undefined when somebody is. */
export async function inviteFirstOwner(
  db: Database,
  _keys: KeyStore,
  publicUrl: string,
  now: Date,
): Promise<string | undefined> {
  if ((await countActiveStaff(db)) > 0) return undefined;
  return invite(db, null, publicUrl, now);
}

/**
 * Starts somebody's account over: for a lost phone, or somebody who comes back. Their sessions and their second factor
 * end at once; the link sets up a new one.
 *
 * @throws DomainError `forbidden` unless an owner asks, or for oneself; `not_found`.
 */
export async function inviteAgain(
  db: Database,
  actor: Actor,
  { staffId, publicUrl }: { staffId: string } & Linked,
  now: Date,
): Promise<Invited> {
  assertRole(actor, 'owner');
  if ('id' in actor && actor.id === staffId) {
    throw new DomainError(
      'forbidden',
      'You would lock yourself out. Ask another owner to give you a new link.',
    );
  }
  return db.transaction(async (tx) => {
    const found = await tx
      .update(staff)
      .set({ sealedTotpSecret: null, totpTries: 0, totpBlockedUntil: null, deactivatedAt: null })
      .where(eq(staff.id, staffId))
      .returning({ id: staff.id });
    if (found.length === 0) throw notInTeam();
    await tx.delete(recoveryCodes).where(eq(recoveryCodes.staffId, staffId));
    await endInvitations(tx, staffId, now);
    await endStaffSessions(tx, staffId, now);
    await appendEvidence(tx, { kind: 'staff_invited_again', subject: `staff:${staffId}`, actor }, now);
    return { id: staffId, link: await invite(tx, staffId, publicUrl, now) };
  });
}

/**
 * Gives somebody another role, from their next click on.
 *
 * @throws DomainError `forbidden` unless an owner asks; `not_found`; `conflict` when nobody would be an owner.
 */
export async function changeRole(
  db: Database,
  actor: Actor,
  { staffId, role }: ChangeRole,
  now: Date,
): Promise<void> {
  assertRole(actor, 'owner');
  await db.transaction(async (tx) => {
    if (role !== 'owner') await assertOwnerBesides(tx, staffId);
    const changed = await tx
      .update(staff)
      .set({ role })
      .where(and(eq(staff.id, staffId), isNull(staff.deactivatedAt)))
      .returning({ id: staff.id });
    if (changed.length === 0) throw notInTeam();
    await appendEvidence(
      tx,
      { kind: 'staff_role_changed', subject: `staff:${staffId}`, actor, details: { role } },
      now,
    );
  });
}

/**
 * Takes somebody out of the team: sessions and open set-up links end at once, what they wrote keeps their name.
 *
 * @throws DomainError `forbidden` unless an owner asks; `not_found`; `conflict` when nobody would be an owner.
 */
export async function deactivateStaff(db: Database, actor: Actor, staffId: string, now: Date): Promise<void> {
  assertRole(actor, 'owner');
  await db.transaction(async (tx) => {
    await assertOwnerBesides(tx, staffId);
    const gone = await tx
      .update(staff)
      .set({ deactivatedAt: now })
      .where(and(eq(staff.id, staffId), isNull(staff.deactivatedAt)))
      .returning({ id: staff.id });
    if (gone.length === 0) throw notInTeam();
    await endInvitations(tx, staffId, now);
    await endStaffSessions(tx, staffId, now);
    await appendEvidence(tx, { kind: 'staff_deactivated', subject: `staff:${staffId}`, actor }, now);
  });
}

/** 32 random bytes in the link; the row has their hash. */
async function invite(db: Database, staffId: string | null, publicUrl: string, now: Date): Promise<string> {
  const token = newSecret();
  const expiresAt = new Date(now.getTime() + INVITATION_HOURS * 60 * 60_000);
  await db.insert(invitations).values({ id: newId(), tokenHash: secretHash(token), staffId, expiresAt });
  return `${publicUrl}/set-up/${token}`;
}

async function endInvitations(tx: Database, staffId: string, now: Date): Promise<void> {
  await tx
    .update(invitations)
    .set({ expiresAt: now })
    .where(and(eq(invitations.staffId, staffId), isNull(invitations.usedAt), gt(invitations.expiresAt, now)));
}

/** The owners' rows are locked: two who take the role from each other do not both succeed. */
async function assertOwnerBesides(tx: Database, staffId: string): Promise<void> {
  const owners = await tx
    .select({ id: staff.id })
    .from(staff)
    .where(and(eq(staff.role, 'owner'), isNull(staff.deactivatedAt), isNotNull(staff.sealedTotpSecret)))
    .orderBy(staff.id)
    .for('update');
  if (owners.some((owner) => owner.id !== staffId)) return;
  throw new DomainError(
    'conflict',
    'This is the last owner who can sign in. Make somebody else an owner first.',
  );
}

function notInTeam(): DomainError {
  return new DomainError('not_found', 'This person is not in the team. Reload the page to see who is.');
}
