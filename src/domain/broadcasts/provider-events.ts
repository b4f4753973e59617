import { and, asc, eq, inArray, isNull, lt, isNotNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries, providerEvents, unreached } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { suppress, type SuppressionReason } from '../subscribers/suppressions.ts';
import { wakeWorker } from '../wake.ts';
import { openRecipient } from './recipients.ts';
import { outcomes, type DeliveryOutcome } from './rules.ts';

const EVENTS_PER_TURN = 500;
const KEPT_MS = 30 * 24 * 3_600_000;

/** What a provider says became of a message. */
export type ProviderEvent = {
  /** The provider's id of the event: the same event again is the same id. */
  id: string;
  kind: 'delivered' | 'bounced' | 'complained' | 'failed' | 'suppressed' | 'other';
  providerId?: string | undefined;
  /** The tag that the message was sent with. */
  deliveryId?: string | undefined;
  /** Of a bounce: the mailbox does not exist or never accepts. */
  permanent?: boolean | undefined;
  at: Date;
};

/** Writes an event down, once however often it comes; the worker acts on it. */
export async function recordProviderEvent(db: Database, event: ProviderEvent, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const recorded = await tx
      .insert(providerEvents)
      .values({
        id: event.id,
        kind: event.kind,
        providerId: event.providerId ?? null,
        deliveryId: event.deliveryId ?? null,
        permanent: event.permanent ?? false,
        occurredAt: event.at,
        receivedAt: now,
      })
      .onConflictDoNothing()
      .returning({ id: providerEvents.id });
    if (recorded.length > 0) await wakeWorker(tx);
  });
}

/**
 * Acts on what has been recorded: outcomes move forward only, in whichever order events come; a permanent bounce or a
 * complaint suppresses the address; duty mail that did not arrive goes to the unreached; and a message that the
 * provider tells about was accepted, whatever its answer was.
 *
 * @returns how many events it took.
 */
export async function applyProviderEvents(db: Database, keys: KeyStore, now: Date): Promise<number> {
  return db.transaction(async (tx) => {
    const events = await tx
      .select()
      .from(providerEvents)
      .where(isNull(providerEvents.handledAt))
      .orderBy(asc(providerEvents.receivedAt))
      .limit(EVENTS_PER_TURN)
      .for('update', { skipLocked: true });
    if (events.length === 0) return 0;
    const told = await matchDeliveries(tx, events);
    await setOutcomes(tx, told);
    await reconcile(tx, told, now);
    await registerUnreached(tx, told, now);
    await suppress(
      tx,
      keys,
      told.flatMap((one) => suppressionBy(keys, one)),
      now,
    );
    const ids = events.map((event) => event.id);
    await tx.update(providerEvents).set({ handledAt: now }).where(inArray(providerEvents.id, ids));
    return events.length;
  });
}

type EventRow = typeof providerEvents.$inferSelect;
type Told = { event: EventRow; delivery: DeliveryRow };
type DeliveryRow = Awaited<ReturnType<typeof selectDeliveries>>[number];

/** By our own tag, which is known before the provider's id is; else by that id. Locked in one order. */
async function matchDeliveries(tx: Database, events: readonly EventRow[]): Promise<Told[]> {
  const rows = await selectDeliveries(tx, events);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byProviderId = new Map(rows.map((row) => [row.providerId, row]));
  return events.flatMap((event) => {
    const delivery = byId.get(event.deliveryId ?? '') ?? byProviderId.get(event.providerId ?? '');
    return delivery ? [{ event, delivery }] : [];
  });
}

async function selectDeliveries(tx: Database, events: readonly EventRow[]) {
  const ids = events.flatMap((event) => event.deliveryId ?? []);
  const providerIds = events.flatMap((event) => event.providerId ?? []);
  return tx
    .select({
      id: deliveries.id,
      broadcastId: deliveries.broadcastId,
      batchNumber: deliveries.batchNumber,
      providerId: deliveries.providerId,
      sealedAddress: deliveries.sealedAddress,
      purpose: broadcasts.purpose,
    })
    .from(deliveries)
    .innerJoin(broadcasts, eq(broadcasts.id, deliveries.broadcastId))
    .where(
      sql`${deliveries.id} = any(${sql.param(ids)}::text[]) or ${deliveries.providerId} = any(${sql.param(providerIds)}::text[])`,
    )
    .orderBy(asc(deliveries.id))
    .for('update', { of: deliveries });
}

