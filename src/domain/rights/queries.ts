import { and, asc, eq, inArray, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  acknowledgements,
  customers,
  exposureLists,
  incidents,
  letters,
  proofRequests,
  rateLimits,
  sessions,
  staff,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Customer } from '../accounts/people.ts';
import { addressKeys } from '../addresses.ts';
import type { Answer } from '../exposures/answers.ts';
import { topicsOf } from '../subscribers/rules.ts';
import { listOwnSupportQuestions } from '../support-questions/queries.ts';
import { listOwnDeliveries } from './deliveries.ts';

const ROWS_MAX = 10_000;

/**
 * Everything that is held about a person, for them to take away; keys, hashes and secrets are left out, as they say nothing.
 *
 * @param answers as they are told on their own page.
 */
export async function collectOwnData(
  db: Database,
  keys: KeyStore,
  customer: Customer,
  answers: readonly Answer[],
  now: Date,
) {
  const own = ownKeys(keys, customer);
  const [person] = await db
    .select({ since: customers.createdAt })
    .from(customers)
    .where(eq(customers.id, customer.id));
  const asked = await listProofs(db, own, customer.id);
  const subscribed = await listSubscriptions(db, own);
  const subjects = [...asked, ...subscribed].map(({ id }) => id);
  return {
    format: 'forthright/own-data/1',
    madeAt: now,
    person: { since: person?.since ?? null },
    addresses: customer.addresses.map(({ address, provenAt }) => ({ address, provenAt })),
    sessions: await listSessions(db, customer),
    answers: answers.map(told),
    acknowledgements: await listAcknowledgements(db, customer),
    subscriptions: subscribed.map(({ id: _, ...subscription }) => subscription),
    suppressions: await listSuppressions(db, own),
    codes: asked.map(({ id: _, ...code }) => code),
    letters: await listLetters(db, subjects),
    broadcasts: await listBroadcasts(db, keys, customer),
    limits: await listLimits(db, own),
    support: await listOwnSupportQuestions(db, customer),
    team: await listTeam(db, own),
  };
}

type OwnKeys = { all: Uint8Array[]; addressOf(key: Uint8Array): EmailAddress | undefined };

function ownKeys(keys: KeyStore, customer: Customer): OwnKeys {
  const byKey = new Map<string, EmailAddress>();
  for (const { address } of customer.addresses) {
    for (const key of addressKeys(keys, address)) byKey.set(hex(key), address);
  }
  return {
    all: [...byKey.keys()].map((text) => Buffer.from(text, 'hex')),
    addressOf: (key) => byKey.get(hex(key)),
  };
}

/** A failure says that it failed, and no more: what it was is for the log. */
function told({ incident, address, ...answer }: Answer) {
  const about = { incident: { title: incident.title, slug: incident.slug }, address: address.address };
  if (answer.verdict === 'unavailable') return { ...about, verdict: answer.verdict };
  if (!('basis' in answer) || !answer.basis) return { ...about, ...answer };
  const { listId: _, ...list } = answer.basis;
  return { ...about, ...answer, basis: list };
}

async function listSessions(db: Database, customer: Customer) {
  return db
    .select({
      startedAt: sessions.createdAt,
      endsWithoutUseAt: sessions.expiresAt,
      endsAtLatestAt: sessions.endsAt,
    })
    .from(sessions)
    .where(eq(sessions.customerId, customer.id))
    .orderBy(asc(sessions.createdAt))
    .limit(ROWS_MAX);
}

async function listAcknowledgements(db: Database, customer: Customer) {
  const ids = customer.addresses.map(({ id }) => id);
  const rows = await db
    .select({
      addressId: acknowledgements.addressId,
      incident: incidents.title,
      listVersion: exposureLists.version,
      acknowledgedAt: acknowledgements.acknowledgedAt,
    })
    .from(acknowledgements)
    .innerJoin(exposureLists, eq(exposureLists.id, acknowledgements.listId))
    .innerJoin(incidents, eq(incidents.id, exposureLists.incidentId))
    .where(inArray(acknowledgements.addressId, ids))
    .orderBy(asc(acknowledgements.acknowledgedAt))
    .limit(ROWS_MAX);
  return rows.map(({ addressId, ...row }) => ({
    address: customer.addresses.find(({ id }) => id === addressId)?.address,
    ...row,
  }));
}

