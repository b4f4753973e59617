import type { Database } from '#db/client.ts';
import { changedParts, type Audience, type ChangedPart } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';
import { listChangedOriginals } from '../exposures/changed-originals.ts';
import type { Change } from '../exposures/changes.ts';
import { findCurrentList } from '../exposures/queries.ts';
import { findReplacement, type Replacement } from '../exposures/replacement.ts';
import type { Addressee, AudienceSize, Page, Place } from './audience.ts';

export type ChangedAudience = Extract<Audience, { kind: 'changed' }>;

type Side = 'newer' | 'older';

/**
 * In whose sealed originals each changed answer is found. Only exposed people are sealed: whoever was queued and never exposed
 * was shown to nobody, and cannot be written to. In the same messages with other figures is no news to write about.
 */
const foundIn: Readonly<Record<Side, readonly Change[]>> = {
  newer: ['newlyExposed', 'otherMessages'],
  older: ['nowQueued', 'gone'],
};

const changesOf: Readonly<Record<ChangedPart, readonly Change[]>> = {
  newlyExposed: ['newlyExposed'],
  noLongerExposed: ['nowQueued', 'gone'],
  everybody: [...foundIn.newer, ...foundIn.older],
};

/** The changes of this part that are found on this side; none that was counted and came to nobody. */
function wantedFrom(side: Side, part: ChangedPart, { counts }: Replacement): readonly Change[] {
  return foundIn[side].filter((change) => changesOf[part].includes(change) && counts?.[change] !== 0);
}

function sidesOf(part: ChangedPart, replacement: Replacement): Side[] {
  return (['newer', 'older'] as const).filter((side) => wantedFrom(side, part, replacement).length > 0);
}

/**
 * The list whose originals are read first; null when nobody's answer has changed.
 *
 * @throws DomainError `conflict` when another version has been put in force, or addresses that are needed cannot be written to.
 */
export async function getChangedSource(db: Database, audience: ChangedAudience): Promise<string | null> {
  const replacement = await getReplacement(db, audience);
  const [first] = sidesOf(audience.part, replacement);
  return first ? replacement[first].id : null;
}

async function getReplacement(db: Database, audience: ChangedAudience): Promise<Replacement> {
  const { incidentId, version, part } = audience;
  const current = await findCurrentList(db, incidentId);
  if (current?.version !== version) throw replaced(version, current?.version);
  const replacement = await findReplacement(db, incidentId, version);
  if (!replacement) {
    throw new DomainError(
      'conflict',
      `Version ${version} is the first list of this incident, so it has changed nobody’s answer. Write to everybody exposed.`,
    );
  }
  for (const side of sidesOf(part, replacement)) {
    if (!replacement[side].sealedKey) throw notKept(replacement[side].version, side);
  }
  return replacement;
}

/** The next of them: first from the newer list's originals, then from the older's. A page can be empty and not the last. */
export async function listChanged(
  db: Database,
  keys: KeyStore,
  audience: ChangedAudience,
  place: Place,
  limit: number,
): Promise<Page> {
  const replacement = await getReplacement(db, audience);
  const sides = sidesOf(audience.part, replacement);
  const side = sides.find((name) => replacement[name].id === place.source);
  if (!side) return { addressees: [], next: null };
  const wanted = wantedFrom(side, audience.part, replacement);
  const page = await listChangedOriginals(db, keys, replacement, side, place.afterId, limit);
  const addressees: Addressee[] = page.originals
    .filter(({ change }) => wanted.includes(change))
    .map(({ id, address }) => ({ id, address, subscriptionId: null }));
  const read = place.read + page.read;
  if (page.read >= limit) return { addressees, next: { source: place.source, afterId: page.lastId, read } };
  assertAllRead(replacement, side, read);
  const following = sides[sides.indexOf(side) + 1];
  const next = following ? { source: replacement[following].id, afterId: null, read: 0 } : null;
  return { addressees, next };
}

