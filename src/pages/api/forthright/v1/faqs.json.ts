import { listPublicFaqs } from '#src/domain/faqs/queries.ts';
import { faqAnswer } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from './_answer.ts';

export const GET = answerRoute('faqs', async ({ db }) => ({
  faqs: (await listPublicFaqs(db)).map(faqAnswer),
}));
