import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { canonicalTextOf, findPublishedStatement } from '#src/domain/statements/queries.ts';
import { readRevision } from '#src/domain/translations/reading.ts';

/** The canonical bytes of what holds now: what its hash is of; in another language, those of its translation, if it has one. */
export const GET: APIRoute = async ({ locals: { app, spoken }, params, rewrite }) => {
  const statement = await findPublishedStatement(app.db, params['slug'] ?? '');
  // A route without a template does not get the 404 page by itself.
  if (!statement) return rewrite('/404');
  const { current } = statement;
  const wanted = spoken ?? (await getSite(app.db)).language;
  const { translation, language } = await readRevision(app.db, statement, current, wanted);
  return new Response(translation?.canonical ?? canonicalTextOf(statement, current), {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Language': language },
  });
};
