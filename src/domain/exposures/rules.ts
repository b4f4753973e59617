import type { ListDifference } from '#db/schema/index.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';

export type ListState = 'loading' | 'draft' | 'applied' | 'closed' | 'superseded';

export type VerdictName = 'exposed' | 'queued_not_sent' | 'not_exposed' | 'not_known_yet';

/** Actions taken for one address ("password reset": "2019-11-01"), shown to its owner only. */
export type Measures = Readonly<Record<string, string>>;

/** What the rows carry beside the key, as bits. */
export const flags = { containsName: 1, ownCopyBounced: 2 } as const;

/** One leaked message this address stood in. */
export type Listing = {
  batchNo: number;
  /** Distinct addresses in the message. */
  size: number;
  /** Copies not known to have bounced. */
  delivered: number;
  /** Stopped before it left: nobody was shown anything. */
  stopped: boolean;
  sentAt: Date | null;
  containsName: boolean;
  ownCopyBounced: boolean;
  measures: Measures | null;
};

/** What one message showed, seen from one of its recipients. */
export type ShownMessage = { sentAt: Date | null; listedWith: number; sentTo: number };

export type ExposureFigures = {
  messages: readonly ShownMessage[];
  /** Other addresses in the same messages; with several messages an upper bound, as some stand in more than one. */
  listedWith: number;
  /** Other addresses that a copy went to; with several messages an upper bound. */
  sentTo: number;
  upTo: boolean;
  containsName: boolean;
  /** No copy of one's own arrived. The others' did. */
  ownCopyBounced: boolean;
};

/**
 * What is said to the owner of an address. Without a list in force, or before it is closed, an address that is not
 * in it is never told that it was not exposed.
 */
export function verdictOf(list: { state: ListState } | undefined, listings: readonly Listing[]): VerdictName {
  if (!list) return 'not_known_yet';
  if (listings.some((listing) => !listing.stopped)) return 'exposed';
  if (listings.length > 0) return 'queued_not_sent';
  return list.state === 'closed' ? 'not_exposed' : 'not_known_yet';
}

/** The figures for one address, over the messages that left. */
export function exposureFigures(listings: readonly Listing[]): ExposureFigures {
  const left = listings.filter((listing) => !listing.stopped);
  const messages = left.map((listing) => ({
    sentAt: listing.sentAt,
    listedWith: listing.size - 1,
    sentTo: listing.delivered - (listing.ownCopyBounced ? 0 : 1),
  }));
  return {
    messages: messages.sort((a, b) => (a.sentAt?.getTime() ?? 0) - (b.sentAt?.getTime() ?? 0)),
    listedWith: sum(messages.map((message) => message.listedWith)),
    sentTo: sum(messages.map((message) => message.sentTo)),
    upTo: messages.length > 1,
    containsName: left.some((listing) => listing.containsName),
    ownCopyBounced: left.length > 0 && left.every((listing) => listing.ownCopyBounced),
  };
}

/** What was done for one address: every row of it says the same. */
export function mergedMeasures(listings: readonly Listing[]): Measures {
  return Object.assign({}, ...listings.map((listing) => listing.measures ?? {}));
}

/** @throws DomainError `forbidden` below approver, or for the person who imported it; `conflict` unless it is a draft. */
export function assertAppliable(actor: Actor, list: { state: ListState; importedBy: string | null }): void {
  assertRole(actor, 'approver');
  if (list.state !== 'draft') {
    throw new DomainError(
      'conflict',
      'Only a list that is still a draft can be put in force. Nothing was changed.',
    );
  }
  if (!mayApply(actor, list)) {
    throw new DomainError(
      'forbidden',
      'You imported this list, so another person has to put it in force. Ask a colleague with the role approver.',
    );
  }
}

/** Two people: nobody but the operator puts in force, or closes, what they imported. */
export function mayApply(actor: Actor, list: { importedBy: string | null }): boolean {
  return 'operator' in actor || list.importedBy !== actorId(actor);
}

/**
 * Closing makes "not known yet" into "not exposed": it takes a second person, as putting in force does.
 *
 * @throws DomainError `forbidden` below approver and for whoever imported it; `conflict` unless it is in force and open.
 */
export function assertClosable(actor: Actor, list: { state: ListState; importedBy: string | null }): void {
  assertRole(actor, 'approver');
  if (!mayApply(actor, list)) {
    throw new DomainError(
      'forbidden',
      'You imported this list, so another person has to close it. Ask a colleague with the role approver.',
    );
  }
  if (list.state !== 'applied') {
    throw new DomainError(
      'conflict',
      'Only a list that is in force and still open can be closed. Nothing was changed.',
    );
  }
}

/** What is said in public when one list takes another's place, and which list was compared with before. */
export type Replacing = { version: number; reason: string };

/**
 * A list takes another's place only after somebody has seen what that changes, and says why.
 *
 * @throws DomainError `conflict` when what was seen is not what would be replaced.
 */
export function assertSeen(
  draft: { difference: ListDifference | null },
  inForce: { id: string; version: number } | undefined,
  replacing: Replacing | undefined,
): void {
  if (!inForce && !replacing) return;
  if (!inForce) {
    throw new DomainError(
      'conflict',
      'No list is in force, so this one replaces none, and needs no reason. Nothing was changed.',
    );
  }
  if (!replacing) {
    throw new DomainError(
      'conflict',
      `Version ${inForce.version} is in force, and this list would take its place. Compare them first, and say why it is replaced.`,
    );
  }
  if (replacing.version === inForce.version && draft.difference?.listId === inForce.id) return;
  throw new DomainError(
    'conflict',
    replacing.version === inForce.version
      ? `This list has not been compared with version ${inForce.version}, which is in force. Compare them, and look at what changes. Nothing was changed.`
      : `You have compared this list with version ${replacing.version}, and by now version ${inForce.version} is in force. Compare them again. Nothing was changed.`,
  );
}

/** @throws DomainError `conflict` after the end of the incident's data. */
export function assertKept({ destroyedAt }: { destroyedAt: Date | null }): void {
  if (!destroyedAt) return;
  throw new DomainError(
    'conflict',
    'The addresses of this incident have been destroyed, so no list of it can answer anybody any more. Nothing was changed.',
  );
}

/**
 * Destroying cannot be undone: it takes an owner, who imported none of what is destroyed.
 *
 * @throws DomainError `forbidden` below owner, and for whoever imported a list of the incident.
 */
export function assertDestroyable(actor: Actor, lists: readonly { importedBy: string | null }[]): void {
  assertRole(actor, 'owner');
  if (lists.every((list) => mayApply(actor, list))) return;
  throw new DomainError(
    'forbidden',
    'You imported a list of this incident, so another owner has to destroy its addresses. Nothing was changed.',
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
