/** What can be subscribed to. */
export const topics = ['statements', 'notices'] as const;
export type Topic = (typeof topics)[number];

/** Within a sentence. */
export const topicWords: Readonly<Record<Topic, string>> = { statements: 'statements', notices: 'notices' };

/** Beside a box to tick: what each topic brings. */
export const topicLabels: Readonly<Record<Topic, string>> = {
  statements: 'Statements and what follows them',
  notices: 'Notices of changes ahead',
};

/** How long a confirmation letter works; an address that is not confirmed by then is forgotten. */
export const CONFIRM_HOURS = 24;

/** The columns of a subscription for a choice of topics. */
export function wantsOf(chosen: readonly Topic[]): { wantsStatements: boolean; wantsNotices: boolean } {
  return { wantsStatements: chosen.includes('statements'), wantsNotices: chosen.includes('notices') };
}

export function topicsOf(row: { wantsStatements: boolean; wantsNotices: boolean }): Topic[] {
  return topics.filter((topic) => (topic === 'statements' ? row.wantsStatements : row.wantsNotices));
}

/** Counts only once confirmed, and until ended. */
export function isActive(row: { confirmedAt: Date | null; endedAt: Date | null }): boolean {
  return row.confirmedAt !== null && row.endedAt === null;
}

export function confirmableSince(now: Date): Date {
  return new Date(now.getTime() - CONFIRM_HOURS * 3_600_000);
}
