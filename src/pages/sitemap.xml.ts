import type { APIRoute } from 'astro';
import { sitemapIndex } from '#src/feeds/sitemap.ts';
import { countFiles, sitemapFile, xmlResponse } from './_sitemap.ts';

/** The pages themselves, or the files they stand in where one cannot hold them. */
export const GET: APIRoute = async ({ locals: { app } }) => {
  const files = await countFiles(app);
  const only = files === 1 ? await sitemapFile(app, 1) : undefined;
  return xmlResponse(only ?? sitemapIndex(files, app.settings.publicUrl));
};
