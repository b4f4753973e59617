import { and, eq, exists, inArray, isNotNull, isNull, ne, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  acknowledgements,
  addresses,
  customers,
  exposureLists,
  incidents,
  letters,
  proofRequests,
  sessions,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Customer } from '../accounts/people.ts';
import { addressPlace } from '../accounts/queries.ts';
import { addressKeys, openAddress } from '../addresses.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { eraseExposures } from '../exposures/tombstones.ts';
import { suppress } from '../subscribers/suppressions.ts';
import { forgetDeliveries, withdrawDeliveries } from './deliveries.ts';
import { assertFreshForRights, type FreshProof } from './rules.ts';

/**
 * No more updates to any of this person's addresses, until they ask for them again. The account and the answers stay, and
 * so does what the law makes us write to those an incident exposes.
 *
 * @throws DomainError `forbidden` without a fresh sign-in.
 */
export async function stopMessages(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  proof: FreshProof,
  now: Date,
): Promise<{ addresses: number; subscriptions: number }> {
  assertFreshForRights(proof, now);
  return db.transaction(async (tx) => {
    const own = await listOwnAddresses(tx, keys, customer);
    const ended = await tx
      .update(subscriptions)
      .set({ endedAt: now })
      .where(and(inArray(subscriptions.addressKey, keysOf(keys, own)), isNull(subscriptions.endedAt)))
      .returning({ confirmedAt: subscriptions.confirmedAt });
    await suppress(
      tx,
      keys,
      own.map(({ address }) => ({ address, reason: 'manual' as const })),
      now,
    );
    const counts = {
      addresses: own.length,
      subscriptions: ended.filter(({ confirmedAt }) => confirmedAt !== null).length,
    };
    await appendEvidence(
      tx,
      { kind: 'messages_stopped', subject: 'rights:messages', actor: 'customer', details: counts },
      now,
    );
    return counts;
  });
}

/**
 * The answers of these addresses, about every incident there is an answer of, are shown no more, to nobody: what the lists
 * hold of them is erased and stays so when a list is imported again. Messages about it stop.
 *
 * @throws DomainError `forbidden` without a fresh sign-in; `not_found` for an address that is not theirs; `unavailable`
 *   when a key is away, and then nothing is changed.
 */
export async function hideResult(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  input: FreshProof & { addressIds: readonly string[] },
  now: Date,
): Promise<{ addresses: number; onTheirWay: number }> {
  assertFreshForRights(input, now);
  return db.transaction(async (tx) => {
    const all = await listOwnAddresses(tx, keys, customer);
    const own = all.filter(({ id }) => input.addressIds.includes(id));
    if (own.length === 0 || own.length < new Set(input.addressIds).size) {
      throw new DomainError('not_found', { refusal: 'notYourAddress' });
    }
    const incidentIds = await listIncidentIds(tx, and(isData, isNotNull(incidents.publishedAt)));
    const chosen = own.map(({ address }) => address);
    await tx.delete(acknowledgements).where(
      inArray(
        acknowledgements.addressId,
        own.map(({ id }) => id),
      ),
    );
    await erasedOrRefused(tx, keys, { addresses: chosen, incidentIds, kind: 'hidden' }, now);
    const { onTheirWay } = await withdrawDeliveries(tx, keys, { addresses: chosen, incidentIds });
    const details = { addresses: own.length };
    await appendEvidence(
      tx,
      { kind: 'result_hidden', subject: 'rights:result', actor: 'customer', details },
      now,
    );
    return { ...details, onTheirWay: onTheirWay.length };
  });
}

/**
 * Erases the account with its addresses, sessions, codes and subscriptions, what the exposure lists hold of them, and who
 * it was in the account of what was sent. All of it or, when something fails, nothing.
 *
 * @throws DomainError `forbidden` without a fresh sign-in; `unavailable` when a key is away.
 */
