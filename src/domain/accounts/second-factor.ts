import { and, eq, isNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { recoveryCodes, staff } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { secretHash } from '#src/trust/secrets.ts';
import { randomCode, typedCode, writtenCode } from '#src/trust/tokens.ts';
import { DomainError } from '../errors.ts';
import { openTotpSecret, sealTotpSecret } from '../keys/second-factors.ts';
import { endSession, findStaffSession, startStaffSession } from './sessions.ts';
import { totpStep } from './totp.ts';

const WRONG_MAX = 5;
const BLOCK_MINUTES = 15;
const RECOVERY_CODES = 10;
/** 74 bits: nothing that could be tried out, with the table in hand or without. */
const RECOVERY_CODE_LENGTH = 16;

/**
 * Finishes signing in with a code from the authenticator app, or a recovery code. Five wrong ones block the person for a
 * quarter of an hour, whichever browsers they came from.
 *
 * @returns the new session; the half-way one is gone.
 * @throws DomainError `forbidden` when signing in has to start again; `conflict` while blocked; `invalid` when wrong.
 */
export async function giveSecondFactor(
  db: Database,
  keys: KeyStore,
  { sessionToken, code }: { sessionToken: string | undefined; code: string },
  now: Date,
): Promise<string> {
  const session = sessionToken === undefined ? undefined : await findStaffSession(db, sessionToken, now);
  if (!session || sessionToken === undefined) {
    throw new DomainError('forbidden', 'Signing in took too long. Ask for a new code by mail.');
  }
  // A wrong code is counted although it is refused: the refusal comes after the commit.
  const outcome = await db.transaction(async (tx) => {
    const verdict = await checkSecondFactor(tx, keys, session.staff.id, code, now);
    if (verdict !== 'right') return { verdict };
    await endSession(tx, sessionToken);
    return {
      verdict,
      token: await startStaffSession(tx, session.staff.id, { secondFactorGiven: true }, now),
    };
  });
  if (outcome.verdict === 'right') return outcome.token;
  if (outcome.verdict === 'wrong') {
    throw new DomainError(
      'invalid',
      'This code is wrong or has been used. Wait for the next one in your app, and try again.',
    );
  }
  throw new DomainError(
    'conflict',
    `There were too many wrong codes. Wait ${BLOCK_MINUTES} minutes, then try again.`,
  );
}

/** The row is locked: guesses at the same moment are counted one by one. */
async function checkSecondFactor(
  tx: Database,
  keys: KeyStore,
  staffId: string,
  typed: string,
  now: Date,
): Promise<'right' | 'wrong' | 'blocked'> {
  const [row] = await tx.select().from(staff).where(eq(staff.id, staffId)).for('update');
  if (!row?.sealedTotpSecret) return 'wrong';
  if (row.totpBlockedUntil && row.totpBlockedUntil > now) return 'blocked';
  const code = typedCode(typed);
  const secret = openTotpSecret(keys, row.sealedTotpSecret, staffId);
  const step = totpStep(secret, code, row.totpStep, now);
  const right = step !== undefined || (await redeemRecoveryCode(tx, staffId, code, now));
  const tries = right ? 0 : row.totpTries + 1;
  const blocks = tries >= WRONG_MAX;
  await tx
    .update(staff)
    .set({
      // Under the version that is written with now.
      ...(right ? { sealedTotpSecret: sealTotpSecret(keys, secret, staffId) } : {}),
      totpStep: step ?? row.totpStep,
      totpTries: blocks ? 0 : tries,
      totpBlockedUntil: blocks ? new Date(now.getTime() + BLOCK_MINUTES * 60_000) : null,
    })
    .where(eq(staff.id, staffId));
  return right ? 'right' : 'wrong';
}

async function redeemRecoveryCode(tx: Database, staffId: string, code: string, now: Date): Promise<boolean> {
  const used = await tx
    .update(recoveryCodes)
    .set({ usedAt: now })
    .where(
      and(
        eq(recoveryCodes.staffId, staffId),
        eq(recoveryCodes.codeHash, recoveryCodeHash(staffId, code)),
        isNull(recoveryCodes.usedAt),
      ),
    )
    .returning({ staffId: recoveryCodes.staffId });
  return used.length === 1;
}

/**
 * Gives a person a new second factor in place of the old one, in the caller's transaction.
 *
 * @param step the time step of the code that confirmed it, which does not work again.
 * @returns ten recovery codes, readable here and never again.
 */
export async function setSecondFactor(
  tx: Database,
  keys: KeyStore,
  staffId: string,
  { secret, step }: { secret: string; step: number },
): Promise<string[]> {
  await tx
    .update(staff)
    .set({
      sealedTotpSecret: sealTotpSecret(keys, secret, staffId),
      totpStep: step,
      totpTries: 0,
      totpBlockedUntil: null,
    })
    .where(eq(staff.id, staffId));
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomCode(RECOVERY_CODE_LENGTH));
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.staffId, staffId));
  await tx
    .insert(recoveryCodes)
    .values(codes.map((code) => ({ staffId, codeHash: recoveryCodeHash(staffId, code) })));
  return codes.map(writtenCode);
}

function recoveryCodeHash(staffId: string, code: string): Uint8Array {
  return secretHash(`recovery-code/v1|${staffId}|${code}`);
}
