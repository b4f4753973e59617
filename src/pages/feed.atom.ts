import type { APIRoute } from 'astro';
import { listIncidentsInFull } from '#src/domain/incidents/queries.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { listPublishedStatements } from '#src/domain/statements/queries.ts';
import { atomFeed } from '#src/feeds/atom.ts';

const NEWEST = 50;

export const GET: APIRoute = async ({ locals: { app } }) => {
  const feed = atomFeed({
    site: await getSite(app.db),
    publicUrl: app.settings.publicUrl,
    statements: await listPublishedStatements(app.db, { limit: NEWEST }),
    incidents: await listIncidentsInFull(app.db, NEWEST),
  });
  return new Response(feed, { headers: { 'Content-Type': 'application/atom+xml; charset=utf-8' } });
};
