import type { APIRoute } from 'astro';
import { canonicalTextOf, findPublishedStatement } from '#src/domain/statements/queries.ts';

/** The canonical bytes of one revision, so that anybody can follow the hashes back. */
export const GET: APIRoute = async ({ locals: { app }, params, rewrite }) => {
  const statement = await findPublishedStatement(app.db, params['slug'] ?? '');
  const revision = statement?.revisions.find(({ number }) => String(number) === params['number']);
  // A route without a template does not get the 404 page by itself.
  if (!statement || !revision) return rewrite('/404');
  return new Response(canonicalTextOf(statement, revision), {
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
};
