import {
  listIncidentSlugs,
  listMaintenanceSlugs,
  listNoticeSlugs,
  listPostmortemSlugs,
  listStatementSlugs,
  type PublicSlug,
} from '#src/domain/public-slugs.ts';
import { getSite, type Site } from '#src/domain/site/queries.ts';
import { pagesPerFile, sitemap, type SitemapOf, type SitemapPage } from '#src/feeds/sitemap.ts';
import { baseOf, type Messages } from '#src/messages/messages.ts';

type Running = App.Locals['app'];

const FIXED = ['/', '/faqs', '/history', '/maintenance', '/privacy', '/feeds', '/subscribe'];

/** The site's own language first, then those under a prefix that it offers. */
export function offeredLanguages(site: Site, messages: Messages): string[] {
  const own = baseOf(site.language);
  const others = site.languages.filter((each) => each !== own && messages.languages.includes(each));
  return [site.language, ...others];
}

/** The sitemap's files: one, unless there are more pages than one may hold. */
export async function countFiles({ db, messages }: Running): Promise<number> {
  const perFile = pagesPerFile(offeredLanguages(await getSite(db), messages));
  let pages = 0;
  for await (const _ of listPages(db)) pages += 1;
  return Math.max(1, Math.ceil(pages / perFile));
}

/** The file with this number, from 1; undefined past the last. */
export async function sitemapFile(
  { db, messages, settings }: Running,
  number: number,
): Promise<string | undefined> {
  const languages = offeredLanguages(await getSite(db), messages);
  const to: SitemapOf = { publicUrl: settings.publicUrl, languages };
  const perFile = pagesPerFile(languages);
  const pages: SitemapPage[] = [];
  let index = 0;
  for await (const page of listPages(db)) {
    if (Math.floor(index / perFile) === number - 1) pages.push(page);
    index += 1;
  }
  return pages.length > 0 ? sitemap(pages, to) : undefined;
}

export function xmlResponse(xml: string): Response {
  return new Response(xml, { headers: { 'Content-Type': 'application/xml; charset=utf-8' } });
}

/** In an order that new pages hardly change: a file keeps what stands in it. */
async function* listPages(db: Running['db']): AsyncGenerator<SitemapPage> {
  for (const path of FIXED) yield { path };
  yield* under('/statements', listStatementSlugs(db));
  yield* under('/incidents', listIncidentSlugs(db));
  yield* under('/incidents', listPostmortemSlugs(db), '/post-mortem');
  yield* under('/maintenance', listMaintenanceSlugs(db));
  yield* under('/notices', listNoticeSlugs(db));
}

async function* under(
  folder: string,
  slugs: AsyncGenerator<PublicSlug>,
  page = '',
): AsyncGenerator<SitemapPage> {
  for await (const { slug, changedAt } of slugs) yield { path: `${folder}/${slug}${page}`, changedAt };
}
