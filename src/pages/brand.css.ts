import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { brandSheet } from '#src/domain/site/rules.ts';

/** The operator's theme.css, whose imports must stand first, and the site's colours. */
export const GET: APIRoute = async ({ locals: { app } }) => {
  const sheet = [app.ownTheme, brandSheet(await getSite(app.db))].filter(Boolean).join('\n');
  return new Response(sheet, { headers: { 'Content-Type': 'text/css; charset=utf-8' } });
};
