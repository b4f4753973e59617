import type { Database } from '#db/client.ts';
import type { Audience } from '#db/schema/index.ts';
import { SealBroken } from '#src/trust/seal.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';
import { findCurrentList } from '../exposures/queries.ts';
import { listSealedOriginals } from '../exposures/sealed.ts';
import { findSegment, listSegments, type HeldSegment } from '../exposures/segments.ts';
import type { AudienceSize, Page, Place } from './audience.ts';

export type SegmentAudience = Extract<Audience, { kind: 'segment' }>;

/** `listId`: the list in force, whose segment it is. */
type Held = HeldSegment & { listId: string };

/**
 * The list whose segment is read.
 *
 * @throws DomainError `conflict` when another version has been put in force, or the addresses are not kept any more.
 */
export async function getSegmentSource(db: Database, audience: SegmentAudience): Promise<string> {
  return (await getHeld(db, audience)).listId;
}

async function getHeld(db: Database, { incidentId, version, segmentId }: SegmentAudience): Promise<Held> {
  const current = await findCurrentList(db, incidentId);
  if (current?.version !== version) throw replaced(version, current?.version);
  const segment = await findSegment(db, current.id, segmentId);
  if (!segment) {
    throw new DomainError(
      'conflict',
      `Version ${version} of the list has no such segment. Nothing was sent. Choose one that the list’s page names.`,
    );
  }
  if (!current.hasSealed) throw notKept(version);
  return { ...segment, listId: current.id };
}

/** The next of them, in the order of their blocks. */
export async function listSegmentPeople(
  db: Database,
  keys: KeyStore,
  audience: SegmentAudience,
  place: Place,
  limit: number,
): Promise<Page> {
  const { id, listId, size } = await getHeld(db, audience);
  const originals = await opened(audience, () =>
    listSealedOriginals(db, keys, listId, place.afterId, limit, id),
  );
  const addressees = originals.map((original) => ({ ...original, subscriptionId: null }));
  const read = place.read + originals.length;
  const last = originals.at(-1);
  if (last && originals.length >= limit) return { addressees, next: { ...place, afterId: last.id, read } };
  if (read < size) throw lost(audience.version);
  return { addressees, next: null };
}

/**
 * In the transaction that writes the deliveries: the list is still in force, and they are no more than were counted.
 *
 * @param count how many deliveries there are with these.
 * @throws DomainError `conflict`, `unavailable`.
 */
export async function assertSegmentStands(
  tx: Database,
  audience: SegmentAudience,
  count: number,
): Promise<void> {
  const { size } = await getHeld(tx, audience);
  if (count > size) throw broken(audience.version);
}

/** As the import counted them: an upper bound, as people have their results erased. */
export async function countSegment(db: Database, audience: SegmentAudience): Promise<AudienceSize> {
  const list = await findCurrentList(db, audience.incidentId);
  const stands = list?.version === audience.version && list.hasSealed;
  const segment = stands ? await findSegment(db, list.id, audience.segmentId) : undefined;
  return { people: segment?.size ?? 0, suppressed: 0, atMost: true };
}

/** A segment that a duty could go to now, instead of everybody exposed. */
export type SegmentChoice = { audience: SegmentAudience; name: string; people: number };

/** The segments of the list in force, by name. Empty when it has none, or their addresses are not kept any more. */
export async function listSegmentChoices(db: Database, incidentId: string): Promise<SegmentChoice[]> {
  const list = await findCurrentList(db, incidentId);
  if (!list?.hasSealed) return [];
  const segments = await listSegments(db, list.id);
  return segments.map(({ id, name, size }) => ({
    audience: { kind: 'segment', incidentId, version: list.version, segmentId: id },
    name,
    people: size,
  }));
}

/** A block that was moved from another segment, or from everybody's, would reach people who are not in this one. */
async function opened<Opened>({ version }: SegmentAudience, open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    throw error instanceof SealBroken ? broken(version) : error;
  }
}

function replaced(version: number, inForce: number | undefined): DomainError {
  return new DomainError(
    'conflict',
    inForce === undefined
      ? `Version ${version} of the list is no longer in force. Nothing was sent.`
      : `This mail is for a segment of version ${version} of the list, and version ${inForce} has taken its place. Nothing was sent. Publish what is to be said now, and choose a segment of version ${inForce}, or everybody exposed.`,
  );
}

function notKept(version: number): DomainError {
  return new DomainError(
    'conflict',
    `The addresses of version ${version} of the list are not kept: their date has passed and they are destroyed. Nothing was sent. Import the list again with its segments.`,
  );
}

function lost(version: number): DomainError {
  return new DomainError(
    'unavailable',
    `Not all sealed addresses of this segment of version ${version} of the list are there any more: their date has come, or the database has lost them. Nothing was sent. Restore the database from its backup, whole.`,
  );
}

function broken(version: number): DomainError {
  return new DomainError(
    'unavailable',
    `Sealed addresses of version ${version} of the list were moved or changed, so it cannot be told who is in this segment. Nothing was sent. Restore the database from its backup, whole.`,
  );
}
