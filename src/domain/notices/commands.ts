import { createHash } from 'node:crypto';
import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { noticeRevisions, notices, type BroadcastContent } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { slugOf } from '#src/text/slug.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { draftBroadcast } from '../broadcasts/commands.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { getSite } from '../site/queries.ts';
import { contentOf, withdrawalContentOf } from './content.ts';
import type { DraftNotice, EditNotice, PublishNotice, WithdrawNotice } from './input.ts';
import { getNotice, listNoticeRevisions, type Notice, type NoticeRevision } from './queries.ts';

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

/**
 * Writes on a draft, or on the correction of a public notice, which the public does not see before it is published.
 *
 * @throws DomainError `conflict` once it is withdrawn.
 */
export async function editNotice(
  db: Database,
  author: StaffMember,
  input: EditNotice,
  now: Date,
): Promise<void> {
  assertRole(author, 'editor');
  await db.transaction(async (tx) => {
    const notice = await lockedNotice(tx, input.noticeId);
    assertNotWithdrawn(notice);
    const { title, body, effectiveAt, changeSummary = '' } = input;
    const writerIds = [...new Set([...notice.writerIds, author.id])];
    await tx
      .update(notices)
      .set({ title, body, effectiveAt, changeSummary, writerIds, updatedAt: now })
      .where(eq(notices.id, notice.id));
  });
}

/**
 * Makes a notice public, or its correction, and drafts the broadcast about it, together or not at all. Nothing is mailed. What it said
 * before stays public beside it.
 *
 * @throws DomainError `forbidden` below approver, and for anybody who has written on it; `conflict` when nothing waits to be
 *   published; `invalid` when it shows somebody's address, and for a correction that does not say what changes.
 */
export async function publishNotice(
  db: Database,
  publisher: StaffMember,
  input: PublishNotice,
  now: Date,
): Promise<{ broadcastId: string | null; number: number }> {
  assertRole(publisher, 'approver');
  return db.transaction(async (tx) => {
    const notice = await lockedNotice(tx, input.noticeId);
    assertNotWithdrawn(notice);
    const [before] = await listNoticeRevisions(tx, notice.id);
    assertPublishable(notice, before, publisher);
    const { id, slug, title, body, effectiveAt, writerIds } = notice;
    const reason = before ? notice.changeSummary : '';
    await refuseUnfitText(tx, [title, body, reason], null);
    const kind = before ? 'corrected' : 'published';
    const text = { kind, title, body, effectiveAt, reason, writerIds } as const;
    const number = await addRevision(tx, publisher, { notice, before, text }, now);
    const details = { slug, revision: number, hash: hashOf(text), ...(reason && { reason }) };
    const entry = { subject: `notice:${id}`, actor: publisher, details };
    await appendEvidence(tx, { kind: before ? 'notice_corrected' : 'notice_published', ...entry }, now);
    await touch(tx, [`notice:${slug}`]);
    if (input.draftBroadcast === false) return { broadcastId: null, number };
    const { timeZone } = await getSite(tx);
    const permalink = `${input.publicUrl}/notices/${slug}`;
    const content = contentOf(notice, reason, { permalink, timeZone, now });
    return { broadcastId: await draftMail(tx, publisher, id, content, now), number };
  });
}

/**
 * Takes a public notice back, with the reason in its place. What it said stays public among its earlier versions.
 *
 * @throws DomainError `forbidden` below approver, and for anybody who wrote it; `conflict` unless it is public and not withdrawn;
 *   `invalid` by what the reason says.
 */
