import { and, eq, exists, gt, inArray, isNotNull, isNull, lt, lte, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { addresses, supportQuestions } from '#db/schema/index.ts';
import { maskedAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { keyedTokenHash, randomCode, typedCode, writtenCode } from '#src/trust/tokens.ts';
import type { Customer } from '../accounts/people.ts';
import { addressPlace } from '../accounts/queries.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { openAddress } from '../addresses.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { listAnswers } from '../exposures/answers.ts';
import { countSupportCode, countSupportQuestion } from '../limits.ts';
import {
  SUPPORT_CODE_MINUTES,
  SUPPORT_LOOKS_KEPT_DAYS,
  supportVerdict,
  type SupportVerdict,
} from './rules.ts';

const CODE_LENGTH = 8;
const FORGOTTEN_AT_ONCE_MAX = 5_000;

/**
 * Makes the code with which our support may see, once, what this customer is told about one of their addresses. It takes the
 * place of one that was not used.
 *
 * @returns the code as it is written, readable here and never again.
 * @throws DomainError `not_found` for an address that is not theirs; `conflict` when they made several just now.
 */
export async function makeSupportCode(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  { addressId }: { addressId: string },
  now: Date,
): Promise<{ addressId: string; code: string; expiresAt: Date }> {
  const isInTime = await countSupportCode(db, keys, customer.id, now);
  if (!customer.addresses.some(({ id }) => id === addressId)) {
    throw new DomainError('not_found', { refusal: 'notYourAddress' });
  }
  if (!isInTime) throw new DomainError('conflict', { refusal: 'supportCodeLater' });
  const code = randomCode(CODE_LENGTH);
  const expiresAt = new Date(now.getTime() + SUPPORT_CODE_MINUTES * 60_000);
  const asked = {
    customerId: customer.id,
    codeHash: hashOfCode(keys.current('tokens'), code),
    askedAt: now,
    expiresAt,
  };
  await db
    .insert(supportQuestions)
    .values({ id: newId(), addressId, ...asked })
    .onConflictDoUpdate({
      target: supportQuestions.addressId,
      targetWhere: isNull(supportQuestions.answeredAt),
      set: asked,
    });
  return { addressId, code: writtenCode(code), expiresAt };
}

export type SupportAnswer = {
  /** `a***@example.com`. */
  maskedAddress: string;
  verdicts: SupportVerdict[];
};

/**
 * Tells our support what a customer is told about the address their code is for: once, of any number at the same moment. Each
 * try is counted before anything is looked at, and leaves who and when in the evidence, neither the code nor the address.
 *
 * @throws DomainError `forbidden` below editor; `conflict` over the limit; `not_found`, in one sentence, for a code that is
 *   wrong, used, replaced or too old.
 */
export async function answerSupportQuestion(
  db: Database,
  keys: KeyStore,
  staff: StaffMember,
  { code }: { code: string },
  now: Date,
): Promise<SupportAnswer> {
  assertRole(staff, 'editor');
  if (!(await countSupportQuestion(db, keys, staff.id, now))) {
    throw new DomainError(
      'conflict',
      'You have tried many codes in a short time. Wait a few minutes; each further try makes the wait longer.',
    );
  }
  const hashes = keys.active('tokens').map((key) => hashOfCode(key, typedCode(code)));
  // A wrong code is noted although it is refused: the refusal comes after the commit.
  const asking = await db.transaction(async (tx) => {
    const customer = await useCode(tx, keys, hashes, now);
    const kind = customer ? 'support_question_answered' : 'support_question_refused';
    await appendEvidence(tx, { kind, subject: 'support:question', actor: staff }, now);
    return customer;
  });
  const [address] = asking?.addresses ?? [];
  if (!asking || !address) {
    throw new DomainError(
      'not_found',
      'This code does not work: it may be mistyped, used already, or too old. Ask the customer to read it again, or to make a new one.',
    );
  }
  const answers = await listAnswers(db, keys, asking);
  return { maskedAddress: maskedAddress(address.address), verdicts: answers.map(supportVerdict) };
}

/** The customer who made the code, with the one address it is for and no other. */
async function useCode(
  tx: Database,
  keys: KeyStore,
  hashes: Uint8Array[],
  now: Date,
): Promise<Customer | undefined> {
  const isStillTheirs = exists(
    tx
      .select({ id: addresses.id })
      .from(addresses)
      .where(
        and(
          eq(addresses.id, supportQuestions.addressId),
          eq(addresses.customerId, supportQuestions.customerId),
        ),
      ),
  );
  const [used] = await tx
    .update(supportQuestions)
    .set({ answeredAt: now, codeHash: null })
    .where(
      and(
        inArray(supportQuestions.codeHash, hashes),
        isNull(supportQuestions.answeredAt),
        gt(supportQuestions.expiresAt, now),
        isStillTheirs,
      ),
    )
    .returning({ customerId: supportQuestions.customerId, addressId: supportQuestions.addressId });
  const [row] = await tx
    .select({ id: addresses.id, sealedAddress: addresses.sealedAddress, provenAt: addresses.provenAt })
    .from(addresses)
    .where(eq(addresses.id, used?.addressId ?? ''));
  if (!used || !row) return undefined;
  const address = openAddress(keys, row.sealedAddress, addressPlace(row.id));
  return { id: used.customerId, addresses: [{ id: row.id, address, provenAt: row.provenAt }] };
}

/** Deletes codes that are too old, and in time also that our support has looked. Says how many; more may be left. */
export async function forgetSupportQuestions(db: Database, now: Date): Promise<number> {
  const looksKeptFrom = new Date(now.getTime() - SUPPORT_LOOKS_KEPT_DAYS * 24 * 60 * 60_000);
  const old = db
    .select({ id: supportQuestions.id })
    .from(supportQuestions)
    .where(
      or(
        and(isNull(supportQuestions.answeredAt), lte(supportQuestions.expiresAt, now)),
        and(isNotNull(supportQuestions.answeredAt), lt(supportQuestions.answeredAt, looksKeptFrom)),
      ),
    )
    .limit(FORGOTTEN_AT_ONCE_MAX);
  const gone = await db
    .delete(supportQuestions)
    .where(inArray(supportQuestions.id, old))
    .returning({ id: supportQuestions.id });
  return gone.length;
}

function hashOfCode(key: Key, code: string): Uint8Array {
  return keyedTokenHash(key, 'support_question/code', code);
}
