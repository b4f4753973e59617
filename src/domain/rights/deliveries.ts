import { randomBytes } from 'node:crypto';
import { and, asc, eq, gt, inArray, isNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries, providerBatches } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { recipientKeyMaker } from '../broadcasts/recipients.ts';

const BROADCASTS_AT_ONCE = 200;

/** One message of a broadcast to one of somebody's mailboxes. */
export type OwnDelivery = Awaited<ReturnType<typeof selectOwn>>[number];

/** Every message of every broadcast to these mailboxes, found by the key of each broadcast; in the order of their ids. */
export async function listOwnDeliveries(
  db: Database,
  keys: KeyStore,
  addresses: readonly EmailAddress[],
): Promise<OwnDelivery[]> {
  const found: OwnDelivery[] = [];
  const held = keys.active('broadcasts');
  for (let afterId = ''; ;) {
    const page = await db
      .select({ id: broadcasts.id })
      .from(broadcasts)
      .where(gt(broadcasts.id, afterId))
      .orderBy(asc(broadcasts.id))
      .limit(BROADCASTS_AT_ONCE);
    const own = page.flatMap(({ id }) =>
      held.flatMap((key) => {
        const recipientKey = recipientKeyMaker(key, id);
        return addresses.map((address) => ({ id, recipientKey: recipientKey(address) }));
      }),
    );
    if (own.length > 0) found.push(...(await selectOwn(db, own)));
    const last = page.at(-1);
    if (!last || page.length < BROADCASTS_AT_ONCE) return found;
    afterId = last.id;
  }
}

function selectOwn(db: Database, own: readonly { id: string; recipientKey: Buffer }[]) {
  const ids = sql.param(own.map((one) => one.id));
  const recipientKeys = sql.param(own.map((one) => one.recipientKey));
  return db
    .select({
      id: deliveries.id,
      broadcastId: deliveries.broadcastId,
      batchNumber: deliveries.batchNumber,
      state: deliveries.state,
      outcome: deliveries.outcome,
      acceptedAt: deliveries.acceptedAt,
      purpose: broadcasts.purpose,
      audience: broadcasts.audience,
      content: broadcasts.content,
    })
    .from(deliveries)
    .innerJoin(broadcasts, eq(broadcasts.id, deliveries.broadcastId))
    .where(
      sql`(${deliveries.broadcastId}, ${deliveries.recipientKey}) in (select id, recipient_key from unnest(${ids}::text[], ${recipientKeys}::bytea[]) as own (id, recipient_key))`,
    )
    .orderBy(asc(deliveries.id));
}

/**
 * Takes these people out of broadcasts that have not left: what is being frozen or claimed at this moment is waited for.
 * A provider batch whose request is fixed already goes out as it is.
 *
 * @param incidentIds only broadcasts to those exposed in these; without it, all.
 * @returns how many messages are on their way and could not be stopped.
 */
export async function withdrawDeliveries(
  tx: Database,
  keys: KeyStore,
  { addresses, incidentIds }: { addresses: readonly EmailAddress[]; incidentIds?: readonly string[] },
): Promise<{ own: OwnDelivery[]; onTheirWay: OwnDelivery[] }> {
  await tx
    .select({ id: broadcasts.id })
    .from(broadcasts)
    .where(inArray(broadcasts.state, ['freezing', 'sending', 'halted']))
    .orderBy(asc(broadcasts.id))
    .for('share');
  const found = await listOwnDeliveries(tx, keys, addresses);
  const own = incidentIds
    ? found.filter(({ audience }) => 'incidentId' in audience && incidentIds.includes(audience.incidentId))
    : found;
  const onTheirWay: OwnDelivery[] = [];
  for (const delivery of own) {
    if (delivery.state === 'pending' && !(await skipUnsealed(tx, delivery))) onTheirWay.push(delivery);
  }
  return { own, onTheirWay };
}

/** The provider batch is locked as its claim locks it: either the claim comes after this, or its request is fixed. */
async function skipUnsealed(tx: Database, delivery: OwnDelivery): Promise<boolean> {
  const [batch] = await tx
    .select({ number: providerBatches.number })
    .from(providerBatches)
    .where(
      and(
        eq(providerBatches.broadcastId, delivery.broadcastId),
        eq(providerBatches.number, delivery.batchNumber),
        isNull(providerBatches.seal),
      ),
    )
    .for('update');
  if (!batch) return false;
  const skipped = await tx
    .update(deliveries)
    .set({ state: 'skipped', reason: 'erased', sealedAddress: null })
    .where(and(eq(deliveries.id, delivery.id), eq(deliveries.state, 'pending')))
    .returning({ id: deliveries.id });
  return skipped.length > 0;
}

/** Takes the person out of the account of what was sent: the message stays counted, to nobody. */
export async function forgetDeliveries(tx: Database, own: readonly OwnDelivery[]): Promise<void> {
  const ids = own.map(({ id }) => id);
  await tx.execute(sql`
    update deliveries set sealed_address = null, subscription_id = null, recipient_key = nobody.recipient_key
    from unnest(
      ${sql.param(ids)}::text[], ${sql.param(ids.map(() => randomBytes(32)))}::bytea[]
    ) as nobody (id, recipient_key)
    where deliveries.id = nobody.id`);
}
