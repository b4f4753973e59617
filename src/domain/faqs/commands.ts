import { createHash } from 'node:crypto';
import { and, eq, isNull, max, ne } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { faqs } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { DraftFaq, EditFaq, UnpublishFaq } from './input.ts';
import { getFaq } from './queries.ts';
import { isPublic } from './rules.ts';

/** Writes a question down, behind those that exist. Only staff see it until it is published. @throws DomainError */
export async function draftFaq(
  db: Database,
  actor: Actor,
  input: DraftFaq,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    const [last] = await tx.select({ position: max(faqs.position) }).from(faqs);
    const id = newId();
    await tx.insert(faqs).values({
      id,
      category: input.category,
      incidentId: input.incidentId || null,
      question: input.question,
      answer: input.answer,
      state: 'draft',
      position: (last?.position ?? 0) + 1,
      reviewedAt: now,
      createdAt: now,
      updatedAt: now,
    });
    return { id };
  });
}

/**
 * Changes a question. One that is public changes at once, so that needs an approver, and counts as a review.
 *
 * @throws DomainError `forbidden`; `invalid` when a public text shows an address or contradicts the imported list.
 */
export async function editFaq(db: Database, actor: Actor, input: EditFaq, now: Date): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const faq = await getFaq(tx, input.faqId);
    const { category, question, answer, position } = input;
    const incidentId = input.incidentId || null;
    const reworded = category !== faq.category || question !== faq.question || answer !== faq.answer;
    const version = reworded ? faq.version + 1 : faq.version;
    const changes = { category, question, answer, position, incidentId, version, updatedAt: now };
    if (!isPublic(faq.state)) {
      await tx.update(faqs).set(changes).where(eq(faqs.id, faq.id));
      return;
    }
    assertRole(actor, 'approver');
    await refuseUnfitText(tx, [category, `${question}\n\n${answer}`], incidentId);
    await tx
      .update(faqs)
      .set({ ...changes, state: 'published', reviewedAt: now, ...(reworded && { changedAt: now }) })
      .where(eq(faqs.id, faq.id));
    if (!reworded) return madePublic(tx, actor, faq.id, now);
    const details = { before: hashOf(faq), after: hashOf(input) };
    await appendEvidence(tx, { kind: 'faq_changed', subject: `faq:${faq.id}`, actor, details }, now);
    await touch(tx, ['faqs']);
  });
}

/**
 * Puts a question on the public page, or says that one under review is right as it stands.
 *
 * @throws DomainError `forbidden` below approver; `invalid` as in `editFaq`.
 */
export async function publishFaq(
  db: Database,
  actor: Actor,
  { faqId }: { faqId: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'approver');
  await db.transaction(async (tx) => {
    const { category, question, answer, incident, publishedAt } = await getFaq(tx, faqId);
    await refuseUnfitText(tx, [category, `${question}\n\n${answer}`], incident?.id ?? null);
    await tx
      .update(faqs)
      .set({ state: 'published', publishedAt: publishedAt ?? now, reviewedAt: now, updatedAt: now })
      .where(eq(faqs.id, faqId));
    await madePublic(tx, actor, faqId, now);
  });
}

/**
 * Takes a question off the public page. It is a draft again, and can be put back; the reason stays in the evidence.
 *
 * @throws DomainError `forbidden` below approver; `not_found`; `conflict` unless it is public.
 */
export async function unpublishFaq(
  db: Database,
  actor: Actor,
  { faqId, reason }: UnpublishFaq,
  now: Date,
): Promise<void> {
  assertRole(actor, 'approver');
  await db.transaction(async (tx) => {
    const taken = await tx
      .update(faqs)
      .set({ state: 'draft', updatedAt: now })
      .where(and(eq(faqs.id, faqId), ne(faqs.state, 'draft')))
      .returning({ id: faqs.id });
    const faq = await getFaq(tx, faqId);
    if (taken.length === 0) throw new DomainError('conflict', 'This question is not public.');
    const details = { reason, words: hashOf(faq) };
    await appendEvidence(tx, { kind: 'faq_unpublished', subject: `faq:${faqId}`, actor, details }, now);
    await touch(tx, ['faqs']);
  });
}

/**
 * Throws away a question that was never public.
 *
 * @throws DomainError `forbidden` below editor; `not_found`; `conflict` once it has been public: what readers have seen is changed
 *   or taken off, not lost.
 */
export async function discardFaq(
  db: Database,
  actor: Actor,
  { faqId }: { faqId: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const discarded = await tx
      .delete(faqs)
      .where(and(eq(faqs.id, faqId), eq(faqs.state, 'draft'), isNull(faqs.publishedAt)))
      .returning({ id: faqs.id });
    if (discarded.length === 0) {
      const { state } = await getFaq(tx, faqId);
      throw new DomainError(
        'conflict',
        isPublic(state)
          ? 'This question is public. Change its answer, or take it off the page.'
          : 'This question has been public, so it is kept. Only the team sees it.',
      );
    }
    await appendEvidence(tx, { kind: 'faq_discarded', subject: `faq:${faqId}`, actor }, now);
  });
}

/** SHA-256 (hex) of the words that readers see. */
function hashOf({ category, question, answer }: Pick<DraftFaq, 'category' | 'question' | 'answer'>): string {
  const words = JSON.stringify([category, question, answer]);
  return createHash('sha256').update(words, 'utf8').digest('hex');
}

async function madePublic(tx: Database, actor: Actor, faqId: string, now: Date): Promise<void> {
  await appendEvidence(tx, { kind: 'faq_published', subject: `faq:${faqId}`, actor }, now);
  await touch(tx, ['faqs']);
}

/**
 * The statement they rest on has changed: they stay public and say that they are being reviewed. Whoever calls says with its
 * own change that `faqs` have changed.
 */
export async function putFaqsUnderReview(tx: Database, incidentId: string, now: Date): Promise<void> {
  await tx
    .update(faqs)
    .set({ state: 'under_review', updatedAt: now })
    .where(and(eq(faqs.incidentId, incidentId), eq(faqs.state, 'published')));
}
