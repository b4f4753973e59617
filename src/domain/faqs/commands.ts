import { and, eq, max } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { faqs } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { DraftFaq, EditFaq } from './input.ts';
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
    const changes = { category, question, answer, position, incidentId, updatedAt: now };
    if (!isPublic(faq.state)) {
      await tx.update(faqs).set(changes).where(eq(faqs.id, faq.id));
      return;
    }
    assertRole(actor, 'approver');
    await refuseUnfitText(tx, [category, `${question}\n\n${answer}`], incidentId);
    await tx
      .update(faqs)
      .set({ ...changes, state: 'published', reviewedAt: now })
      .where(eq(faqs.id, faq.id));
    await madePublic(tx, actor, faq.id, now);
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
    const { category, question, answer, incident } = await getFaq(tx, faqId);
    await refuseUnfitText(tx, [category, `${question}\n\n${answer}`], incident?.id ?? null);
    await tx
      .update(faqs)
      .set({ state: 'published', reviewedAt: now, updatedAt: now })
      .where(eq(faqs.id, faqId));
    await madePublic(tx, actor, faqId, now);
  });
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