/** A message that the provider gave up on counts as bounced: it did not arrive. */
function outcomeOf(kind: string): DeliveryOutcome | undefined {
  const name = kind === 'failed' ? 'bounced' : kind;
  return outcomes.find((outcome) => outcome === name);
}

async function setOutcomes(tx: Database, told: readonly Told[]): Promise<void> {
  const furthest = new Map<string, DeliveryOutcome>();
  for (const { event, delivery } of told) {
    const outcome = outcomeOf(event.kind);
    const known = furthest.get(delivery.id);
    if (outcome && (!known || outcomes.indexOf(outcome) > outcomes.indexOf(known))) {
      furthest.set(delivery.id, outcome);
    }
  }
  const order = sql.param([...outcomes]);
  await tx.execute(sql`
    update deliveries set outcome = told.outcome
    from unnest(
      ${sql.param([...furthest.keys()])}::text[], ${sql.param([...furthest.values()])}::text[]
    ) as told (id, outcome)
    where deliveries.id = told.id and (
      deliveries.outcome is null
      or array_position(${order}::text[], told.outcome) > array_position(${order}::text[], deliveries.outcome)
    )`);
}

/** The answer was lost and the event was not: the delivery was accepted, and its batch is known when all of it is. */
async function reconcile(tx: Database, told: readonly Told[], now: Date): Promise<void> {
  const known = told.filter(({ event }) => event.providerId !== null);
  const providerIds = new Map(known.map(({ event, delivery }) => [delivery.id, event.providerId ?? '']));
  await tx.execute(sql`
    update deliveries
    set state = 'accepted', reason = null, provider_id = told.provider_id, accepted_at = ${now.toISOString()}::timestamptz
    from unnest(
      ${sql.param([...providerIds.keys()])}::text[], ${sql.param([...providerIds.values()])}::text[]
    ) as told (id, provider_id)
    where deliveries.id = told.id and deliveries.state = 'unknown'`);
  const touched = [...new Set(known.map(({ delivery }) => delivery.broadcastId))];
  await tx.execute(sql`
    update provider_batches set state = 'accepted', reason = null
    where state = 'unknown' and broadcast_id = any(${sql.param(touched)}::text[]) and not exists (
      select from deliveries
      where deliveries.broadcast_id = provider_batches.broadcast_id
        and deliveries.batch_number = provider_batches.number and deliveries.state = 'unknown'
    )`);
}

function isPermanentFailure(event: EventRow): boolean {
  return (
    (event.kind === 'bounced' && event.permanent) || event.kind === 'failed' || event.kind === 'suppressed'
  );
}

async function registerUnreached(tx: Database, told: readonly Told[], now: Date): Promise<void> {
  const rows = told
    .filter(({ event, delivery }) => delivery.purpose === 'duty' && isPermanentFailure(event))
    .map(({ event, delivery }) => ({ deliveryId: delivery.id, reason: event.kind, createdAt: now }));
  if (rows.length > 0) await tx.insert(unreached).values(rows).onConflictDoNothing();
}

function suppressionBy(
  keys: KeyStore,
  { event, delivery }: Told,
): { address: EmailAddress; reason: SuppressionReason }[] {
  const reason = event.kind === 'complained' ? 'complained' : 'bounced';
  if (event.kind !== 'complained' && !(event.kind === 'bounced' && event.permanent)) return [];
  const address = openRecipient(keys, delivery.id, delivery.sealedAddress);
  return address ? [{ address, reason }] : [];
}

/** Deletes events that were acted on a month ago. */
export async function forgetProviderEvents(db: Database, now: Date): Promise<number> {
  const over = db
    .select({ id: providerEvents.id })
    .from(providerEvents)
    .where(
      and(
        isNotNull(providerEvents.handledAt),
        lt(providerEvents.receivedAt, new Date(now.getTime() - KEPT_MS)),
      ),
    )
    .limit(EVENTS_PER_TURN);
  const gone = await db
    .delete(providerEvents)
    .where(inArray(providerEvents.id, over))
    .returning({ id: providerEvents.id });
  return gone.length;
}
