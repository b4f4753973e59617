import type { Audience } from '#db/schema/index.ts';
import type { Account } from '#src/domain/broadcasts/rules.ts';
import { topicWords } from '#src/domain/subscribers/rules.ts';

export const purposeWords = { duty: 'Duty', update: 'Update' } as const;

export const purposeReasons = {
  duty: 'We must tell these people. It goes out once, to everybody concerned, and carries no unsubscribe link.',
  update: 'These people asked for it. Whoever has unsubscribed since is left out.',
} as const;

export function audienceWords(audience: Audience): string {
  if (audience.kind === 'exposed') return 'Everybody exposed in the incident';
  return `Subscribers to ${topicWords[audience.topic]}`;
}

const figure = new Intl.NumberFormat('en');

export function peopleWords(count: number): string {
  return `${figure.format(count)} ${count === 1 ? 'person' : 'people'}`;
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
