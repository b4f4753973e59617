import type { APIRoute } from 'astro';
import { listIncidentsInFull } from '#src/domain/incidents/queries.ts';
import { listPublishedNotices } from '#src/domain/notices/queries.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { listPublishedStatements } from '#src/domain/statements/queries.ts';
import { llmsTxt } from '#src/feeds/llms-txt.ts';

const NEWEST = 100;

export const GET: APIRoute = async ({ locals: { app, t } }) => {
  const text = llmsTxt({
    siteName: (await getSite(app.db)).name,
    publicUrl: app.settings.publicUrl,
    t,
    statements: await listPublishedStatements(app.db, { limit: NEWEST }),
    incidents: await listIncidentsInFull(app.db, NEWEST, { order: 'started' }),
    notices: (await listPublishedNotices(app.db, NEWEST)).filter(({ state }) => state !== 'withdrawn'),
  });
  return new Response(text, {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Access-Control-Allow-Origin': '*' },
  });
};
