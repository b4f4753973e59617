import type { Database } from '#db/client.ts';
import type { Audience } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';
import { findCurrentList } from '../exposures/queries.ts';
import { listSealedOriginals } from '../exposures/sealed.ts';
import { countSubscribers, listSubscribers } from '../subscribers/queries.ts';

/** Somebody who is to be told. Update: with the subscription it rests on. */
export type Addressee = { id: string; address: EmailAddress; subscriptionId: string | null };

/**
 * Which list stands behind an audience at this moment. An audience by subscription has none.
 *
 * @throws DomainError `conflict` when there is nobody whose address could be read.
 */
export async function getAudienceSource(db: Database, audience: Audience): Promise<string | null> {
  if (audience.kind === 'subscribers') return null;
  const list = await findCurrentList(db, audience.incidentId);
  if (!list) {
    throw new DomainError(
      'conflict',
      'No list of exposed addresses has been applied for this incident. Import and apply it first: then it is known whom to tell.',
    );
  }
  return list.id;
}

/** The next addressees after `afterId`, at most `limit`; fewer than that means these were the last. */
export async function listAddressees(
  db: Database,
  keys: KeyStore,
  audience: Audience,
  source: string | null,
  afterId: string | null,
  limit: number,
): Promise<Addressee[]> {
  if (audience.kind === 'subscribers') {
    const subscribers = await listSubscribers(db, keys, audience.topic, afterId, limit);
    return subscribers.map(({ id, address }) => ({ id, address, subscriptionId: id }));
  }
  const originals = await listSealedOriginals(db, keys, source ?? '', afterId, limit);
  return originals.map(({ id, address }) => ({ id, address, subscriptionId: null }));
}

export type AudienceSize = { people: number; suppressed: number };

/** How many it would be now. The suppressed are among them, and will be skipped. */
export async function countAudience(db: Database, audience: Audience): Promise<AudienceSize> {
  if (audience.kind === 'subscribers') return countSubscribers(db, audience.topic);
  const list = await findCurrentList(db, audience.incidentId);
  return { people: list?.hasSealed ? (list.report?.sealed ?? 0) : 0, suppressed: 0 };
}
