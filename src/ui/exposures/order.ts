import type { Answer } from '#src/domain/exposures/answers.ts';

const URGENCY: readonly Answer['verdict'][] = [
  'exposed',
  'unavailable',
  'not_known_yet',
  'destroyed',
  'withheld',
  'queued_not_sent',
  'not_exposed',
];

/** What a person has not read yet comes first, and of that what concerns them most. */
export function inOrder(answers: readonly Answer[]): { unread: Answer[]; read: Answer[] } {
  const sorted = [...answers].sort((a, b) => URGENCY.indexOf(a.verdict) - URGENCY.indexOf(b.verdict));
  return { unread: sorted.filter((answer) => !isRead(answer)), read: sorted.filter(isRead) };
}

function isRead(answer: Answer): boolean {
  // What its owner had erased asks for nothing more.
  if (answer.verdict === 'withheld') return true;
  return 'acknowledgedAt' in answer && answer.acknowledgedAt !== null;
}
