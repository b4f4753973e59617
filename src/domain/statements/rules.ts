import { statementKinds, type StatementText } from '#db/schema/index.ts';

export { statementKinds };
export type StatementKind = (typeof statementKinds)[number];

export const statementKindWords: Readonly<Record<StatementKind, string>> = {
  holding_line: 'Holding line',
  apology: 'Apology',
  first_account: 'First account',
  further_account: 'Further account',
  correction: 'Correction',
  withdrawal: 'Withdrawal',
  final: 'Final statement',
  post_mortem: 'Post-mortem',
};

export type RevisionKind = 'published' | 'corrected' | 'withdrawn';
export type StatementState = 'draft' | 'in_review' | 'approved' | RevisionKind;

/** The five that readers and regulators know, in their order (California Civil Code 1798.82(d)(1)). */
export const headings = [
  { key: 'whatHappened', title: 'What happened' },
  { key: 'whatInformation', title: 'What information was involved' },
  { key: 'whatWeAreDoing', title: 'What we are doing' },
  { key: 'whatYouCanDo', title: 'What you can do' },
  { key: 'forMoreInformation', title: 'For more information' },
] as const satisfies readonly { key: keyof StatementText; title: string }[];

export type SectionKey = (typeof headings)[number]['key'];

export const emptyText: StatementText = {
  title: '',
  summary: '',
  whatHappened: '',
  whatInformation: '',
  whatWeAreDoing: '',
  whatYouCanDo: '',
  forMoreInformation: '',
  occurredAt: null,
  awareAt: null,
  containedAt: null,
  nextUpdateAt: null,
  authorName: '',
  authorTitle: '',
};

/** Where a statement is: in its draft when it has one, otherwise in what was published last. */
export function statementState(
  draft: { submittedAt: Date | null; approved: boolean } | null,
  current: RevisionKind | null,
): StatementState {
  if (!draft) return current ?? 'draft';
  if (!draft.submittedAt) return 'draft';
  return draft.approved ? 'approved' : 'in_review';
}

/** Kinds after which nobody waits for the next update. */
export function endsTheAccount(kind: StatementKind): boolean {
  return kind === 'final' || kind === 'post_mortem' || kind === 'withdrawal';
}

/** Kinds that say of what was said before that it does not hold. */
export function putsRight(kind: StatementKind): boolean {
  return kind === 'correction' || kind === 'withdrawal';
}

/** A holding line says what is known so far and what is being done; the other headings come with the account. */
export function requiredHeadings(kind: StatementKind): readonly SectionKey[] {
  return kind === 'holding_line' ? ['whatHappened', 'whatWeAreDoing'] : headings.map(({ key }) => key);
}
