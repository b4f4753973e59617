import { and, asc, count, eq, gt, inArray, isNotNull, isNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { subscriptions, suppressions } from '#db/schema/index.ts';
import { maskedAddress, type EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Customer } from '../accounts/people.ts';
import { addressKeys, openAddress } from '../addresses.ts';
import { confirmableSince, isActive, topicsOf, wantsColumn, type Topic } from './rules.ts';
import { readConfirmationToken, readSubscriptionToken } from './tokens.ts';

export type Subscriber = { id: string; address: EmailAddress };

/** Where a subscription's address is sealed for. */
export function subscriptionPlace(id: string): string {
  return `subscriptions:${id}`;
}

/** Confirmed subscribers of a topic in the order of their random ids, the suppressed among them, after `afterId`. */
export async function listSubscribers(
  db: Database,
  keys: KeyStore,
  topic: Topic,
  afterId: string | null,
  limit: number,
): Promise<Subscriber[]> {
  const rows = await db
    .select({ id: subscriptions.id, sealedAddress: subscriptions.sealedAddress })
    .from(subscriptions)
    .where(and(wants(topic), gt(subscriptions.id, afterId ?? '')))
    .orderBy(asc(subscriptions.id))
    .limit(limit);
  return rows.map(({ id, sealedAddress }) => ({
    id,
    address: openAddress(keys, sealedAddress, subscriptionPlace(id)),
  }));
}

/** Confirmed subscribers of a topic, and how many of them are suppressed. */
export async function countSubscribers(
  db: Database,
  topic: Topic,
): Promise<{ people: number; suppressed: number }> {
  const [row] = await db
    .select({ people: count(), suppressed: count(suppressions.addressKey) })
    .from(subscriptions)
    .leftJoin(suppressions, eq(suppressions.addressKey, subscriptions.addressKey))
    .where(wants(topic));
  return row ?? { people: 0, suppressed: 0 };
}

function wants(topic: Topic) {
  const column = subscriptions[wantsColumn[topic]];
  return and(isNotNull(subscriptions.confirmedAt), isNull(subscriptions.endedAt), eq(column, true));
}

/** What the holder of a token from one of our mails may see. */
export type TokenHolder = {
  /** Masked: a mail that was forwarded tells no more than it did. */
  address: string;
  topics: Topic[];
  active: boolean;
};

/**
 * By the token at the foot of every update. Undefined when we did not make it; `ended` when the subscription behind it
 * is gone for good.
 */
export async function findTokenHolder(
  db: Database,
  keys: KeyStore,
  token: string,
): Promise<TokenHolder | 'ended' | undefined> {
  const id = readSubscriptionToken(keys, token);
  if (id === undefined) return undefined;
  const [row] = await db.select().from(subscriptions).where(eq(subscriptions.id, id));
  return row ? tokenHolder(keys, row) : 'ended';
}

/** By the token of a confirmation letter. Undefined when it is not ours, a day old, or its address is forgotten. */
export async function findConfirmable(
  db: Database,
  keys: KeyStore,
  token: string,
  now: Date,
): Promise<TokenHolder | undefined> {
  const id = readConfirmationToken(keys, token);
  if (id === undefined) return undefined;
  const [row] = await db
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.id, id), gt(subscriptions.requestedAt, confirmableSince(now))));
  return row && tokenHolder(keys, row);
}

function tokenHolder(keys: KeyStore, row: typeof subscriptions.$inferSelect): TokenHolder {
  return {
    address: maskedAddress(openAddress(keys, row.sealedAddress, subscriptionPlace(row.id))),
    topics: topicsOf(row),
    active: isActive(row),
  };
}

/** What a customer gets at each address they have proven, in the order of their addresses. */
export async function listPreferences(
  db: Database,
  keys: KeyStore,
  customer: Customer,
): Promise<{ addressId: string; address: EmailAddress; topics: Topic[] }[]> {
  const preferences = [];
  for (const { id, address } of customer.addresses) {
    const row = await findByAddress(db, keys, address);
    preferences.push({ addressId: id, address, topics: row && isActive(row) ? topicsOf(row) : [] });
  }
  return preferences;
}

/** Under whichever key version it was stored. */
export async function findByAddress(db: Database, keys: KeyStore, address: EmailAddress) {
  const [row] = await db
    .select()
    .from(subscriptions)
    .where(inArray(subscriptions.addressKey, addressKeys(keys, address)))
    .orderBy(sql`${subscriptions.keyVersion} desc`)
    .limit(1);
  return row;
}
