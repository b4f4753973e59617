import { and, asc, eq, isNull, lt, or, sql } from '#db/drizzle.ts';
import { createHash } from 'node:crypto';
import type { Database } from '#db/client.ts';
import {
  broadcasts,
  deliveries,
  providerBatches,
  senderGate,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import type { Message } from '#src/mail/mailer.ts';
import { normalisedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { wantsColumn } from '../subscribers/rules.ts';
import { messageWriter } from './messages.ts';
import { isWaiting } from './queries.ts';
import { openRecipient } from './recipients.ts';
import { KEY_LIFE_MS } from './rules.ts';

/** Longer than a request may take: while a lease runs, its request is answered or cut off. */
export const LEASE_MS = 30_000;

/** One provider batch in our hands: its request may leave now, until the lease ends. */
export type ClaimedBatch = {
  broadcastId: string;
  number: number;
  split: number;
  /** Counted from 1, this one included. */
  attempt: number;
  /** SHA-256 (hex) of what the first claim fixed. */
  seal: string;
  /** The same of what was built now. */
  builtSeal: string;
  messages: readonly Message[];
  deliveryIds: readonly string[];
  /** The provider may have forgotten the key since the first attempt. */
  keyExpired: boolean;
};

/**
 * Takes the next provider batch of a broadcast, in one transaction that holds the broadcast and the gate: a stop that
 * has committed lets no batch start. The first claim drops those who unsubscribed or were suppressed since the freeze
 * and seals what remains.
 *
 * @returns undefined when it is stopped or nothing waits at this moment.
 */
export async function claimProviderBatch(
  db: Database,
  keys: KeyStore,
  broadcastId: string,
  now: Date,
): Promise<ClaimedBatch | undefined> {
  return db.transaction(async (tx) => {
    const broadcast = await lockOpenBroadcast(tx, broadcastId);
    if (!broadcast?.rendered) return undefined;
    const batch = await lockWaitingBatch(tx, broadcastId, now);
    if (!batch) return undefined;
    const rows = await listBatchDeliveries(tx, broadcastId, batch.number);
    const recipients = batch.seal === null ? await dropLeavers(tx, broadcast, rows) : rows;
    const messages = writeMessages(keys, { ...broadcast, rendered: broadcast.rendered }, recipients);
    const builtSeal = sealOf(messages);
    const claimed = {
      broadcastId,
      number: batch.number,
      split: batch.split,
      attempt: batch.attempts + 1,
      seal: batch.seal ?? builtSeal,
      builtSeal,
      messages,
      deliveryIds: recipients.map((row) => row.id),
      keyExpired:
        batch.firstAttemptAt !== null && now.getTime() - batch.firstAttemptAt.getTime() > KEY_LIFE_MS,
    };
    await tx
      .update(providerBatches)
      .set({
        // Everybody in it left: there is nothing to hand over.
        state: recipients.length === 0 ? 'accepted' : 'sending',
        seal: claimed.seal,
        attempts: claimed.attempt,
        firstAttemptAt: batch.firstAttemptAt ?? now,
        notBefore: null,
        leaseUntil: new Date(now.getTime() + LEASE_MS),
      })
      .where(and(eq(providerBatches.broadcastId, broadcastId), eq(providerBatches.number, batch.number)));
    return claimed;
  });
}

/** SHA-256 (hex) of a request: recipients, keys and all. */
export function sealOf(messages: readonly Message[]): string {
  return createHash('sha256').update(JSON.stringify(messages)).digest('hex');
}

/**
 * Why this request must not leave; undefined when it may. Held at every attempt: the bytes are those of the first
 * claim, each message has exactly one recipient, and no two go to one mailbox.
 */
export function faultOf({ builtSeal, deliveryIds, messages, seal }: ClaimedBatch): string | undefined {
  if (builtSeal !== seal) return 'What would be sent is no longer what was sealed at the first attempt.';
  if (messages.length !== deliveryIds.length) return 'There are not as many messages as recipients.';
  const mailboxes = new Set<string>();
  for (const { to } of messages) {
    const parsed = parseEmailAddress(to);
    if (!parsed.ok || parsed.address !== to) return 'A message has not exactly one recipient.';
    mailboxes.add(normalisedAddress(to));
  }
  return mailboxes.size === messages.length ? undefined : 'Two messages go to the same mailbox.';
}

/** FOR SHARE, not less: with a weaker lock a batch was seen to start after a stop had committed. */
async function lockOpenBroadcast(tx: Database, broadcastId: string) {
  const [row] = await tx
    .select({
      id: broadcasts.id,
      purpose: broadcasts.purpose,
      audience: broadcasts.audience,
      rendered: broadcasts.rendered,
    })
    .from(broadcasts)
    .innerJoin(senderGate, eq(senderGate.id, 1))
    .where(
      and(eq(broadcasts.id, broadcastId), eq(broadcasts.state, 'sending'), eq(senderGate.stopped, false)),
    )
    .for('share');
  return row;
}

async function lockWaitingBatch(tx: Database, broadcastId: string, now: Date) {
  const [row] = await tx
    .select({
      number: providerBatches.number,
      split: providerBatches.split,
      seal: providerBatches.seal,
      attempts: providerBatches.attempts,
      firstAttemptAt: providerBatches.firstAttemptAt,
    })
    .from(providerBatches)
    .where(
      and(
        eq(providerBatches.broadcastId, broadcastId),
        isWaiting,
        or(isNull(providerBatches.notBefore), lt(providerBatches.notBefore, now)),
        or(isNull(providerBatches.leaseUntil), lt(providerBatches.leaseUntil, now)),
      ),
    )
    .orderBy(asc(providerBatches.number))
    .limit(1)
    .for('update', { skipLocked: true });
  return row;
}

type DeliveryRow = Awaited<ReturnType<typeof listBatchDeliveries>>[number];

/** Those still to be told, with what has become of their subscription since the freeze. */
async function listBatchDeliveries(tx: Database, broadcastId: string, number: number) {
  return tx
    .select({
      id: deliveries.id,
      sealedAddress: deliveries.sealedAddress,
      subscriptionId: deliveries.subscriptionId,
      wantsStatements: subscriptions.wantsStatements,
      wantsNotices: subscriptions.wantsNotices,
      wantsMaintenance: subscriptions.wantsMaintenance,
      endedAt: subscriptions.endedAt,
      suppressedFor: suppressions.reason,
    })
    .from(deliveries)
    .leftJoin(subscriptions, eq(subscriptions.id, deliveries.subscriptionId))
    .leftJoin(suppressions, eq(suppressions.addressKey, subscriptions.addressKey))
    .where(
      and(
        eq(deliveries.broadcastId, broadcastId),
        eq(deliveries.batchNumber, number),
        eq(deliveries.state, 'pending'),
      ),
    )
    .orderBy(asc(deliveries.position));
}

/** Update only: duty mail goes to everybody it concerns. */
async function dropLeavers(
  tx: Database,
  broadcast: Pick<typeof broadcasts.$inferSelect, 'purpose' | 'audience'>,
  rows: DeliveryRow[],
): Promise<DeliveryRow[]> {
  const { purpose, audience } = broadcast;
  if (purpose === 'duty') return rows;
  const column = wantsColumn[audience.kind === 'subscribers' ? audience.topic : 'statements'];
  const left = rows.filter((row) => row.endedAt !== null || !row[column]);
  const suppressed = rows.filter((row) => !left.includes(row) && row.suppressedFor !== null);
  await skip(tx, left, 'unsubscribed');
  await skip(tx, suppressed, 'suppressed');
  return rows.filter((row) => !left.includes(row) && !suppressed.includes(row));
}

async function skip(tx: Database, rows: readonly DeliveryRow[], reason: string): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .update(deliveries)
    .set({ state: 'skipped', reason })
    .where(sql`${deliveries.id} = any(${sql.param(rows.map((row) => row.id))}::text[])`);
}

/** A row whose address was moved, changed or wiped gives no message: the check then holds the batch back. */
function writeMessages(
  keys: KeyStore,
  broadcast: Parameters<typeof messageWriter>[1],
  rows: readonly DeliveryRow[],
): Message[] {
  const write = messageWriter(keys, broadcast);
  return rows.flatMap(({ id, sealedAddress, subscriptionId }) => {
    const address = openRecipient(keys, id, sealedAddress);
    return address ? [write({ deliveryId: id, address, subscriptionId })] : [];
  });
}
