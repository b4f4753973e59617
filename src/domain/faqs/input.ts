import { z } from 'zod';
import { optionalChoice, requiredLine, requiredText, subjectId } from '../form-fields.ts';

export const faqForm = z.object({
  category: requiredLine(60, 'Give it a category.'),
  incidentId: optionalChoice,
  question: requiredLine(200, 'Write the question.'),
  answer: requiredText(10_000, 'Write the answer.'),
});

export const editFaqForm = faqForm.extend({
  faqId: subjectId,
  position: z.coerce.number('Give a number.').int('Give a whole number.').min(0).max(9999),
});

export const unpublishFaqForm = z.object({
  faqId: subjectId,
  reason: requiredText(1000, 'Write the reason down.'),
});

export type DraftFaq = {
  category: string;
  /** Absent: about no incident. */
  incidentId?: string | null;
  question: string;
  /** Markdown. */
  answer: string;
};
export type EditFaq = DraftFaq & { faqId: string; position: number };
export type UnpublishFaq = z.infer<typeof unpublishFaqForm>;
