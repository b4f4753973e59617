import type { APIRoute } from 'astro';
import { sitemapFile, xmlResponse } from './_sitemap.ts';

export const GET: APIRoute = async ({ locals: { app }, params, rewrite }) => {
  const number = /^[1-9]\d{0,5}$/.test(params['number'] ?? '') ? Number(params['number']) : 0;
  const file = await sitemapFile(app, number);
  return file === undefined ? rewrite('/404') : xmlResponse(file);
};
