import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { securityTxt } from '#src/feeds/security-txt.ts';

export const GET: APIRoute = async ({ locals: { app }, rewrite }) => {
  const text = securityTxt(await getSite(app.db), app.settings.publicUrl, app.now());
  if (text === undefined) return rewrite('/404');
  return new Response(text, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
};
