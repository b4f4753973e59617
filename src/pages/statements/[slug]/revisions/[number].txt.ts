import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { canonicalTextOf, findPublishedStatement } from '#src/domain/statements/queries.ts';
import { readRevision } from '#src/domain/translations/reading.ts';

/** The canonical bytes of one revision, so that anybody can follow the hashes back; in another language, those of its translation. */
export const GET: APIRoute = async ({ locals: { app, spoken }, params, rewrite }) => {
  const statement = await findPublishedStatement(app.db, params['slug'] ?? '');
  const revision = statement?.revisions.find(({ number }) => String(number) === params['number']);
  // A route without a template does not get the 404 page by itself.
  if (!statement || !revision) return rewrite('/404');
  const wanted = spoken ?? (await getSite(app.db)).language;
  const { translation, language } = await readRevision(app.db, statement, revision, wanted);
  return new Response(translation?.canonical ?? canonicalTextOf(statement, revision), {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Language': language },
  });
};
