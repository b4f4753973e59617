import { and, eq, gt, isNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { invitations, staff } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { maskedAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { seal, SealBroken, sealedKeyVersion, unseal } from '#src/trust/seal.ts';
import { secretHash } from '#src/trust/secrets.ts';
import { typedCode } from '#src/trust/tokens.ts';
import { openAddress } from '../addresses.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { countActiveStaff, staffPlace } from './queries.ts';
import type { StaffMember } from '../actors.ts';
import { setSecondFactor } from './second-factor.ts';
import { endStaffSessions, startStaffSession } from './sessions.ts';
import { insertStaff } from './staff-row.ts';
import { newTotpSecret, totpStep } from './totp.ts';

/** Whom a set-up link is for: the first owner says who they are while setting up. */
export type OpenInvitation =
  { kind: 'first_owner' } | { kind: 'invited'; staff: StaffMember; maskedAddress: string };

/** What is behind a set-up link; undefined when it is used, too old or not ours. Changes nothing. */
export async function findInvitation(
  db: Database,
  keys: KeyStore,
  token: string,
  now: Date,
): Promise<OpenInvitation | undefined> {
  const [row] = await db
    .select({ invitation: invitations, staff })
    .from(invitations)
    .leftJoin(staff, eq(staff.id, invitations.staffId))
    .where(isOpen(token, now));
  if (!row) return undefined;
  if (row.invitation.staffId === null) {
    return (await countActiveStaff(db)) === 0 ? { kind: 'first_owner' } : undefined;
  }
  if (!row.staff || row.staff.deactivatedAt) return undefined;
  const { id, name, title, role, sealedAddress } = row.staff;
  return {
    kind: 'invited',
    staff: { id, name, title, role },
    maskedAddress: maskedAddress(openAddress(keys, sealedAddress, staffPlace(id))),
  };
}

/** A second factor that is offered and not yet confirmed. It travels through the form, sealed for this one link. */
export type Enrolment = { sealed: string; secret: string };

/** A new one each time the page is opened: what somebody else has seen of the link's page is worth nothing. */
export function newEnrolment(keys: KeyStore, token: string): Enrolment {
  const secret = newTotpSecret();
  const sealed = seal(keys.current('tokens'), secret, enrolmentPlace(token));
  return { sealed: Buffer.from(sealed).toString('base64url'), secret };
}

/** The one a form brings back; undefined when it is not ours or belongs to another link. */
export function openEnrolment(keys: KeyStore, token: string, sealed: string): Enrolment | undefined {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    const key = keys.get('tokens', sealedKeyVersion(bytes));
    return { sealed, secret: unseal(key, bytes, enrolmentPlace(token)) };
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

export type SetUpAnswer = {
  token: string;
  enrolment: string;
  code: string;
  /** First owner only. */
  name?: string | undefined;
  title?: string | undefined;
  address?: EmailAddress | undefined;
};

export type SetUpDone = {
  staff: StaffMember;
  /** Signed in, with the second factor. */
  sessionToken: string;
  /** Readable here and never again. */
  recoveryCodes: string[];
};

/**
 * Uses up a set-up link: the second factor is confirmed by its first code, the person is signed in. All or nothing.
 *
 * @throws DomainError `not_found` for a link that no longer works; `invalid` for a wrong code; `conflict` when there is
 * an owner already.
 */
export async function completeSetUp(
  db: Database,
  keys: KeyStore,
  answer: SetUpAnswer,
  now: Date,
): Promise<SetUpDone> {
  const secret = openEnrolment(keys, answer.token, answer.enrolment)?.secret;
  const step = secret === undefined ? undefined : totpStep(secret, typedCode(answer.code), 0, now);
  if (secret === undefined || step === undefined) {
    throw new DomainError(
      'invalid',
      'This code does not fit. Type the one your app shows now; if it is refused again, check that the clock of your phone is right.',
    );
  }
  return db.transaction(async (tx) => {
    const staffId = await useInvitation(tx, answer.token, now);
    const member =
      staffId === null ? await addFirstOwner(tx, keys, answer, now) : await getMember(tx, staffId);
    await endStaffSessions(tx, member.id, now);
    const recoveryCodes = await setSecondFactor(tx, keys, member.id, { secret, step });
    await appendEvidence(tx, { kind: 'staff_set_up', subject: `staff:${member.id}`, actor: member }, now);
    const sessionToken = await startStaffSession(tx, member.id, { secondFactorGiven: true }, now);
    return { staff: member, sessionToken, recoveryCodes };
  });
}

async function useInvitation(tx: Database, token: string, now: Date): Promise<string | null> {
  const [used] = await tx
    .update(invitations)
    .set({ usedAt: now })
    .where(isOpen(token, now))
    .returning({ staffId: invitations.staffId });
  if (!used) throw linkGone();
  return used.staffId;
}

async function addFirstOwner(
  tx: Database,
  keys: KeyStore,
  { name, title = '', address }: SetUpAnswer,
  now: Date,
): Promise<StaffMember> {
  if (!name || !address)
    throw new DomainError('invalid', 'Give your name and the address you will sign in with.');
  // Two links may be open: only one makes the first owner.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('forthright first owner', 0))`);
  if ((await countActiveStaff(tx)) > 0) {
    throw new DomainError('conflict', 'There is a team already. Ask an owner to add you.');
  }
  const id = await insertStaff(tx, keys, { name, title, role: 'owner', address }, now);
  if (id === undefined) {
    throw new DomainError(
      'conflict',
      'This address belonged to somebody who has left the team. Use another one.',
    );
  }
  return { id, name, title, role: 'owner' };
}

async function getMember(tx: Database, staffId: string): Promise<StaffMember> {
  const [member] = await tx
    .select({ id: staff.id, name: staff.name, title: staff.title, role: staff.role })
    .from(staff)
    .where(and(eq(staff.id, staffId), isNull(staff.deactivatedAt)));
  if (!member) throw linkGone();
  return member;
}

function isOpen(token: string, now: Date) {
  return and(
    eq(invitations.tokenHash, secretHash(token)),
    isNull(invitations.usedAt),
    gt(invitations.expiresAt, now),
  );
}

function linkGone(): DomainError {
  return new DomainError(
    'not_found',
    'This link has been used, or is older than 24 hours. Ask whoever gave it to you for a new one.',
  );
}

function enrolmentPlace(token: string): string {
  return `set-up:${Buffer.from(secretHash(token)).toString('hex')}`;
}
