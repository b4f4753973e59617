import type { APIRoute } from 'astro';
import { canonicalTextOf, findPublishedStatement } from '#src/domain/statements/queries.ts';

/** The canonical bytes of what holds now: what its hash is of. */
export const GET: APIRoute = async ({ locals: { app }, params, rewrite }) => {
  const statement = await findPublishedStatement(app.db, params['slug'] ?? '');
  // A route without a template does not get the 404 page by itself.
  if (!statement) return rewrite('/404');
  return new Response(canonicalTextOf(statement, statement.current), {
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
};
