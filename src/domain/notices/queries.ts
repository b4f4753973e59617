import { and, desc, eq, isNotNull } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { notices } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';

export type Notice = {
  id: string;
  slug: string;
  title: string;
  /** Markdown. */
  body: string;
  effectiveAt: Date;
  authorId: string;
  /** Everybody who has saved it. */
  writerIds: readonly string[];
  updatedAt: Date;
  /** Null while it is a draft. */
  publishedAt: Date | null;
};

export type PublishedNotice = Notice & { publishedAt: Date };

/** Undefined for a draft: it does not exist for the public. */
export async function findPublishedNotice(db: Database, slug: string): Promise<PublishedNotice | undefined> {
  const [row] = await select(db).where(and(eq(notices.slug, slug), isNotNull(notices.publishedAt)));
  return row && published(row)[0];
}

/** The latest published first. */
export async function listPublishedNotices(db: Database, limit: number): Promise<PublishedNotice[]> {
  const rows = await select(db)
    .where(isNotNull(notices.publishedAt))
    .orderBy(desc(notices.publishedAt), desc(notices.id))
    .limit(limit);
  return rows.flatMap(published);
}

/** Drafts included: for staff. The latest changed first. */
export async function listNotices(db: Database, limit = 100): Promise<Notice[]> {
  return select(db).orderBy(desc(notices.updatedAt), desc(notices.id)).limit(limit);
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

function published(notice: Notice): PublishedNotice[] {
  const { publishedAt } = notice;
  return publishedAt ? [{ ...notice, publishedAt }] : [];
}

function select(db: Database) {
  return db
    .select({
      id: notices.id,
      slug: notices.slug,
      title: notices.title,
      body: notices.body,
      effectiveAt: notices.effectiveAt,
      authorId: notices.authorId,
      writerIds: notices.writerIds,
      updatedAt: notices.updatedAt,
      publishedAt: notices.publishedAt,
    })
    .from(notices);
}
