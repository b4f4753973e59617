import { eq } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { notices, type BroadcastContent } from '#db/schema/index.ts';
import { formatMoment } from '#src/text/dates.ts';
import { newId } from '#src/text/ids.ts';
import { markdownToText, renderMarkdown } from '#src/text/markdown.ts';
import { slugOf } from '#src/text/slug.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { draftBroadcast } from '../broadcasts/commands.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { getSite } from '../site/queries.ts';
import type { DraftNotice, EditNotice, PublishNotice } from './input.ts';
import { getNotice, type Notice } from './queries.ts';

/** Writes a notice down. Only staff see it until it is published. @throws DomainError `conflict` when the slug asked for is taken. */
export async function draftNotice(
  db: Database,
  author: StaffMember,
  input: DraftNotice,
  now: Date,
): Promise<{ id: string; slug: string }> {
  assertRole(author, 'editor');
  return db.transaction(async (tx) => {
    const id = newId();
    const slug = input.slug ?? (await freeSlug(tx, input.title, id));
    const { title, body, effectiveAt } = input;
    const inserted = await tx
      .insert(notices)
      .values({
        id,
        slug,
        title,
        body,
        effectiveAt,
        authorId: author.id,
        writerIds: [author.id],
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing()
      .returning({ id: notices.id });
    if (inserted.length === 0) {
      throw new DomainError(
        'conflict',
        `There is already a notice called "${slug}". Open that one, or choose another name.`,
      );
    }
    return { id, slug };
  });
}

async function freeSlug(tx: Database, title: string, id: string): Promise<string> {
  const slug = slugOf(title);
  const taken = await tx.select({ id: notices.id }).from(notices).where(eq(notices.slug, slug)).limit(1);
  return taken.length > 0 ? `${slug}-${id.slice(0, 5)}` : slug;
}

/** @throws DomainError `conflict` once it is published: a public notice does not change. */
export async function editNotice(
  db: Database,
  author: StaffMember,
  input: EditNotice,
  now: Date,
): Promise<void> {
  assertRole(author, 'editor');
  await db.transaction(async (tx) => {
    const notice = await lockedNotice(tx, input.noticeId);
    assertDraft(notice);
    const { title, body, effectiveAt } = input;
    const writerIds = [...new Set([...notice.writerIds, author.id])];
    await tx
      .update(notices)
      .set({ title, body, effectiveAt, writerIds, updatedAt: now })
      .where(eq(notices.id, notice.id));
  });
}

/**
 * Makes a notice public and drafts the broadcast about it, together or not at all. Nothing is mailed.
 *
 * @throws DomainError `forbidden` below approver, and for anybody who has written on it; `conflict` when it is public already; `invalid` when it
 *   shows somebody's address.
 */
export async function publishNotice(
  db: Database,
  publisher: StaffMember,
  input: PublishNotice,
  now: Date,
): Promise<{ broadcastId: string | null }> {
  assertRole(publisher, 'approver');
  return db.transaction(async (tx) => {
    const notice = await lockedNotice(tx, input.noticeId);
    assertDraft(notice);
    if (notice.writerIds.includes(publisher.id)) {
      throw new DomainError(
        'forbidden',
        'You have written on this notice, so somebody else has to publish it. Ask a colleague with the role approver.',
      );
    }
    await refuseUnfitText(tx, [notice.title, notice.body], null);
    await tx
      .update(notices)
      .set({ publishedAt: now, publisherId: publisher.id, updatedAt: now })
      .where(eq(notices.id, notice.id));
    const entry = { subject: `notice:${notice.id}`, actor: publisher, details: { slug: notice.slug } };
    await appendEvidence(tx, { kind: 'notice_published', ...entry }, now);
    await touch(tx, ['notices']);
    if (input.draftBroadcast === false) return { broadcastId: null };
    const { timeZone } = await getSite(tx);
    const content = contentOf(notice, `${input.publicUrl}/notices/${notice.slug}`, timeZone, now);
    const audience = { kind: 'subscribers', topic: 'notices' } as const;
    const about = { kind: 'notice', id: notice.id } as const;
    const { id } = await draftBroadcast(tx, publisher, { purpose: 'update', about, content, audience }, now);
    return { broadcastId: id };
  });
}

/** A notice as mail tells it. */
export function contentOf(notice: Notice, permalink: string, timeZone: string, now: Date): BroadcastContent {
  const effective = notice.effectiveAt > now ? formatMoment(notice.effectiveAt, timeZone).text : undefined;
  return {
    title: notice.title,
    summary: '',
    byline: formatMoment(now, timeZone).text,
    ...(effective && { effective }),
    html: renderMarkdown(notice.body),
    text: markdownToText(notice.body),
    permalink,
  };
}

function assertDraft(notice: Notice): void {
  if (!notice.publishedAt) return;
  throw new DomainError(
    'conflict',
    'This notice is public and does not change any more. Post a new one that says what is different.',
  );
}

async function lockedNotice(tx: Database, noticeId: string): Promise<Notice> {
  await tx.select({ id: notices.id }).from(notices).where(eq(notices.id, noticeId)).for('update');
  return getNotice(tx, noticeId);
}
