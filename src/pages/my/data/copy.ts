import type { APIRoute } from 'astro';
import { listAnswers } from '#src/domain/exposures/answers.ts';
import { countCopy } from '#src/domain/limits.ts';
import { collectOwnData } from '#src/domain/rights/queries.ts';
import { isFreshForRights } from '#src/domain/rights/rules.ts';
import { localPath } from '#src/http/language.ts';
import { errorFields } from '#src/log.ts';

/** Everything held about whoever is signed in, as a file. It is posted to, as each copy is counted. */
export const POST: APIRoute = async ({ locals }) => {
  const { app, customer, customerSignedInAt: signedInAt, requestId, prefix } = locals;
  const now = app.now();
  if (!customer || !isFreshForRights({ signedInAt }, now)) return seeOther(localPath('/my/data', prefix));
  if (!(await countCopy(app.db, app.keys, customer.id, now))) {
    return seeOther(localPath('/my/data?copy=later', prefix));
  }
  const answers = await listAnswers(app.db, app.keys, customer);
  for (const answer of answers) {
    if (answer.verdict !== 'unavailable') continue;
    app.log.error('answer_unavailable', {
      requestId,
      incident: answer.incident.id,
      ...errorFields(answer.failure),
    });
  }
  const copy = await collectOwnData(app.db, app.keys, customer, answers, now);
  return new Response(`${JSON.stringify(copy, null, 2)}\n`, {
    headers: {
      'Content-Type': 'application/json',
      'Content-Disposition': 'attachment; filename="your-data.json"',
    },
  });
};

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location } });
}
