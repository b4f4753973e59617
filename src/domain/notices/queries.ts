import { desc, eq, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { noticeRevisions, notices } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { once } from '../snapshot.ts';

const REVISIONS_MAX = 100;

/** What was published, as it was; a withdrawal has no body. */
export type NoticeRevision = {
  id: string;
  number: number;
  kind: 'published' | 'corrected' | 'withdrawn';
  title: string;
  /** Markdown. */
  body: string;
  effectiveAt: Date;
  /** What changed and why; of a withdrawal, the reason; empty for the first. */
  reason: string;
  /** Everybody who wrote it. */
  writerIds: readonly string[];
  publishedAt: Date;
  /** Its text was taken out because it disclosed something; null otherwise. */
  redaction: { at: Date; reason: string } | null;
};

/** The working text: for staff. Once it is published, what is public stands in its revisions. */
export type Notice = {
  id: string;
  slug: string;
  title: string;
  /** Markdown. */
  body: string;
  effectiveAt: Date;
  /** What changes and why, of a correction. */
  changeSummary: string;
  authorId: string;
  /** Everybody who has saved it since it was last published; nobody where nothing is waiting. */
  writerIds: readonly string[];
  updatedAt: Date;
  /** When it first became public; null while it is a draft. */
  publishedAt: Date | null;
  /** What the newest revision is; null while it is a draft. */
  state: NoticeRevision['kind'] | null;
};

/** What holds now. */
export type PublishedNotice = {
  id: string;
  slug: string;
  /** The newest revision's, like what follows. */
  revisionId: string;
  number: number;
  state: NoticeRevision['kind'];
  title: string;
  /** Markdown. Empty once it is withdrawn. */
  body: string;
  effectiveAt: Date;
  reason: string;
  /** When it first became public. */
  publishedAt: Date;
  /** When its newest revision did. */
  changedAt: Date;
};

/** Undefined for a draft: it does not exist for the public. A withdrawn one is found: its page says so. */
export async function findPublishedNotice(db: Database, slug: string): Promise<PublishedNotice | undefined> {
  const [row] = await published(db).where(eq(notices.slug, slug));
  return row && told(row);
}

/** The latest changed first. Withdrawn ones are among them. */
export function listPublishedNotices(db: Database, limit: number): Promise<PublishedNotice[]> {
  return once(db, `notices:${limit}`, async () => {
    const rows = await published(db)
      .orderBy(sql`newest.published_at desc`, desc(notices.id))
      .limit(limit);
    return rows.map(told);
  });
}

/** All of them, newest first. At most 100. */
export async function listNoticeRevisions(db: Database, noticeId: string): Promise<NoticeRevision[]> {
  const rows = await db
    .select({
      id: noticeRevisions.id,
      number: noticeRevisions.number,
      kind: noticeRevisions.kind,
      title: noticeRevisions.title,
      body: noticeRevisions.body,
      effectiveAt: noticeRevisions.effectiveAt,
      reason: noticeRevisions.reason,
      writerIds: noticeRevisions.writerIds,
      publishedAt: noticeRevisions.publishedAt,
      redactedAt: noticeRevisions.redactedAt,
      redactionReason: noticeRevisions.redactionReason,
    })
    .from(noticeRevisions)
    .where(eq(noticeRevisions.noticeId, noticeId))
    .orderBy(desc(noticeRevisions.number))
    .limit(REVISIONS_MAX);
  return rows.map(({ redactedAt, redactionReason, ...revision }) => ({
    ...revision,
    redaction: redactedAt && { at: redactedAt, reason: redactionReason ?? '' },
  }));
}

/** Drafts included, or only what waits to be published: for staff. The latest changed first. At most 100 unless told. */
export async function listNotices(
  db: Database,
  { drafts = false, limit = 100, offset = 0 }: { drafts?: boolean; limit?: number; offset?: number } = {},
): Promise<Notice[]> {
  return select(db)
    .where(drafts ? sql`jsonb_array_length(${notices.writerIds}) > 0` : undefined)
    .orderBy(desc(notices.updatedAt), desc(notices.id))
    .limit(limit)
    .offset(offset);
}

/** @throws DomainError `not_found`. */
export async function getNotice(db: Database, noticeId: string): Promise<Notice> {
  const notice = await findNotice(db, noticeId);
  if (!notice) throw new DomainError('not_found', 'There is no such notice. Open the list of notices again.');
  return notice;
}

export async function findNotice(db: Database, noticeId: string): Promise<Notice | undefined> {
  const [row] = await select(db).where(eq(notices.id, noticeId));
  return row;
}

/** For a lateral join onto `notices`: what holds now of each. */
export function newestNotice(db: Database) {
  return db
    .select({
      id: noticeRevisions.id,
      number: noticeRevisions.number,
      kind: noticeRevisions.kind,
      title: noticeRevisions.title,
      body: noticeRevisions.body,
      effectiveAt: noticeRevisions.effectiveAt,
      reason: noticeRevisions.reason,
      publishedAt: noticeRevisions.publishedAt,
    })
    .from(noticeRevisions)
    .where(eq(noticeRevisions.noticeId, notices.id))
    .orderBy(desc(noticeRevisions.number))
    .limit(1)
    .as('newest');
}

function published(db: Database) {
  const newest = newestNotice(db);
  return db
    .select({
      id: notices.id,
      slug: notices.slug,
      firstAt: notices.publishedAt,
      revisionId: newest.id,
      number: newest.number,
      state: newest.kind,
      title: newest.title,
      body: newest.body,
      effectiveAt: newest.effectiveAt,
      reason: newest.reason,
      changedAt: newest.publishedAt,
    })
    .from(notices)
    .innerJoinLateral(newest, sql`true`);
}

type Row = Awaited<ReturnType<typeof published>>[number];

function told({ firstAt, ...row }: Row): PublishedNotice {
  return { ...row, publishedAt: firstAt ?? row.changedAt };
}

function select(db: Database) {
  const newest = newestNotice(db);
  return db
    .select({
      id: notices.id,
      slug: notices.slug,
      title: notices.title,
      body: notices.body,
      effectiveAt: notices.effectiveAt,
      changeSummary: notices.changeSummary,
      authorId: notices.authorId,
      writerIds: notices.writerIds,
      updatedAt: notices.updatedAt,
      publishedAt: notices.publishedAt,
      state: newest.kind,
    })
    .from(notices)
    .leftJoinLateral(newest, sql`true`);
}
