import { and, eq, sql } from '#db/drizzle.ts';
import { createHash } from 'node:crypto';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries } from '#db/schema/index.ts';
import type { Mailer } from '#src/mail/mailer.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { listErased } from '../exposures/tombstones.ts';
import type { Letterhead } from '../letters/rules.ts';
import { getSite } from '../site/queries.ts';
import {
  assertAudienceStands,
  getAudienceSource,
  listAddressees,
  type Addressee,
  type Place,
} from './audience.ts';
import { renderBroadcast } from './messages.ts';
import { getBroadcast, type Broadcast } from './queries.ts';
import { recipientKeyMaker, sealRecipient } from './recipients.ts';
import { BATCH_MESSAGES_MAX } from './rules.ts';

/** One statement of this size takes tens of milliseconds: on the embedded database the site waits that long. */
const CHUNK_ROWS = 1000;

/** Where a freeze is, and how many deliveries there are so far. */
type FreezeCursor = Place & { count: number };

/**
 * Fixes what is sent, to whom is next: renders the content once and stores its hash. From here the bytes do not change.
 * Nothing happens unless the broadcast is approved.
 */
export async function beginFreeze(
  db: Database,
  keys: KeyStore,
  sender: { letterhead: Letterhead; mailer: Pick<Mailer, 'name'> },
  broadcastId: string,
): Promise<void> {
  const broadcast = await getBroadcast(db, broadcastId);
  const source = await getAudienceSource(db, broadcast.audience);
  const rendered = renderBroadcast(keys, broadcast, await getSite(db), sender.letterhead);
  const cursor: FreezeCursor = { source, afterId: null, read: 0, count: 0 };
  await db
    .update(broadcasts)
    .set({
      state: 'freezing',
      rendered,
      contentHash: createHash('sha256').update(JSON.stringify(rendered)).digest('hex'),
      freezeCursor: JSON.stringify(cursor),
      keyVersion: keys.current('broadcasts').version,
      transport: sender.mailer.name,
    })
    .where(and(eq(broadcasts.id, broadcastId), eq(broadcasts.state, 'approved')));
}

/**
 * Turns the next addressees into deliveries and provider batches, in one transaction with the cursor: a process that
 * dies leaves whole chunks, and any other goes on behind them. The last chunk changes the state to `sending`.
 *
 * @returns whether there is more to freeze.
 */
export async function freezeChunk(db: Database, keys: KeyStore, broadcastId: string): Promise<boolean> {
  const broadcast = await getBroadcast(db, broadcastId);
  if (broadcast.state !== 'freezing' || !broadcast.freezeCursor) return false;
  const cursor: FreezeCursor = { read: 0, ...JSON.parse(broadcast.freezeCursor) };
  const { addressees, next } = await listAddressees(db, keys, broadcast.audience, cursor, CHUNK_ROWS);
  const candidates = deliveriesTo(keys, broadcast, addressees);
  return db.transaction(async (tx) => {
    const [current] = await tx
      .select({ id: broadcasts.id })
      .from(broadcasts)
      .where(
        and(
          eq(broadcasts.id, broadcastId),
          eq(broadcasts.state, 'freezing'),
          eq(broadcasts.freezeCursor, broadcast.freezeCursor ?? ''),
        ),
      )
      .for('update');
    // Stopped, or another process was faster: what was prepared here is dropped.
    if (!current) return true;
    const wanted = await withoutErased(tx, keys, broadcast, candidates);
    const fresh = await withoutKnown(tx, broadcastId, wanted);
    await insertDeliveries(tx, broadcastId, fresh, cursor.count);
    const count = cursor.count + fresh.length;
    await assertAudienceStands(tx, broadcast.audience, count);
    await tx
      .update(broadcasts)
      .set(
        next
          ? { freezeCursor: JSON.stringify({ ...next, count } satisfies FreezeCursor) }
          : { state: 'sending', freezeCursor: null, audienceCount: count },
      )
      .where(eq(broadcasts.id, broadcastId));
    return next !== null;
  });
}

