import type { Database } from '#db/client.ts';
import type { Audience } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';
import { findCurrentList } from '../exposures/queries.ts';
import { listSealedOriginals } from '../exposures/sealed.ts';
import { countSubscribers, listSubscribers } from '../subscribers/queries.ts';
import { assertChangedStands, countChanged, getChangedSource, listChanged } from './changed-audience.ts';
import {
  assertSegmentStands,
  countSegment,
  getSegmentSource,
  listSegmentPeople,
} from './segment-audience.ts';

/** Somebody who is to be told. Update: with the subscription it rests on. */
export type Addressee = { id: string; address: EmailAddress; subscriptionId: string | null };

/** Where the reading of an audience is: behind whom in which list, and how many it has read of that one. */
export type Place = { source: string | null; afterId: string | null; read: number };

/** `next`: null after the last page. */
export type Page = { addressees: Addressee[]; next: Place | null };

/**
 * Which list is read first for an audience at this moment. An audience by subscription has none.
 *
 * @throws DomainError `conflict` when there is nobody whose address could be read.
 */
export async function getAudienceSource(db: Database, audience: Audience): Promise<string | null> {
  if (audience.kind === 'subscribers') return null;
  if (audience.kind === 'changed') return getChangedSource(db, audience);
  if (audience.kind === 'segment') return getSegmentSource(db, audience);
  const list = await findCurrentList(db, audience.incidentId);
  if (!list) {
    throw new DomainError(
      'conflict',
      'No list of exposed addresses has been applied for this incident. Import and apply it first: then it is known whom to tell.',
    );
  }
  return list.id;
}

/** The next addressees, from about `limit` people who were looked at: there can be none of them in a page that is not the last. */
export async function listAddressees(
  db: Database,
  keys: KeyStore,
  audience: Audience,
  place: Place,
  limit: number,
): Promise<Page> {
  if (audience.kind === 'changed') return listChanged(db, keys, audience, place, limit);
  if (audience.kind === 'segment') return listSegmentPeople(db, keys, audience, place, limit);
  const addressees = await listInOneSource(db, keys, audience, place, limit);
  const last = addressees.at(-1);
  const read = place.read + addressees.length;
  return {
    addressees,
    next: last && addressees.length >= limit ? { ...place, afterId: last.id, read } : null,
  };
}

async function listInOneSource(
  db: Database,
  keys: KeyStore,
  audience: Exclude<Audience, { kind: 'changed' | 'segment' }>,
  { source, afterId }: Place,
  limit: number,
): Promise<Addressee[]> {
  if (audience.kind === 'subscribers') {
    const subscribers = await listSubscribers(db, keys, audience.topic, afterId, limit);
    return subscribers.map(({ id, address }) => ({ id, address, subscriptionId: id }));
  }
  const originals = await listSealedOriginals(db, keys, source ?? '', afterId, limit);
  return originals.map(({ id, address }) => ({ id, address, subscriptionId: null }));
}

/**
 * What was read is still the audience that was released, in the transaction that writes its deliveries.
 *
 * @throws DomainError when it is not: nothing of it may be sent.
 */
export async function assertAudienceStands(tx: Database, audience: Audience, count: number): Promise<void> {
  if (audience.kind === 'changed') await assertChangedStands(tx, audience, count);
  if (audience.kind === 'segment') await assertSegmentStands(tx, audience, count);
}

/** `atMost`: the exact number is known when the audience is frozen. */
export type AudienceSize = { people: number; suppressed: number; atMost?: true };

/** How many it would be now. The suppressed are among them, and will be skipped. */
export async function countAudience(db: Database, audience: Audience): Promise<AudienceSize> {
  if (audience.kind === 'subscribers') return countSubscribers(db, audience.topic);
  if (audience.kind === 'changed') return countChanged(db, audience);
  if (audience.kind === 'segment') return countSegment(db, audience);
  const list = await findCurrentList(db, audience.incidentId);
  return { people: list?.hasSealed ? (list.report?.sealed ?? 0) : 0, suppressed: 0 };
}
