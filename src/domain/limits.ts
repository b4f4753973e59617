import { isIP, isIPv4 } from 'node:net';
import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { rateLimits } from '#db/schema/index.ts';
import { NORM_VERSION, normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { hmac } from '#src/trust/hmac.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { addressKey } from './addresses.ts';

/** `burst` requests pass at once, then one for every `everyMs`. */
export type Limit = { burst: number; everyMs: number };

/**
 * What asking for a mail counts against: the mailbox, where it is asked from, and the whole site's mail. `copy`: a copy of
 * one's own data. `support_code`: a customer's codes for our support; `support_question`: the codes that one of us tries.
 */
export const LIMITS = {
  address: { burst: 5, everyMs: 60_000 },
  client: { burst: 20, everyMs: 3_000 },
  site: { burst: 1_000, everyMs: 1 },
  copy: { burst: 5, everyMs: 60_000 },
  support_code: { burst: 5, everyMs: 60_000 },
  support_question: { burst: 10, everyMs: 20_000 },
} as const satisfies Record<string, Limit>;

/** Over a limit means later, by this much at most: a flood aimed at somebody's mailbox must not lock them out. */
export const DELAY_MAX_MS = 60 * 60_000;

/**
 * Counts one request for a mail on every axis and says when the mail may leave: now, or later when a limit is
 * passed. Nothing is refused, and the statements are the same whoever asks for whatever.
 */
export async function countMailRequest(
  db: Database,
  keys: KeyStore,
  asker: { address: EmailAddress; clientAddress: string },
  now: Date,
): Promise<Date> {
  const clientKey = hmac(keys.current('tokens').bytes, `client/v1|${clientPrefix(asker.clientAddress)}`);
  // The site's row, which everybody waits for, comes last and each statement commits by itself.
  const sendAfter = [
    await count(db, 'address', addressKey(keys.current('addresses'), asker.address), now),
    await count(db, 'client', clientKey, now),
    await count(db, 'site', new Uint8Array(1), now),
  ];
  return new Date(Math.max(...sendAfter.map((time) => time.getTime())));
}

/** One letter of a kind waits for a mailbox, however many ask: `purpose` tells the kinds apart. */
export function waitingKey(key: Key, purpose: string, address: EmailAddress): Uint8Array {
  return hmac(key.bytes, `waiting/v1|${purpose}|${NORM_VERSION}|${normalisedAddress(address)}`);
}

/** Counts one copy of somebody's own data; false when it has to wait, as there is nothing here to deliver later. */
export async function countCopy(
  db: Database,
  keys: KeyStore,
  customerId: string,
  now: Date,
): Promise<boolean> {
  const key = hmac(keys.current('tokens').bytes, `copy/v1|${customerId}`);
  return (await count(db, 'copy', key, now)) <= now;
}

/** Counts one code that a customer makes for our support; false when it has to wait. */
export async function countSupportCode(
  db: Database,
  keys: KeyStore,
  customerId: string,
  now: Date,
): Promise<boolean> {
  const key = hmac(keys.current('tokens').bytes, `support-code/v1|${customerId}`);
  return (await count(db, 'support_code', key, now)) <= now;
}

/** Counts one code that somebody of us tries, right or wrong; false when they have to wait. */
export async function countSupportQuestion(
  db: Database,
  keys: KeyStore,
  staffId: string,
  now: Date,
): Promise<boolean> {
  const key = hmac(keys.current('tokens').bytes, `support-question/v1|${staffId}`);
  return (await count(db, 'support_question', key, now)) <= now;
}

const at = (time: Date) => sql.param(time, rateLimits.dueAt);

/** GCRA: `due_at` is when the axis would be idle again; a request within `burst` intervals of it passes at once. */
async function count(db: Database, axis: keyof typeof LIMITS, key: Uint8Array, now: Date): Promise<Date> {
  const limit = LIMITS[axis];
  const next = nextDue(undefined, limit, now);
  const latest = latestDue(limit, now);
  const [row] = await db
    .insert(rateLimits)
    .values({ axis, key, dueAt: next })
    .onConflictDoUpdate({
      target: [rateLimits.axis, rateLimits.key],
      set: {
        dueAt: sql`least(greatest(${rateLimits.dueAt} + ${`${limit.everyMs} milliseconds`}::interval, ${at(next)}), ${at(latest)})`,
      },
    })
    .returning({ dueAt: rateLimits.dueAt });
  return sendAfterDue(row?.dueAt ?? next, limit, now);
}

/** When the axis would be idle again after one more request. */
export function nextDue(dueAt: Date | undefined, limit: Limit, now: Date): Date {
  const from = Math.max(dueAt?.getTime() ?? 0, now.getTime());
  return new Date(Math.min(from + limit.everyMs, latestDue(limit, now).getTime()));
}

function latestDue(limit: Limit, now: Date): Date {
  return new Date(now.getTime() + DELAY_MAX_MS + limit.burst * limit.everyMs);
}

/** When the request that moved the axis to `dueAt` may be served. */
export function sendAfterDue(dueAt: Date, limit: Limit, now: Date): Date {
  return new Date(Math.max(now.getTime(), dueAt.getTime() - limit.burst * limit.everyMs));
}

/** One household or company, as far as an address tells: an IPv4 address, or the first 64 bits of an IPv6 one. */
export function clientPrefix(clientAddress: string): string {
  const address = clientAddress.trim().replace(/%.*$/, '').toLowerCase();
  if (isIPv4(address)) return address;
  const groups = ipv6Groups(address);
  if (!groups) return 'unknown';
  const [high, low] = groups.slice(6) as [number, number];
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Eight 16-bit numbers. The URL parser knows every spelling, the dotted tail included. */
function ipv6Groups(address: string): number[] | undefined {
  if (isIP(address) !== 6) return undefined;
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const before = numbers(head);
  const after = tail === undefined ? [] : numbers(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