/** Those for a mailbox that was never proven have no address here: whose it is nobody knows. */
async function listProofs(db: Database, own: OwnKeys, customerId: string) {
  const rows = await db
    .select({
      id: proofRequests.id,
      addressKey: proofRequests.addressKey,
      purpose: proofRequests.purpose,
      askedAt: proofRequests.createdAt,
      usedAt: proofRequests.redeemedAt,
    })
    .from(proofRequests)
    .where(or(inArray(proofRequests.addressKey, own.all), eq(proofRequests.customerId, customerId)))
    .orderBy(asc(proofRequests.createdAt))
    .limit(ROWS_MAX);
  return rows.map(({ addressKey, ...row }) => ({ ...row, address: own.addressOf(addressKey) ?? null }));
}

async function listSubscriptions(db: Database, own: OwnKeys) {
  const rows = await db
    .select()
    .from(subscriptions)
    .where(inArray(subscriptions.addressKey, own.all))
    .orderBy(asc(subscriptions.createdAt))
    .limit(ROWS_MAX);
  return rows.map((row) => ({
    id: row.id,
    address: own.addressOf(row.addressKey),
    topics: topicsOf(row),
    createdAt: row.createdAt,
    requestedAt: row.requestedAt,
    confirmedAt: row.confirmedAt,
    endedAt: row.endedAt,
  }));
}

async function listSuppressions(db: Database, own: OwnKeys) {
  const rows = await db
    .select({
      addressKey: suppressions.addressKey,
      reason: suppressions.reason,
      since: suppressions.createdAt,
    })
    .from(suppressions)
    .where(inArray(suppressions.addressKey, own.all))
    .limit(ROWS_MAX);
  return rows.map(({ addressKey, ...row }) => ({ address: own.addressOf(addressKey), ...row }));
}

async function listLetters(db: Database, subjectIds: readonly string[]) {
  return db
    .select({
      kind: letters.kind,
      state: letters.state,
      createdAt: letters.createdAt,
      handedOverAt: letters.handedOverAt,
    })
    .from(letters)
    .where(inArray(letters.subjectId, [...subjectIds]))
    .orderBy(asc(letters.createdAt))
    .limit(ROWS_MAX);
}

async function listBroadcasts(db: Database, keys: KeyStore, customer: Customer) {
  const sent = await listOwnDeliveries(
    db,
    keys,
    customer.addresses.map(({ address }) => address),
  );
  return sent.map(({ content, purpose, state, outcome, acceptedAt }) => ({
    title: content.title,
    purpose,
    state,
    outcome,
    acceptedAt,
  }));
}

/** Against abuse: when this mailbox may ask for mail again without having to wait. */
async function listLimits(db: Database, own: OwnKeys) {
  const rows = await db
    .select({ key: rateLimits.key, idleAt: rateLimits.dueAt })
    .from(rateLimits)
    .where(and(eq(rateLimits.axis, 'address'), inArray(rateLimits.key, own.all)))
    .limit(ROWS_MAX);
  return rows.map(({ key, idleAt }) => ({ address: own.addressOf(key), idleAt }));
}

/** Somebody of the team who is a customer, too: this part is the employer's to change. */
async function listTeam(db: Database, own: OwnKeys) {
  return db
    .select({
      name: staff.name,
      title: staff.title,
      role: staff.role,
      since: staff.createdAt,
      deactivatedAt: staff.deactivatedAt,
    })
    .from(staff)
    .where(inArray(staff.addressKey, own.all))
    .limit(ROWS_MAX);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
