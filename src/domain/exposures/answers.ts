import { and, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { acknowledgements, exposureLists, exposures, leakedBatches } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Customer, ProvenAddress } from '../accounts/people.ts';
import { DomainError } from '../errors.ts';
import { exposureKey, exposureKeyName } from './address-key.ts';
import {
  assertComparable,
  assertWhole,
  basisOf,
  findAnsweringList,
  holdsRows,
  type AnswerBasis,
} from './answering-list.ts';
import { findDestruction, listAnsweredIncidents, type AnsweredIncident } from './queries.ts';
import { findTombstone, type Tombstone } from './tombstones.ts';
import {
  mergedMeasures,
  exposureFigures,
  flags,
  verdictOf,
  type ExposureFigures,
  type Listing,
  type Measures,
} from './rules.ts';

/** How often one address can be listed: a bound for the look-up, far above any mailing seen. */
const LISTINGS_MAX = 10_000;
const INCIDENTS_MAX = 50;

/** What is told. */
export type Told =
  | {
      verdict: 'exposed';
      basis: AnswerBasis;
      figures: ExposureFigures;
      measures: Measures;
      acknowledgedAt: Date | null;
    }
  | {
      verdict: 'queued_not_sent';
      basis: AnswerBasis;
      stopped: number;
      measures: Measures;
      acknowledgedAt: Date | null;
    }
  | { verdict: 'not_exposed'; basis: AnswerBasis; acknowledgedAt: Date | null }
  | { verdict: 'not_known_yet'; basis: AnswerBasis | null }
  /** Its owner had the result hidden, or everything erased: it says neither yes nor no. */
  | ({ verdict: 'withheld' } & Tombstone)
  /** The incident's data has come to its end: nobody can be told any more, whatever was in it. */
  | { verdict: 'destroyed'; destroyedAt: Date }
  /** Something failed: `failure` is for the log's eyes, never for the page. */
  | { verdict: 'unavailable'; failure: unknown };

export type Answer = { incident: AnsweredIncident; address: ProvenAddress } & Told;

/**
 * Tells a customer about one of their proven addresses. The same HMACs and the same statements run whatever is found.
 * Whatever fails ends in `unavailable`, never in another verdict.
 *
 * @throws DomainError `forbidden` when the address is not this customer's.
 */
export async function answerExposure(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  address: ProvenAddress,
  incident: AnsweredIncident,
): Promise<Answer> {
  const own = customer.addresses.find((proven) => proven.id === address.id);
  if (own?.address !== address.address) {
    throw new DomainError(
      'forbidden',
      'Only the person who proved a mailbox can be told about it. Sign in with it.',
    );
  }
  const asked = { incident: { id: incident.id, slug: incident.slug, title: incident.title }, address: own };
  try {
    return { ...asked, ...(await lookUp(db, keys, own, incident.id)) };
  } catch (failure) {
    return { ...asked, verdict: 'unavailable', failure };
  }
}

/** Every published data incident for every address of this customer: newest incident first, addresses in their order. */
export async function listAnswers(db: Database, keys: KeyStore, customer: Customer): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const incident of await listAnsweredIncidents(db, INCIDENTS_MAX)) {
    for (const address of customer.addresses) {
      answers.push(await answerExposure(db, keys, customer, address, incident));
    }
  }
  return answers;
}

/** "I have read this." Repeating it changes nothing; a new version of the list asks again. */
export async function acknowledgeAnswer(
  db: Database,
  customer: Customer,
  input: { addressId: string; listId: string },
  now: Date,
): Promise<void> {
  if (!customer.addresses.some((address) => address.id === input.addressId)) {
    throw new DomainError('not_found', { refusal: 'notYourAddress' });
  }
  const [list] = await db
    .select({ id: exposureLists.id })
    .from(exposureLists)
    .where(and(eq(exposureLists.id, input.listId), inArray(exposureLists.state, ['applied', 'closed'])));
  if (!list) {
    throw new DomainError('conflict', { refusal: 'answerReplaced' });
  }
  await db
    .insert(acknowledgements)
    .values({ addressId: input.addressId, listId: list.id, acknowledgedAt: now })
    .onConflictDoNothing();
}

async function lookUp(
  db: Database,
  keys: KeyStore,
  address: ProvenAddress,
  incidentId: string,
): Promise<Told> {
  const held = keys.active(exposureKeyName(incidentId));
  const addressKeys = held.map((key) => exposureKey(key, address.address));
  const list = await findAnsweringList(db, incidentId);
  const listings = await listListings(db, list?.id ?? '', addressKeys);
  const acknowledgedAt = await findAcknowledgement(db, list?.id ?? '', address.id);
  const hasRows = await holdsRows(db, list?.id ?? '');
  const tombstone = await findTombstone(db, keys, incidentId, address.address);
  const destroyedAt = await findDestruction(db, incidentId);
  const verdict = verdictOf(list, listings);
  if (destroyedAt) return { verdict: 'destroyed', destroyedAt };
  if (list) {
    assertComparable(list, held);
    assertWhole(list, hasRows);
  }
  // After everything that takes time: erased or not, the work is the same.
  if (tombstone) return { verdict: 'withheld', ...tombstone };
  if (!list) return { verdict: 'not_known_yet', basis: null };
  const basis = basisOf(list);
  const measures = mergedMeasures(listings);
  switch (verdict) {
    case 'exposed':
      return { verdict, basis, figures: exposureFigures(listings), measures, acknowledgedAt };
    case 'queued_not_sent':
      return { verdict, basis, stopped: listings.length, measures, acknowledgedAt };
    case 'not_exposed':
      return { verdict, basis, acknowledgedAt };
    case 'not_known_yet':
      return { verdict, basis };
  }
}

/** Messages that left come first, so that the bound can never turn an exposure into something better. */
async function listListings(db: Database, listId: string, addressKeys: Uint8Array[]): Promise<Listing[]> {
  const rows = await db
    .select({
      batchNo: exposures.batchNo,
      size: leakedBatches.size,
      delivered: leakedBatches.delivered,
      stopped: leakedBatches.stopped,
      sentAt: leakedBatches.sentAt,
      flags: exposures.flags,
      measures: exposures.measures,
    })
    .from(exposures)
    .innerJoin(
      leakedBatches,
      and(eq(leakedBatches.listId, exposures.listId), eq(leakedBatches.batchNo, exposures.batchNo)),
    )
    .where(and(eq(exposures.listId, listId), inArray(exposures.addressKey, addressKeys)))
    .orderBy(leakedBatches.stopped, exposures.batchNo)
    .limit(LISTINGS_MAX);
  return rows.map(({ flags: bits, ...row }) => ({
    ...row,
    containsName: (bits & flags.containsName) !== 0,
    ownCopyBounced: (bits & flags.ownCopyBounced) !== 0,
  }));
}

async function findAcknowledgement(db: Database, listId: string, addressId: string): Promise<Date | null> {
  const [row] = await db
    .select({ acknowledgedAt: acknowledgements.acknowledgedAt })
    .from(acknowledgements)
    .where(and(eq(acknowledgements.listId, listId), eq(acknowledgements.addressId, addressId)));
  return row?.acknowledgedAt ?? null;
}
