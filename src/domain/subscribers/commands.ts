import { and, eq, gt, inArray, isNull, lt, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { subscriptions } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Customer } from '../accounts/people.ts';
import { holdMailbox, openAddress } from '../addresses.ts';
import { DomainError } from '../errors.ts';
import { renewMailbox } from '../keys/on-proof.ts';
import { addressWaitingLetter, holdWaitingLetter } from '../letters/commands.ts';
import { countMailRequest, waitingKey } from '../limits.ts';
import { findByAddress, subscriptionPlace } from './queries.ts';
import { CONFIRM_HOURS, confirmableSince, wantsOf, type Topic } from './rules.ts';
import { liftSuppression } from './suppressions.ts';
import { readConfirmationToken, readSubscriptionToken } from './tokens.ts';

const FORGOTTEN_AT_ONCE_MAX = 2000;

/**
 * Somebody typed an address. The owner of the mailbox gets a letter; nothing counts until they confirm, and what an
 * active subscription brings stays as it is. The same statements run whatever is known of the address. While a letter waits,
 * no second one is queued.
 */
export async function requestSubscription(
  db: Database,
  keys: KeyStore,
  input: { address: EmailAddress; topics: readonly Topic[]; clientAddress: string },
  now: Date,
): Promise<void> {
  const { address, clientAddress, topics } = input;
  const sendAfter = await countMailRequest(db, keys, { address, clientAddress }, now);
  await db.transaction(async (tx) => {
    const id = await upsertRequest(tx, keys, address, topics, { now, requestedAt: sendAfter });
    const letter = { kind: 'confirm_subscription' as const, subjectId: id, to: address, sendAfter };
    const key = waitingKey(keys.current('tokens'), letter.kind, address);
    const waiting = await holdWaitingLetter(tx, keys, { ...letter, waitingKey: key }, now);
    await addressWaitingLetter(tx, keys, waiting.id, letter);
  });
}

const isActiveRow = sql`${subscriptions.confirmedAt} is not null and ${subscriptions.endedAt} is null`;

async function upsertRequest(
  tx: Database,
  keys: KeyStore,
  address: EmailAddress,
  topics: readonly Topic[],
  { now, requestedAt }: { now: Date; requestedAt: Date },
): Promise<string> {
  const mailbox = await holdMailbox(tx, keys, address);
  const known = await findByAddress(tx, keys, address);
  const id = newId();
  const stored = mailbox.storedAt(subscriptionPlace(id));
  const [row] = await tx
    .insert(subscriptions)
    .values({
      id,
      ...stored,
      // Asking proves nothing: a subscription that is known stays under the version it has.
      addressKey: known?.addressKey ?? stored.addressKey,
      keyVersion: known?.keyVersion ?? stored.keyVersion,
      ...wantsOf(topics),
      createdAt: now,
      requestedAt,
    })
    .onConflictDoUpdate({
      target: subscriptions.addressKey,
      set: {
        wantsStatements: sql`case when ${isActiveRow} then ${subscriptions.wantsStatements} else excluded.wants_statements end`,
        wantsNotices: sql`case when ${isActiveRow} then ${subscriptions.wantsNotices} else excluded.wants_notices end`,
        wantsMaintenance: sql`case when ${isActiveRow} then ${subscriptions.wantsMaintenance} else excluded.wants_maintenance end`,
        requestedAt: sql`greatest(${subscriptions.requestedAt}, excluded.requested_at)`,
      },
    })
    .returning({ id: subscriptions.id });
  return row?.id ?? id;
}

/**
 * The owner of the mailbox says yes, to these topics. Repeating it changes nothing more. It lifts their own suppression.
 *
 * @throws DomainError `not_found` when the link is not ours, over a day old, or its address is forgotten; `invalid`
 *   without a topic.
 */
