import { maskedAddress } from '#src/text/email-address.ts';
import type { SendResult } from './mailer.ts';

/**
 * What the SDK returns, taken as it came over the wire: `error` is any JSON that a server or something on the way there
 * answered with, and `statusCode` is null where no whole answer came.
 */
export type ResendAnswer = { data: unknown; error: unknown; headers: Record<string, string> | null };

/** Not now; later with the same key and the same bytes. */
const AGAIN: ReadonlySet<string> = new Set([
  'rate_limit_exceeded',
  'concurrent_idempotent_requests',
  'resource_locked',
]);
/** The same for every message that follows: going on would refuse everybody, one by one. */
const HALTED: ReadonlySet<string> = new Set([
  'daily_quota_exceeded',
  'monthly_quota_exceeded',
  'missing_api_key',
  'restricted_api_key',
  'invalid_api_key',
  'invalid_from_address',
  'invalid_idempotency_key',
]);
const HALTED_STATUS: ReadonlySet<number> = new Set([401, 403, 404, 405]);
const AGAIN_STATUS: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);
const RETRY_AFTER_MS_MAX = 3_600_000;

/** What became of one message: `POST /emails` answers `{id}`. */
export function resultOfOne(answer: ResendAnswer): SendResult {
  if (answer.data === null) return refusal(answer, 0);
  return acceptance(field(answer.data, 'id') === undefined ? undefined : [answer.data], 1);
}

/** What became of a batch: `POST /emails/batch` answers `{data: [{id}…]}` in the order given. */
export function resultOfBatch(answer: ResendAnswer, count: number): SendResult {
  return answer.data === null ? refusal(answer, count) : acceptance(field(answer.data, 'data'), count);
}

function acceptance(rows: unknown, count: number): SendResult {
  // Something between here and Resend answered in its place: nothing is known, and the same key makes asking again harmless.
  if (!Array.isArray(rows)) return { state: 'again', reason: 'The answer was not one that Resend gives.' };
  const ids = rows
    .map((row) => field(row, 'id'))
    .filter((id) => typeof id === 'string' && id !== '') as string[];
  // Resend repeats its first answer for this key, so that asking again cannot mend it: events or a person must.
  if (rows.length !== count || new Set(ids).size !== count) {
    return {
      state: 'unknown',
      reason: `Resend answered with ${ids.length} usable ids for ${count} messages.`,
    };
  }
  return { state: 'accepted', providerIds: ids };
}

function refusal({ error, headers }: ResendAnswer, count: number): SendResult {
  const status = field(error, 'statusCode');
  const name = String(field(error, 'name') ?? '');
  const reason = reasonOf(name, field(error, 'message'), status);
  if (name === 'invalid_idempotent_request') return { state: 'unknown', reason };
  if (HALTED.has(name)) return { state: 'halted', reason };
  if (typeof status !== 'number' || status >= 500 || AGAIN.has(name) || AGAIN_STATUS.has(status)) {
    return { state: 'again', reason, ...retryAfter(headers) };
  }
  if (HALTED_STATUS.has(status) || isRedirect(status)) return { state: 'halted', reason };
  // An answer that is not Resend's own JSON says nothing about an earlier attempt under this key; too large is too large.
  if (status < 400 || ((name === 'application_error' || name === '') && status !== 413)) {
    return { state: 'again', reason, ...retryAfter(headers) };
  }
  return { state: 'refused', reason, ...named(error, count) };
}

/** Messages may quote an address. */
function reasonOf(name: string, message: unknown, status: unknown): string {
  if (typeof status !== 'number')
    return 'Resend gave no whole answer. The message may or may not have been accepted.';
  if (isRedirect(status))
    return `Resend's address answers with a redirect (${status}): check RESEND_BASE_URL.`;
  if (status === 404 || status === 405)
    return `Resend's address has no such call (${status}): check RESEND_BASE_URL.`;
  const said = typeof message === 'string' ? message.slice(0, 300) : '';
  const masked = said.replace(/[^\s<>"'`,;:()[\]]+@[^\s<>"'`,;:()[\]]+/g, (address) =>
    maskedAddress(address),
  );
  return `Resend answered ${status} ${name}: ${masked}`.trim();
}

/** Resend names the position in `errors` where it validates messages one by one; otherwise it is left open. */
function named(error: unknown, count: number): { index?: number } {
  const errors = field(error, 'errors');
  const index = field(Array.isArray(errors) && errors.length === 1 ? errors[0] : error, 'index');
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < count ? { index } : {};
}

/** Seconds or a date (RFC 9110 10.2.3), read against the answer's own clock; `ratelimit-reset` where it is missing. */
function retryAfter(headers: Record<string, string> | null): { retryAfterMs?: number } {
  const value = headers?.['retry-after'] ?? headers?.['ratelimit-reset'];
  if (value === undefined) return {};
  const ms = /^\d+(\.\d+)?$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - Date.parse(headers?.['date'] ?? '');
  return Number.isFinite(ms)
    ? { retryAfterMs: Math.min(Math.max(Math.ceil(ms), 0), RETRY_AFTER_MS_MAX) }
    : {};
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
