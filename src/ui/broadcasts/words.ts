import type { Audience, ChangedPart } from '#db/schema/index.ts';
import type { Account } from '#src/domain/broadcasts/rules.ts';
import { topicWords } from '#src/domain/subscribers/rules.ts';

export const purposeWords = { duty: 'Duty', update: 'Update' } as const;

export const purposeReasons = {
  duty: 'We must tell these people. It goes out once, to everybody concerned, and carries no unsubscribe link.',
  update: 'These people asked for it. Whoever has unsubscribed since is left out.',
} as const;

/** `segments`: their names, by id. */
export function audienceWords(audience: Audience, segments: ReadonlyMap<string, string> = new Map()): string {
  if (audience.kind === 'exposed') return 'Everybody exposed in the incident';
  if (audience.kind === 'changed') return changedWords[audience.part](audience.version);
  if (audience.kind === 'segment') return segmentWords(segments.get(audience.segmentId), audience.version);
  return `Subscribers to ${topicWords[audience.topic]}`;
}

/** The statement is public, so that what a mail about it says is no secret; to whom it goes is. */
export const SEGMENT_HINT =
  'The mail names neither the segment nor what its people have in common. Nobody else gets this duty.';

/** A segment whose list is gone has lost its name. */
function segmentWords(name: string | undefined, version: number): string {
  const named = name === undefined ? 'A segment of the exposed' : `The segment “${name}” of the exposed`;
  return `${named}, by version ${version} of the list`;
}

/** Whom a corrected list concerns, by what it changed for them. */
export const changedWords: Readonly<Record<ChangedPart, (version: number) => string>> = {
  newlyExposed: (version) => `Those newly exposed by version ${version} of the list`,
  noLongerExposed: (version) => `Those no longer exposed by version ${version} of the list`,
  everybody: (version) => `All whose answer version ${version} of the list changed`,
};

/** What tells these people from the others. `replaced`: the version before. */
export const changedHints: Readonly<Record<ChangedPart, (replaced: number) => string>> = {
  newlyExposed: (replaced) => `Their address was shown, and version ${replaced} did not say so.`,
  noLongerExposed: (replaced) => `Version ${replaced} said that their address was shown.`,
  everybody: (replaced) =>
    `The newly exposed, those no longer exposed, and those shown in other messages than version ${replaced} said. The mail tells each of them no more than that their answer has changed.`,
};

const figure = new Intl.NumberFormat('en');

/** People who had their result erased since it was counted are not written to. */
export function countedWords({ people, counted }: { people: number; counted: boolean }): string {
  const atMost = `at most ${figure.format(people)} ${people === 1 ? 'address' : 'addresses'}`;
  return counted ? atMost : `${atMost}; how many is known when the mail is prepared`;
}

export function peopleWords(count: number, atMost = false): string {
  return `${atMost ? 'at most ' : ''}${figure.format(count)} ${count === 1 ? 'person' : 'people'}`;
}

/** The lines of the account, in the order in which they add up. */
export function accountRows(account: Account): { label: string; count: number; part?: boolean }[] {
  const parts = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([label, count]) => ({ label, count, part: true }));
  const told = Object.entries(account.outcomes).filter(([, count]) => count > 0);
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  return [
    { label: 'Audience', count: account.audience },
    { label: 'Accepted by the mail provider', count: account.accepted },
    ...parts(Object.fromEntries(told)),
    { label: 'Skipped', count: sum(account.skipped) },
    ...parts(account.skipped),
    { label: 'Rejected', count: sum(account.rejected) },
    ...parts(account.rejected),
    { label: 'Pending', count: account.pending },
    { label: 'Unknown', count: account.unknown },
  ];
}
