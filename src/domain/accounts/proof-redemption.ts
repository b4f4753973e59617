import { and, asc, eq, inArray, isNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { proofRequests } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { secretHash } from '#src/trust/secrets.ts';
import { keyedTokenHash, typedCode } from '#src/trust/tokens.ts';
import { openAddress } from '../addresses.ts';
import { DomainError } from '../errors.ts';
import { hashOfCode, isOpen, proofPlace, type ProofPurpose } from './proofs.ts';

export type Redemption = { purpose: ProofPurpose; browserSecret: string | undefined } & (
  { code: string } | { token: string }
);

export type ProvenMailbox = { address: EmailAddress; customerId: string | null };

/**
 * Redeems a code or a link in the browser that asked, once: of any number at the same moment, one succeeds. A wrong code
 * costs one of five tries.
 *
 * @returns undefined when it is wrong, used, too old, or asked for elsewhere: which of these is nobody's business.
 */
export async function redeemProof(
  db: Database,
  keys: KeyStore,
  redemption: Redemption,
  now: Date,
): Promise<ProvenMailbox | undefined> {
  const { purpose, browserSecret } = redemption;
  if (!browserSecret) return undefined;
  const tokens = keys.active('tokens');
  const isRight =
    'code' in redemption
      ? inArray(
          proofRequests.codeHash,
          tokens.map((key) => hashOfCode(key, purpose, typedCode(redemption.code))),
        )
      : inArray(
          proofRequests.tokenHash,
          tokens.map((key) => keyedTokenHash(key, purpose, redemption.token)),
        );
  const browserHash = secretHash(browserSecret);
  const answered = await lockAnswered(db, browserHash);
  const [row] = await db
    .update(proofRequests)
    .set({
      triesLeft: sql`${proofRequests.triesLeft} - 1`,
      redeemedAt: sql`case when ${isRight} then ${sql.param(now, proofRequests.redeemedAt)}::timestamptz end`,
    })
    .where(and(eq(proofRequests.browserHash, browserHash), isOpen(purpose, now)))
    .returning();
  if (!row?.redeemedAt) return undefined;
  await db
    .update(proofRequests)
    .set({ redeemedAt: now })
    .where(and(inArray(proofRequests.id, answered), isNull(proofRequests.redeemedAt)));
  return { address: openAddress(keys, row.sealedAddress, proofPlace(row.id)), customerId: row.customerId };
}

/**
 * Everybody whom the same letter answers, in an order that all agree on: of two browsers at the same moment one is first.
 * What is asked for later has a letter of its own.
 */
async function lockAnswered(db: Database, browserHash: Uint8Array): Promise<string[]> {
  const own = db
    .select({ tokenHash: proofRequests.tokenHash })
    .from(proofRequests)
    .where(eq(proofRequests.browserHash, browserHash));
  const rows = await db
    .select({ id: proofRequests.id })
    .from(proofRequests)
    .where(inArray(proofRequests.tokenHash, own))
    .orderBy(asc(proofRequests.id))
    .for('update');
  return rows.map(({ id }) => id);
}

/** One sentence for everything that can be wrong with a code. */
export function refusedProof(): DomainError {
  return new DomainError('invalid', { refusal: 'code' });
}
