import { and, eq, inArray, max, sql, type SQL } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries, providerBatches, senderGate } from '#db/schema/index.ts';
import type { SendResult } from '#src/mail/mailer.ts';
import { appendEvidence } from '../evidence/commands.ts';
import type { ClaimedBatch } from './provider-batches.ts';
import { backoffMs } from './rules.ts';
import { delayTurns } from './sender-gate.ts';

type Refusal = Extract<SendResult, { state: 'refused' }>;

/**
 * Every message of the batch is the provider's. One statement, guarded by the batch's state: an answer that arrives
 * twice, or late and beside another attempt's, changes nothing more.
 */
export async function markAccepted(
  db: Database,
  batch: ClaimedBatch,
  providerIds: readonly string[],
  now: Date,
): Promise<void> {
  await db.execute(sql`
    with accepted as (
      update provider_batches set state = 'accepted', lease_until = null, reason = null
      where broadcast_id = ${batch.broadcastId} and number = ${batch.number} and split = ${batch.split}
        and state in ('sealed', 'sending')
      returning number
    )
    update deliveries
    set state = 'accepted', provider_id = handed.provider_id, accepted_at = ${now.toISOString()}::timestamptz
    from accepted, unnest(
      ${sql.param([...batch.deliveryIds])}::text[], ${sql.param([...providerIds])}::text[]
    ) as handed (delivery_id, provider_id)
    where deliveries.id = handed.delivery_id and deliveries.state = 'pending'`);
}

/** The same key and the same bytes, later. A provider that asks for patience is given it by every sender. */
export async function putBack(
  db: Database,
  batch: ClaimedBatch,
  { reason, retryAfterMs }: Extract<SendResult, { state: 'again' }>,
  now: Date,
): Promise<void> {
  const waitMs = backoffMs(batch.attempt, retryAfterMs, Math.random());
  await db
    .update(providerBatches)
    .set({ state: 'sealed', leaseUntil: null, reason, notBefore: new Date(now.getTime() + waitMs) })
    .where(isOurs(batch));
  if (retryAfterMs !== undefined) await delayTurns(db, new Date(now.getTime() + retryAfterMs));
}

/**
 * Nothing was sent. The message at fault is rejected and the others go out under a new key; where the provider did not
 * say which it was, the batch is halved until it stands alone.
 */
export async function splitRefused(db: Database, batch: ClaimedBatch, refusal: Refusal): Promise<void> {
  const alone = batch.deliveryIds.length === 1 ? 0 : undefined;
  const atFault = batch.deliveryIds[refusal.index ?? alone ?? -1];
  await db.transaction(async (tx) => {
    // Also keeps two that split at once from taking the same new number.
    await tx
      .select({ id: broadcasts.id })
      .from(broadcasts)
      .where(eq(broadcasts.id, batch.broadcastId))
      .for('update');
    const [ours] = await tx
      .select({ number: providerBatches.number })
      .from(providerBatches)
      .where(isOurs(batch))
      .for('update');
    if (!ours) return;
    if (atFault !== undefined) await reject(tx, atFault, refusal.reason);
    else await moveSecondHalf(tx, batch);
    const rest = batch.deliveryIds.length - (atFault === undefined ? 0 : 1);
    await tx
      .update(providerBatches)
      .set({
        ...unattempted,
        state: rest === 0 ? 'failed' : 'pending',
        split: batch.split + 1,
        reason: refusal.reason,
      })
      .where(isOurs(batch));
  });
}

/** What a batch is that no request has carried yet. */
const unattempted = { seal: null, attempts: 0, firstAttemptAt: null, notBefore: null, leaseUntil: null };

async function reject(tx: Database, deliveryId: string, reason: string): Promise<void> {
  await tx
    .update(deliveries)
    .set({ state: 'rejected', reason })
    .where(and(eq(deliveries.id, deliveryId), eq(deliveries.state, 'pending')));
}

async function moveSecondHalf(tx: Database, batch: ClaimedBatch): Promise<void> {
  const [last] = await tx
    .select({ number: max(providerBatches.number) })
    .from(providerBatches)
    .where(eq(providerBatches.broadcastId, batch.broadcastId));
  const number = (last?.number ?? batch.number) + 1;
  await tx.insert(providerBatches).values({ broadcastId: batch.broadcastId, number, state: 'pending' });
  const half = batch.deliveryIds.slice(Math.ceil(batch.deliveryIds.length / 2));
  await tx
    .update(deliveries)
    .set({ batchNumber: number })
    .where(sql`${deliveries.id} = any(${sql.param(half)}::text[])`);
}

/** Never sent again by itself: what became of it must be found out. */
export async function setUnknown(db: Database, batch: ClaimedBatch, reason: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [ours] = await tx
      .update(providerBatches)
      .set({ state: 'unknown', leaseUntil: null, reason })
      .where(isOurs(batch))
      .returning({ number: providerBatches.number });
    if (!ours) return;
    await tx
      .update(deliveries)
      .set({ state: 'unknown', reason })
      .where(
        and(
          eq(deliveries.broadcastId, batch.broadcastId),
          eq(deliveries.batchNumber, batch.number),
          eq(deliveries.state, 'pending'),
        ),
      );
  });
}

/** Nothing was sent and nothing will be until somebody acts: every broadcast stops, and this batch waits as it was. */
export async function haltEverything(
  db: Database,
  batch: ClaimedBatch,
  reason: string,
  now: Date,
): Promise<void> {
  await db.transaction(async (tx) => {
    await halt(tx, undefined, reason, now);
    await tx.update(senderGate).set({ stopped: true, reason }).where(eq(senderGate.id, 1));
    await tx
      .update(providerBatches)
      .set({ state: 'sealed', leaseUntil: null, notBefore: null, reason })
      .where(isOurs(batch));
  });
}

/** One broadcast stops by itself. */
export async function haltBroadcast(
  db: Database,
  broadcastId: string,
  reason: string,
  now: Date,
): Promise<void> {
  await db.transaction((tx) => halt(tx, eq(broadcasts.id, broadcastId), reason, now));
}

async function halt(tx: Database, which: SQL | undefined, reason: string, now: Date): Promise<void> {
  const halted = await tx
    .update(broadcasts)
    .set({ state: 'halted', reason })
    .where(and(which, inArray(broadcasts.state, ['approved', 'freezing', 'sending'])))
    .returning({ id: broadcasts.id });
  for (const { id } of halted) {
    const entry = { subject: `broadcast:${id}`, actor: 'worker' as const, details: { reason } };
    await appendEvidence(tx, { kind: 'broadcast_stopped', ...entry }, now);
  }
}

/** Only the newest attempt may say more than "accepted": an older one knows less. */
function isOurs(batch: ClaimedBatch): SQL | undefined {
  return and(
    eq(providerBatches.broadcastId, batch.broadcastId),
    eq(providerBatches.number, batch.number),
    eq(providerBatches.split, batch.split),
    eq(providerBatches.attempts, batch.attempt),
    eq(providerBatches.state, 'sending'),
  );
}
