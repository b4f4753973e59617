import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import { statementInFullAnswer } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from '../_answer.ts';

export const GET = answerRoute('statementInFull', async ({ db, speaker, context }) => {
  const found = await findPublishedStatement(db, context.params['slug'] ?? '');
  return found && { statement: statementInFullAnswer(found, speaker) };
});
