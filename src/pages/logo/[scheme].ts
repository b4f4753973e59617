import type { APIRoute } from 'astro';
import { findLogo } from '#src/domain/site/queries.ts';

export const GET: APIRoute = async ({ locals: { app }, params: { scheme }, rewrite }) => {
  const logo = scheme === 'light' || scheme === 'dark' ? await findLogo(app.db, scheme) : undefined;
  if (!logo) return rewrite('/404');
  return new Response(logo.bytes.slice().buffer, { headers: { 'Content-Type': logo.type } });
};