/**
 * In the transaction that writes the deliveries: the list is still in force, and nobody is written to who was not counted.
 *
 * @param count how many deliveries there are with these.
 * @throws DomainError `conflict` when another version is in force; `unavailable` when they are more than were counted.
 */
export async function assertChangedStands(
  tx: Database,
  audience: ChangedAudience,
  count: number,
): Promise<void> {
  const { counts, newer, older } = await getReplacement(tx, audience);
  if (!counts || count <= peopleIn(counts, audience.part)) return;
  throw new DomainError(
    'unavailable',
    `More answers have changed than were counted when version ${newer.version} was compared with version ${older.version}, so one of them has lost rows. Nothing was sent. Restore the database from its backup, whole.`,
  );
}

/** As it was counted when the two were compared: an upper bound, as people have their results erased. */
export async function countChanged(db: Database, audience: ChangedAudience): Promise<AudienceSize> {
  const replacement = await findReplacement(db, audience.incidentId, audience.version);
  return { people: replacement ? peopleAtMost(replacement, audience.part) : 0, suppressed: 0, atMost: true };
}

/** Lists on different keys were never counted: then all whose addresses would be opened. */
function peopleAtMost(replacement: Replacement, part: ChangedPart): number {
  if (replacement.counts) return peopleIn(replacement.counts, part);
  const sealed = sidesOf(part, replacement).map((side) => replacement[side].report?.sealed ?? 0);
  return sealed.reduce((sum, people) => sum + people, 0);
}

function peopleIn(counts: NonNullable<Replacement['counts']>, part: ChangedPart): number {
  return changesOf[part].reduce((sum, change) => sum + counts[change], 0);
}

/** An audience that a duty could go to now, instead of everybody exposed. */
export type ChangedChoice = {
  audience: ChangedAudience;
  /** The version that this one took the place of. */
  replaced: number;
  people: number;
  /** False: the two lists rest on different keys, and `people` is all that might be meant. */
  counted: boolean;
  /** Why it cannot be chosen, if so. */
  refusal?: string;
};

/** What the list in force changed, in its parts; those that came to nobody are left out. Empty when it replaced none. */
export async function listChangedChoices(db: Database, incidentId: string): Promise<ChangedChoice[]> {
  const replacement = await findReplacement(db, incidentId);
  if (!replacement) return [];
  const choices: ChangedChoice[] = [];
  for (const part of changedParts) {
    const people = peopleAtMost(replacement, part);
    if (people === 0) continue;
    const away = sidesOf(part, replacement).find((side) => !replacement[side].sealedKey);
    choices.push({
      audience: { kind: 'changed', incidentId, version: replacement.newer.version, part },
      replaced: replacement.older.version,
      people,
      counted: replacement.counts !== null,
      ...(away && { refusal: notKept(replacement[away].version, away).message }),
    });
  }
  return choices;
}

/** A database that lost sealed addresses, or is destroying them at this moment, would leave people out without a word. */
function assertAllRead(replacement: Replacement, side: Side, read: number): void {
  const { report, version } = replacement[side];
  if (read >= (report?.sealed ?? 0)) return;
  throw new DomainError(
    'unavailable',
    `Not all sealed addresses of version ${version} of the list are there any more: their date has come, or the database has lost them. Nothing was sent. Restore the database from its backup, whole.`,
  );
}

function replaced(version: number, inForce: number | undefined): DomainError {
  return new DomainError(
    'conflict',
    inForce === undefined
      ? `Version ${version} of the list is no longer in force. Nothing was sent.`
      : `This mail is about what version ${version} of the list changed, and version ${inForce} has taken its place. Nothing was sent. Publish what is to be said now. Whoever is still exposed is reached by writing to everybody exposed.`,
  );
}

function notKept(version: number, side: Side): DomainError {
  const instead =
    side === 'newer'
      ? 'Import the list again with addresses to notify.'
      : 'Those who are no longer exposed cannot be written to; write to those newly exposed alone.';
  return new DomainError(
    'conflict',
    `The addresses of version ${version} of the list are not kept: it was imported without addresses to notify, or their date has passed and they are destroyed. Nothing was sent. ${instead}`,
  );
}
