import { findPublishedIncident } from '#src/domain/incidents/queries.ts';
import { listPublicRelations } from '#src/domain/incidents/relations.ts';
import { listOutstandingPromises } from '#src/domain/statements/outstanding.ts';
import { incidentInFullAnswer } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from '../_answer.ts';

export const GET = answerRoute('incidentInFull', async ({ db, speaker, context }) => {
  const found = await findPublishedIncident(db, context.params['slug'] ?? '');
  if (!found) return undefined;
  const [promise] = await listOutstandingPromises(db, [found.id]);
  const relations = await listPublicRelations(db, found);
  const incident = incidentInFullAnswer(found, relations, promise, speaker);
  return incident && { incident };
});