type Candidate = {
  id: string;
  recipientKey: Buffer;
  address: EmailAddress;
  sealedAddress: Uint8Array;
  subscriptionId: string | null;
};

/** Each mailbox once, in the order of its keyed hash, which is not the order of the list. */
function deliveriesTo(keys: KeyStore, broadcast: Broadcast, addressees: readonly Addressee[]): Candidate[] {
  const key = keys.get('broadcasts', broadcast.keyVersion ?? 0);
  const recipientKey = recipientKeyMaker(key, broadcast.id);
  const byKey = new Map<string, Candidate>();
  for (const addressee of addressees) {
    const own = recipientKey(addressee.address);
    const known = own.toString('hex');
    if (byKey.has(known)) continue;
    const id = newId();
    byKey.set(known, {
      id,
      recipientKey: own,
      address: addressee.address,
      sealedAddress: sealRecipient(key, id, addressee.address),
      subscriptionId: addressee.subscriptionId,
    });
  }
  return [...byKey.values()].sort((a, b) => Buffer.compare(a.recipientKey, b.recipientKey));
}

/** People who had the result of this incident hidden or erased are not written to about it, even by duty mail. */
async function withoutErased(
  tx: Database,
  keys: KeyStore,
  { audience }: Broadcast,
  candidates: Candidate[],
): Promise<Candidate[]> {
  if (audience.kind === 'subscribers') return candidates;
  const asked = candidates.map((one) => one.address);
  const erased = await listErased(tx, keys, audience.incidentId, asked);
  return candidates.filter((one) => !erased.has(one.address));
}

async function withoutKnown(
  tx: Database,
  broadcastId: string,
  candidates: Candidate[],
): Promise<Candidate[]> {
  const rows = await tx
    .select({ recipientKey: deliveries.recipientKey })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.broadcastId, broadcastId),
        sql`${deliveries.recipientKey} = any(${sql.param(candidates.map((one) => one.recipientKey))}::bytea[])`,
      ),
    );
  const known = new Set(rows.map((row) => Buffer.from(row.recipientKey).toString('hex')));
  return candidates.filter((one) => !known.has(one.recipientKey.toString('hex')));
}

/** Fills the last provider batch and opens new ones, 100 to each, numbered from 1. */
async function insertDeliveries(
  tx: Database,
  broadcastId: string,
  fresh: readonly Candidate[],
  countBefore: number,
): Promise<void> {
  if (fresh.length === 0) return;
  const places = fresh.map((_, index) => countBefore + index);
  const numbers = places.map((place) => Math.floor(place / BATCH_MESSAGES_MAX) + 1);
  await tx.execute(sql`
    insert into provider_batches (broadcast_id, number, state)
    select ${broadcastId}, number, 'pending'
    from generate_series(${numbers[0]}::int, ${numbers.at(-1)}::int) as number
    on conflict do nothing`);
  await tx.execute(sql`
    insert into deliveries
      (id, broadcast_id, recipient_key, batch_number, position, subscription_id, sealed_address, state)
    select id, ${broadcastId}, recipient_key, batch_number, position, subscription_id, sealed_address, 'pending'
    from unnest(
      ${sql.param(fresh.map((one) => one.id))}::text[],
      ${sql.param(fresh.map((one) => one.recipientKey))}::bytea[],
      ${sql.param(numbers)}::int[],
      ${sql.param(places.map((place) => place % BATCH_MESSAGES_MAX))}::smallint[],
      ${sql.param(fresh.map((one) => one.subscriptionId))}::text[],
      ${sql.param(fresh.map((one) => Buffer.from(one.sealedAddress)))}::bytea[]
    ) as fresh (id, recipient_key, batch_number, position, subscription_id, sealed_address)`);
}
