import { listPublishedStatements } from '#src/domain/statements/queries.ts';
import { statementAnswer } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from './_answer.ts';

const NEWEST = 100;

export const GET = answerRoute('statements', async ({ db, speaker }) => {
  const found = await listPublishedStatements(db, { limit: NEWEST });
  return { statements: found.map((entry) => statementAnswer(entry, speaker)) };
});
