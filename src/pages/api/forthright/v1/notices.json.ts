import { listPublishedNotices } from '#src/domain/notices/queries.ts';
import { noticeAnswer } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from './_answer.ts';

const NEWEST = 100;

export const GET = answerRoute('notices', async ({ db, speaker }) => {
  const found = await listPublishedNotices(db, NEWEST);
  return { notices: found.map((notice) => noticeAnswer(notice, speaker)) };
});
