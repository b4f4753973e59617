import { listComponents } from '#src/domain/components/queries.ts';
import { componentsShown } from '#src/domain/components/shown.ts';
import { componentAnswers } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from './_answer.ts';

export const GET = answerRoute('components', async ({ app, db, settings }) => {
  const shown = await componentsShown(db, await listComponents(db), settings.timeZone, app.now());
  return { components: componentAnswers(shown) };
});
