/** What can be subscribed to. */
export const topics = ['statements', 'notices', 'maintenance'] as const;
export type Topic = (typeof topics)[number];

/** Within a sentence. */
export const topicWords: Readonly<Record<Topic, string>> = {
  statements: 'statements',
  notices: 'notices',
  maintenance: 'planned maintenance',
};

/** How long a confirmation letter works; an address that is not confirmed by then is forgotten. */
export const CONFIRM_HOURS = 24;

export type Wants = { wantsStatements: boolean; wantsNotices: boolean; wantsMaintenance: boolean };

/** The column of a subscription that each topic is chosen in. */
export const wantsColumn = {
  statements: 'wantsStatements',
  notices: 'wantsNotices',
  maintenance: 'wantsMaintenance',
} as const satisfies Readonly<Record<Topic, keyof Wants>>;

/** The columns of a subscription for a choice of topics. */
export function wantsOf(chosen: readonly Topic[]): Wants {
  return {
    wantsStatements: chosen.includes('statements'),
    wantsNotices: chosen.includes('notices'),
    wantsMaintenance: chosen.includes('maintenance'),
  };
}

export function topicsOf(row: Wants): Topic[] {
  return topics.filter((topic) => row[wantsColumn[topic]]);
}

/** Counts only once confirmed, and until ended. */
export function isActive(row: { confirmedAt: Date | null; endedAt: Date | null }): boolean {
  return row.confirmedAt !== null && row.endedAt === null;
}

export function confirmableSince(now: Date): Date {
  return new Date(now.getTime() - CONFIRM_HOURS * 3_600_000);
}
