import { desc, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { postmortemDrafts, postmortemRevisions, type PostmortemText } from '#db/schema/index.ts';

export type { PostmortemText } from '#db/schema/index.ts';

const REVISIONS_MAX = 100;

/** Its sections in the order in which they are read. */
export const postmortemSections = [
  'whatHappened',
  'whyItHappened',
  'whatWeDid',
  'whatWeChange',
] as const satisfies readonly (keyof PostmortemText)[];

export type PostmortemSection = (typeof postmortemSections)[number];

export type PostmortemDraft = {
  version: number;
  text: PostmortemText;
  changeSummary: string;
  /** Everybody who has saved it. */
  writerIds: readonly string[];
  savedAt: Date;
};

export type PostmortemRevision = {
  number: number;
  text: PostmortemText;
  /** What changed and why; empty for the first. */
  changeSummary: string;
  publishedAt: Date;
  /** Its text was taken out because it disclosed something; null otherwise. */
  redaction: { at: Date; reason: string } | null;
};

export type Postmortem = {
  /** What holds now. */
  current: PostmortemRevision;
  /** All of them, newest first. At most 100. */
  revisions: readonly PostmortemRevision[];
};

/** Undefined until it is published. Ask for a public incident's only. */
export async function findPostmortem(db: Database, incidentId: string): Promise<Postmortem | undefined> {
  const rows = await db
    .select({
      redactedAt: postmortemRevisions.redactedAt,
      redactionReason: postmortemRevisions.redactionReason,
      number: postmortemRevisions.number,
      text: postmortemRevisions.text,
      changeSummary: postmortemRevisions.changeSummary,
      publishedAt: postmortemRevisions.publishedAt,
    })
    .from(postmortemRevisions)
    .where(eq(postmortemRevisions.incidentId, incidentId))
    .orderBy(desc(postmortemRevisions.number))
    .limit(REVISIONS_MAX);
  const revisions = rows.map(({ redactedAt, redactionReason, ...revision }) => ({
    ...revision,
    redaction: redactedAt && { at: redactedAt, reason: redactionReason ?? '' },
  }));
  const [current] = revisions;
  return current && { current, revisions };
}

/** What the post-mortems of some public incidents say in short, by incident. */
export async function listPostmortemSummaries(
  db: Database,
  incidentIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (incidentIds.length === 0) return new Map();
  const newest = await db
    .selectDistinctOn([postmortemRevisions.incidentId], {
      incidentId: postmortemRevisions.incidentId,
      text: postmortemRevisions.text,
    })
    .from(postmortemRevisions)
    .where(inArray(postmortemRevisions.incidentId, [...incidentIds]))
    .orderBy(postmortemRevisions.incidentId, desc(postmortemRevisions.number));
  return new Map(newest.map(({ incidentId, text }) => [incidentId, text.summary]));
}

/** For staff. */
export async function findPostmortemDraft(
  db: Database,
  incidentId: string,
): Promise<PostmortemDraft | undefined> {
  const [draft] = await db
    .select({
      version: postmortemDrafts.version,
      text: postmortemDrafts.text,
      changeSummary: postmortemDrafts.changeSummary,
      writerIds: postmortemDrafts.writerIds,
      savedAt: postmortemDrafts.savedAt,
    })
    .from(postmortemDrafts)
    .where(eq(postmortemDrafts.incidentId, incidentId));
  return draft;
}