export async function confirmSubscription(
  db: Database,
  keys: KeyStore,
  input: { token: string; topics: readonly Topic[] },
  now: Date,
): Promise<void> {
  if (input.topics.length === 0) throw new DomainError('invalid', { refusal: 'noTopic' });
  const id = readConfirmationToken(keys, input.token);
  await db.transaction(async (tx) => {
    const isConfirmable = and(
      eq(subscriptions.id, id ?? ''),
      gt(subscriptions.requestedAt, confirmableSince(now)),
    );
    const [row] = await tx
      .select({ id: subscriptions.id, sealedAddress: subscriptions.sealedAddress })
      .from(subscriptions)
      .where(isConfirmable);
    if (!row) throw linkIsOver();
    const address = openAddress(keys, row.sealedAddress, subscriptionPlace(row.id));
    const mailbox = await holdMailbox(tx, keys, address);
    const confirmed = await tx
      .update(subscriptions)
      .set({ ...wantsOf(input.topics), confirmedAt: now, endedAt: null })
      .where(isConfirmable)
      .returning({ id: subscriptions.id });
    // Ended for good while this waited.
    if (confirmed.length === 0) throw linkIsOver();
    await renewMailbox(tx, keys, mailbox);
    await liftSuppression(tx, keys, address);
  });
}

/**
 * By the token at the foot of an update: at once, and as often as it is asked.
 *
 * @throws DomainError `not_found` when we did not make the token.
 */
export async function endSubscription(db: Database, keys: KeyStore, token: string, now: Date): Promise<void> {
  const id = readSubscriptionToken(keys, token);
  if (id === undefined) throw linkIsBroken();
  await db
    .update(subscriptions)
    .set({ endedAt: now })
    .where(and(eq(subscriptions.id, id), isNull(subscriptions.endedAt)));
}

/**
 * What the holder of the token wants to hear about; nothing ends the subscription. One that was never confirmed, or has
 * ended, cannot be begun again this way: mails are forwarded, and their links with them.
 *
 * @throws DomainError `not_found` when we did not make the token.
 */
export async function choosePreferences(
  db: Database,
  keys: KeyStore,
  input: { token: string; topics: readonly Topic[] },
  now: Date,
): Promise<void> {
  if (input.topics.length === 0) return endSubscription(db, keys, input.token, now);
  const id = readSubscriptionToken(keys, input.token);
  if (id === undefined) throw linkIsBroken();
  await db
    .update(subscriptions)
    .set(wantsOf(input.topics))
    .where(and(eq(subscriptions.id, id), isActiveRow));
}

/**
 * A signed-in customer chooses for one of their proven mailboxes: no letter is needed, it counts at once.
 *
 * @throws DomainError `not_found` when the address is not among theirs.
 */
export async function chooseOwnPreferences(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  input: { addressId: string; topics: readonly Topic[] },
  now: Date,
): Promise<void> {
  const own = customer.addresses.find((proven) => proven.id === input.addressId);
  if (!own) throw new DomainError('not_found', { refusal: 'notYourAddress' });
  await db.transaction(async (tx) => {
    const known = await findByAddress(tx, keys, own.address);
    if (input.topics.length === 0) {
      if (known) await tx.update(subscriptions).set({ endedAt: now }).where(eq(subscriptions.id, known.id));
      return;
    }
    const id = await upsertRequest(tx, keys, own.address, input.topics, { now, requestedAt: now });
    await tx
      .update(subscriptions)
      .set({ ...wantsOf(input.topics), confirmedAt: now, endedAt: null })
      .where(eq(subscriptions.id, id));
    await liftSuppression(tx, keys, own.address);
  });
}

/** Deletes addresses that nobody confirmed within a day. Says how many; more may be left. */
export async function forgetUnconfirmed(db: Database, now: Date): Promise<number> {
  const over = db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(isNull(subscriptions.confirmedAt), lt(subscriptions.requestedAt, confirmableSince(now))))
    .limit(FORGOTTEN_AT_ONCE_MAX);
  const gone = await db
    .delete(subscriptions)
    .where(inArray(subscriptions.id, over))
    .returning({ id: subscriptions.id });
  return gone.length;
}

function linkIsOver(): DomainError {
  return new DomainError('not_found', { refusal: 'linkOver', values: { hours: CONFIRM_HOURS } });
}

function linkIsBroken(): DomainError {
  return new DomainError('not_found', { refusal: 'linkBroken' });
}
