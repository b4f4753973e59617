import { randomBytes } from 'node:crypto';
import { and, desc, eq, gt, inArray, isNull, lt, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { proofRequests } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { newSecret, sameBytes, secretHash } from '#src/trust/secrets.ts';
import { codeOf, derivedToken, keyedTokenHash, writtenCode } from '#src/trust/tokens.ts';
import { addressKey, openAddress, sealAddress } from '../addresses.ts';
import { addressWaitingLetter, holdWaitingLetter } from '../letters/commands.ts';
import { countMailRequest, waitingKey } from '../limits.ts';

export type ProofPurpose = 'customer_sign_in' | 'staff_sign_in' | 'add_address';

export const PROOF_MINUTES = 10;
const TRIES = 5;
/** After which a request, and the address in it, is deleted. */
export const PROOF_KEPT_HOURS = 24;
const KEPT_MS = PROOF_KEPT_HOURS * 60 * 60_000;
const FORGOTTEN_AT_ONCE_MAX = 5_000;

export type ProofWanted = {
  purpose: ProofPurpose;
  address: EmailAddress;
  /** For the limits. */
  clientAddress: string;
  /** add_address: who adds it. */
  customerId?: string;
};

/**
 * Queues a letter with a code and a link for a mailbox, whoever it belongs to: the statements are the same for every
 * address. While a letter for this purpose waits, whoever asks is answered by it: its code works in each of their browsers, once in all.
 *
 * @returns the secret for the cookie of the browser that asks. Only there can the code be redeemed.
 */
export async function requestProof(
  db: Database,
  keys: KeyStore,
  { purpose, address, clientAddress, customerId }: ProofWanted,
  now: Date,
): Promise<string> {
  const sendAfter = await countMailRequest(db, keys, { address, clientAddress }, now);
  const browserSecret = newSecret();
  const id = newId();
  const ownSeed = randomBytes(32);
  const tokens = keys.current('tokens');
  const addresses = keys.current('addresses');
  const kind = purpose === 'add_address' ? 'add_address_code' : 'sign_in_code';
  const letter = { kind, subjectId: id, to: address, sendAfter } as const;
  await db.transaction(async (tx) => {
    const key = waitingKey(tokens, purpose, address);
    const waiting = await holdWaitingLetter(tx, keys, { ...letter, waitingKey: key }, now);
    const seed = (await findSeed(tx, waiting.subjectId)) ?? ownSeed;
    const token = derivedToken(tokens, purpose, seed);
    await tx.insert(proofRequests).values({
      id,
      purpose,
      customerId: customerId ?? null,
      addressKey: addressKey(addresses, address),
      keyVersion: addresses.version,
      sealedAddress: sealAddress(keys, address, proofPlace(id)),
      seed,
      tokenHash: keyedTokenHash(tokens, purpose, token),
      codeHash: hashOfCode(tokens, purpose, codeOf(tokens, token)),
      browserHash: secretHash(browserSecret),
      triesLeft: TRIES,
      createdAt: now,
    });
    await addressWaitingLetter(tx, keys, waiting.id, letter);
  });
  return browserSecret;
}

async function findSeed(tx: Database, id: string): Promise<Uint8Array | undefined> {
  const [row] = await tx
    .select({ seed: proofRequests.seed })
    .from(proofRequests)
    .where(eq(proofRequests.id, id));
  return row?.seed;
}

/**
 * The ten minutes begin when the provider has taken the letter, for everybody whom it answers; a repeat of the news changes
 * nothing.
 */
export async function startProofClocks(tx: Database, ids: readonly string[], now: Date): Promise<void> {
  const expiresAt = new Date(now.getTime() + PROOF_MINUTES * 60_000);
  await tx
    .update(proofRequests)
    .set({ expiresAt })
    .where(and(inArray(proofRequests.tokenHash, tokensOf(tx, ids)), isNull(proofRequests.expiresAt)));
}

function tokensOf(db: Database, ids: readonly string[]) {
  return db
    .select({ tokenHash: proofRequests.tokenHash })
    .from(proofRequests)
    .where(inArray(proofRequests.id, [...ids]));
}

export type PendingProof = { address: EmailAddress; triesLeft: number };

/** What this browser has asked for and can still redeem; undefined when there is nothing. */
export async function findPendingProof(
  db: Database,
  keys: KeyStore,
  { purpose, browserSecret }: { purpose: ProofPurpose; browserSecret: string },
  now: Date,
): Promise<PendingProof | undefined> {
  const [row] = await db
    .select()
    .from(proofRequests)
    .where(and(eq(proofRequests.browserHash, secretHash(browserSecret)), isOpen(purpose, now)));
  if (!row) return undefined;
  return { address: openAddress(keys, row.sealedAddress, proofPlace(row.id)), triesLeft: row.triesLeft };
}

export type OpenedLink = {
  purpose: ProofPurpose;
  /** Shown only to somebody who has the link: to type in the browser that asked. */
  code: string;
  /** Is this the browser that asked? */
  sameBrowser: boolean;
};

/** What stands behind a link from a letter; undefined when it is used, too old or not ours. Changes nothing. */
export async function findLink(
  db: Database,
  keys: KeyStore,
  {
    purposes,
    token,
    browserSecret,
  }: { purposes: readonly ProofPurpose[]; token: string; browserSecret: string | undefined },
  now: Date,
): Promise<OpenedLink | undefined> {
  for (const purpose of purposes) {
    for (const key of keys.active('tokens')) {
      const [row] = await db
        .select({ browserHash: proofRequests.browserHash })
        .from(proofRequests)
        .where(and(eq(proofRequests.tokenHash, keyedTokenHash(key, purpose, token)), isOpen(purpose, now)))
        // Of all whom the letter answers, this browser first.
        .orderBy(desc(eq(proofRequests.browserHash, secretHash(browserSecret ?? ''))))
        .limit(1);
      if (!row) continue;
      const sameBrowser =
        browserSecret !== undefined && sameBytes(secretHash(browserSecret), row.browserHash);
      return { purpose, code: writtenCode(codeOf(key, token)), sameBrowser };
    }
  }
  return undefined;
}

/** Deletes requests that are a day old, with the addresses nobody has proven. Says how many; more may be left. */
export async function forgetProofs(db: Database, now: Date): Promise<number> {
  const old = db
    .select({ id: proofRequests.id })
    .from(proofRequests)
    .where(lt(proofRequests.createdAt, new Date(now.getTime() - KEPT_MS)))
    .limit(FORGOTTEN_AT_ONCE_MAX);
  const gone = await db
    .delete(proofRequests)
    .where(inArray(proofRequests.id, old))
    .returning({ id: proofRequests.id });
  return gone.length;
}

/** The token and code of a request, made again from its seed: the letter is the same at every attempt. */
export function secretsOf(
  keys: KeyStore,
  proof: { purpose: ProofPurpose; seed: Uint8Array; tokenHash: Uint8Array },
): { token: string; code: string } | undefined {
  for (const key of keys.active('tokens')) {
    const token = derivedToken(key, proof.purpose, proof.seed);
    if (sameBytes(keyedTokenHash(key, proof.purpose, token), proof.tokenHash)) {
      return { token, code: codeOf(key, token) };
    }
  }
  return undefined;
}

/** What can still be redeemed. A letter that is on its way has no end yet: its code may arrive before the news that it was taken. */
export function isOpen(purpose: ProofPurpose, now: Date) {
  return and(
    eq(proofRequests.purpose, purpose),
    isNull(proofRequests.redeemedAt),
    gt(proofRequests.triesLeft, 0),
    or(isNull(proofRequests.expiresAt), gt(proofRequests.expiresAt, now)),
    gt(proofRequests.createdAt, new Date(now.getTime() - KEPT_MS)),
  );
}

export function hashOfCode(key: Key, purpose: ProofPurpose, code: string): Uint8Array {
  return keyedTokenHash(key, `${purpose}/code`, code);
}

export function proofPlace(id: string): string {
  return `proof_requests:${id}`;
}