export async function eraseEverything(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  proof: FreshProof,
  now: Date,
): Promise<{ addresses: number; sessions: number; subscriptions: number; onTheirWay: number }> {
  assertFreshForRights(proof, now);
  return db.transaction(async (tx) => {
    const [person] = await tx
      .select({ id: customers.id })
      .from(customers)
      .where(eq(customers.id, customer.id))
      .for('update');
    // Sent twice: the other was faster.
    if (!person) return { addresses: 0, sessions: 0, subscriptions: 0, onTheirWay: 0 };
    const own = await listOwnAddresses(tx, keys, customer);
    const everything = own.map(({ address }) => address);
    const hasList = exists(
      tx
        .select({ id: exposureLists.id })
        .from(exposureLists)
        .where(eq(exposureLists.incidentId, incidents.id)),
    );
    const incidentIds = await listIncidentIds(tx, or(isData, hasList));
    await erasedOrRefused(tx, keys, { addresses: everything, incidentIds, kind: 'erased' }, now);
    const ended = await eraseMail(tx, keysOf(keys, own), customer.id);
    const { own: sent, onTheirWay } = await withdrawDeliveries(tx, keys, { addresses: everything });
    await forgetDeliveries(
      tx,
      sent.filter((delivery) => !onTheirWay.includes(delivery)),
    );
    const open = await tx
      .delete(sessions)
      .where(eq(sessions.customerId, customer.id))
      .returning({ id: sessions.id });
    // Addresses and what was acknowledged for them go with it.
    await tx.delete(customers).where(eq(customers.id, customer.id));
    const details = { addresses: own.length, sessions: open.length, subscriptions: ended };
    await appendEvidence(
      tx,
      { kind: 'person_erased', subject: 'rights:person', actor: 'customer', details },
      now,
    );
    return { ...details, onTheirWay: onTheirWay.length };
  });
}

const isData = eq(incidents.nature, 'data');

/** Read in the transaction: an address that another window added a moment ago is among them. */
async function listOwnAddresses(tx: Database, keys: KeyStore, customer: Customer) {
  const rows = await tx
    .select({ id: addresses.id, sealedAddress: addresses.sealedAddress })
    .from(addresses)
    .where(eq(addresses.customerId, customer.id))
    .for('update');
  return rows.map(({ id, sealedAddress }) => ({
    id,
    address: openAddress(keys, sealedAddress, addressPlace(id)),
  }));
}

function keysOf(keys: KeyStore, own: readonly { address: EmailAddress }[]): Uint8Array[] {
  return own.flatMap(({ address }) => addressKeys(keys, address));
}

async function listIncidentIds(tx: Database, which: ReturnType<typeof and>): Promise<string[]> {
  const rows = await tx.select({ id: incidents.id }).from(incidents).where(which).orderBy(incidents.id);
  return rows.map(({ id }) => id);
}

async function erasedOrRefused(...asked: Parameters<typeof eraseExposures>): Promise<void> {
  try {
    await eraseExposures(...asked);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError('unavailable', { refusal: 'rightsUnavailable' });
  }
}

/**
 * Subscriptions, codes and what is queued because of them. A letter that a provider may have taken already keeps its row:
 * without its subject it is never written again, its address is wiped, and it goes within a day.
 *
 * @returns how many subscriptions were active.
 */
async function eraseMail(tx: Database, own: Uint8Array[], customerId: string): Promise<number> {
  const ended = await tx.delete(subscriptions).where(inArray(subscriptions.addressKey, own)).returning({
    id: subscriptions.id,
    confirmedAt: subscriptions.confirmedAt,
    endedAt: subscriptions.endedAt,
  });
  await tx.delete(suppressions).where(inArray(suppressions.addressKey, own));
  const proofs = await tx
    .delete(proofRequests)
    .where(
      and(
        or(inArray(proofRequests.addressKey, own), eq(proofRequests.customerId, customerId)),
        ne(proofRequests.purpose, 'staff_sign_in'),
      ),
    )
    .returning({ id: proofRequests.id });
  const subjects = [...ended, ...proofs].map(({ id }) => id);
  await tx
    .delete(letters)
    .where(
      and(
        inArray(letters.subjectId, subjects),
        or(isNull(letters.providerBatchId), inArray(letters.state, ['accepted', 'failed'])),
      ),
    );
  return ended.filter(({ confirmedAt, endedAt }) => confirmedAt !== null && endedAt === null).length;
}
