import { DomainError } from '../errors.ts';

/** What a provider takes in one request. */
export const BATCH_MESSAGES_MAX = 100;

/** A provider remembers a key for 24 hours; an hour is left for clocks that differ. */
export const KEY_LIFE_MS = 23 * 3_600_000;

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 5 * 60_000;

export type BroadcastState = 'draft' | 'approved' | 'freezing' | 'sending' | 'halted' | 'done' | 'aborted';

/** Something of it can still leave without anybody doing anything. */
export function isUnderWay(state: BroadcastState): boolean {
  return state === 'approved' || state === 'freezing' || state === 'sending';
}

/** Same key, same bytes: a repeat of the request is sent once. */
export function providerBatchKey(broadcastId: string, number: number, split: number): string {
  return `bc/${broadcastId}/${number}/${split}`;
}

/** Names one message wherever its batch ends up. */
export function messageKey(broadcastId: string, deliveryId: string): string {
  return `bc/${broadcastId}/${deliveryId}`;
}

/**
 * How long to wait before attempt `attempts + 1`: what the provider asked for, or else twice as long each time up to
 * five minutes. Jitter keeps batches that failed together from coming back together.
 *
 * @param jitter 0 to 1.
 */
export function backoffMs(attempts: number, retryAfterMs: number | undefined, jitter: number): number {
  const doubled = Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempts - 1, 20), BACKOFF_MAX_MS);
  return retryAfterMs === undefined
    ? Math.round(doubled * (0.5 + jitter / 2))
    : retryAfterMs + Math.round(jitter * BACKOFF_FIRST_MS);
}

export type DeliveryOutcome = 'delivered' | 'suppressed' | 'bounced' | 'complained';

/** Later ones replace earlier ones and never the other way round, in whichever order the provider reports them. */
export const outcomes: readonly DeliveryOutcome[] = ['delivered', 'suppressed', 'bounced', 'complained'];

/** Where every recipient of a broadcast is. */
export type Account = {
  audience: number;
  pending: number;
  accepted: number;
  skipped: Readonly<Record<string, number>>;
  rejected: Readonly<Record<string, number>>;
  unknown: number;
  outcomes: Readonly<Record<DeliveryOutcome, number>>;
  /** The audience is frozen, nothing is pending or unknown, and accepted, skipped and rejected together are all of it. */
  closes: boolean;
};

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export function accountCloses(account: Omit<Account, 'closes'>): boolean {
  const { audience, pending, accepted, skipped, rejected, unknown } = account;
  return pending === 0 && unknown === 0 && accepted + total(skipped) + total(rejected) === audience;
}

/** @throws DomainError `forbidden` when the person who drafted it would release it. */
export function assertSecondPerson(draftedBy: string, releasedBy: string): void {
  if (draftedBy !== releasedBy) return;
  throw new DomainError(
    'forbidden',
    'You published what this mail says, so another person has to release it. Ask a colleague with the role approver.',
  );
}
