import { z } from 'zod';
import { optionalChoice, requiredText, subjectId } from '../form-fields.ts';

export const faqForm = z.object({
  category: requiredText(60, 'Give it a category.'),
  incidentId: optionalChoice,
  question: requiredText(200, 'Write the question.'),
  answer: requiredText(10_000, 'Write the answer.'),
});

export const editFaqForm = faqForm.extend({
  faqId: subjectId,
  position: z.coerce.number('Give a number.').int('Give a whole number.').min(0).max(9999),
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
