import type { Database } from '#db/client.ts';
import type { Message } from '#src/mail/mailer.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';

export type LetterKind = 'sign_in_code' | 'add_address_code' | 'confirm_subscription';

/** What the settings say about mail: who sends it, and where its links lead. */
export type Letterhead = { from: string; publicUrl: string };

/** A message but for its key and tags, which the delivery gives it. */
export type WrittenLetter = Omit<Message, 'idempotencyKey' | 'tags'>;

/**
 * Writes a letter from the row it is about: the same bytes at every attempt, so nothing in it may depend on `now`.
 * Undefined when the row is gone and the letter with it.
 */
export type LetterWriter = (
  db: Database,
  keys: KeyStore,
  subjectId: string,
  to: EmailAddress,
  now: Date,
) => Promise<WrittenLetter | undefined>;

/** What a noun that sends letters gives to their delivery. */
export type LetterKindRules = {
  write: LetterWriter;
  /** Told, in the transaction that marks them, which subjects' letters the provider has taken. May be repeated. */
  handedOver?: (tx: Database, subjectIds: readonly string[], now: Date) => Promise<void>;
};

export type LetterWriters = Readonly<Partial<Record<LetterKind, LetterKindRules>>>;

/** Resend takes 100 messages in one request. */
export const GROUP_MAX = 100;

/** Longer than a request may take: whoever still holds the group after that is gone. */
export const LEASE_MS = 90_000;
export const REQUEST_TIMEOUT_MS = 30_000;

/** A provider remembers a key for 24 hours; after that a repeat could be a second letter. */
export const GIVE_UP_AFTER_MS = 23 * 60 * 60_000;

/** When somebody has to act first, asking again soon is enough. */
export const HALTED_RETRY_MS = 30_000;

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 5 * 60_000;

/** Doubles from a second to five minutes, a random half of it as jitter; never sooner than the provider asks. */
export function backoffMs(attempts: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempts - 1, 20), BACKOFF_MAX_MS);
  return Math.max(Math.round(full * (0.5 + random / 2)), retryAfterMs);
}

/** The key of one hand-over: the group's, whoever makes the attempt. */
export function groupKey(providerBatchId: string): string {
  return `letters/${providerBatchId}`;
}