export async function withdrawNotice(
  db: Database,
  staff: StaffMember,
  input: WithdrawNotice,
  now: Date,
): Promise<{ broadcastId: string | null }> {
  assertRole(staff, 'approver');
  return db.transaction(async (tx) => {
    const notice = await lockedNotice(tx, input.noticeId);
    assertNotWithdrawn(notice);
    const [before] = await listNoticeRevisions(tx, notice.id);
    if (!before) {
      throw new DomainError('conflict', 'This notice was never published, so there is nothing to withdraw.');
    }
    if (before.writerIds.includes(staff.id)) throw wroteIt('withdraw');
    const { reason } = input;
    await refuseUnfitText(tx, [reason], null);
    const { title, effectiveAt } = before;
    const text = { kind: 'withdrawn', title, body: '', effectiveAt, reason, writerIds: [staff.id] } as const;
    const number = await addRevision(tx, staff, { notice, before, text }, now);
    const details = { slug: notice.slug, revision: number, reason };
    const entry = { subject: `notice:${notice.id}`, actor: staff, details };
    await appendEvidence(tx, { kind: 'notice_withdrawn', ...entry }, now);
    await touch(tx, [`notice:${notice.slug}`]);
    if (input.draftBroadcast === false) return { broadcastId: null };
    const { timeZone } = await getSite(tx);
    const permalink = `${input.publicUrl}/notices/${notice.slug}`;
    const content = withdrawalContentOf(title, reason, { permalink, timeZone, now });
    return { broadcastId: await draftMail(tx, staff, notice.id, content, now) };
  });
}

type RevisionText = Pick<NoticeRevision, 'kind' | 'title' | 'body' | 'effectiveAt' | 'reason' | 'writerIds'>;

/** The next revision; from then on nothing waits to be published. */
async function addRevision(
  tx: Database,
  publisher: StaffMember,
  { notice, before, text }: { notice: Notice; before: NoticeRevision | undefined; text: RevisionText },
  now: Date,
): Promise<number> {
  const number = (before?.number ?? 0) + 1;
  const { title, body, effectiveAt } = text;
  await tx.insert(noticeRevisions).values({
    id: newId(),
    noticeId: notice.id,
    number,
    ...text,
    writerIds: [...text.writerIds],
    publisherId: publisher.id,
    publishedAt: now,
  });
  await tx
    .update(notices)
    .set({
      ...{ title, body, effectiveAt, changeSummary: '', writerIds: [], updatedAt: now },
      ...(!before && { publishedAt: now, publisherId: publisher.id }),
    })
    .where(eq(notices.id, notice.id));
  return number;
}

async function draftMail(
  tx: Database,
  publisher: StaffMember,
  noticeId: string,
  content: BroadcastContent,
  now: Date,
): Promise<string> {
  const audience = { kind: 'subscribers', topic: 'notices' } as const;
  const about = { kind: 'notice', id: noticeId } as const;
  const { id } = await draftBroadcast(tx, publisher, { purpose: 'update', about, content, audience }, now);
  return id;
}

/** SHA-256 (hex) of what a revision says: stays in the evidence when its text does not. */
export function hashOf({ title, body, effectiveAt }: Pick<Notice, 'title' | 'body' | 'effectiveAt'>): string {
  const said = JSON.stringify([title, body, effectiveAt.toISOString()]);
  return createHash('sha256').update(said, 'utf8').digest('hex');
}

function assertPublishable(notice: Notice, before: NoticeRevision | undefined, publisher: StaffMember): void {
  if (notice.writerIds.length === 0 || (before && hashOf(before) === hashOf(notice))) {
    throw new DomainError('conflict', 'The notice says what is public already. Change it first.');
  }
  if (notice.writerIds.includes(publisher.id)) throw wroteIt('publish');
  if (before && !notice.changeSummary) {
    throw new DomainError('invalid', 'Say what changes and why: readers see it beside the new text.');
  }
}

function wroteIt(verb: 'publish' | 'withdraw'): DomainError {
  return new DomainError(
    'forbidden',
    `You have written on this notice, so somebody else has to ${verb} it. Ask a colleague with the role approver.`,
  );
}

function assertNotWithdrawn(notice: Notice): void {
  if (notice.state !== 'withdrawn') return;
  throw new DomainError('conflict', 'This notice has been withdrawn. Post a new one that says what holds.');
}

export async function lockedNotice(tx: Database, noticeId: string): Promise<Notice> {
  await tx.select({ id: notices.id }).from(notices).where(eq(notices.id, noticeId)).for('update');
  return getNotice(tx, noticeId);
}
