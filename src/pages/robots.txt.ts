import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { robotsTxt } from '#src/feeds/robots.ts';
import { offeredLanguages } from './_sitemap.ts';

export const GET: APIRoute = async ({ locals: { app } }) => {
  const [, ...others] = offeredLanguages(await getSite(app.db), app.messages);
  return new Response(robotsTxt(app.settings.publicUrl, others), {
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
};
