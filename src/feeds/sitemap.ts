import { xml } from './xml.ts';

/** sitemaps.org allows 50,000 addresses in a file; with a link to each language that is more than one wants in memory. */
export const ADDRESSES_MAX = 10_000;

/** A page in the site's own language. */
export type SitemapPage = { path: string; changedAt?: Date | undefined };

export type SitemapOf = {
  publicUrl: string;
  /** The site's own language first. The others have the same pages under their prefix. */
  languages: readonly string[];
};

/** How many pages a file holds: each stands there once in every language. */
export function pagesPerFile(languages: readonly string[]): number {
  return Math.floor(ADDRESSES_MAX / Math.max(1, languages.length));
}

/** Every page in every language, each with its siblings (hreflang). */
export function sitemap(pages: readonly SitemapPage[], { publicUrl, languages }: SitemapOf): string {
  const several = languages.length > 1;
  const address = (path: string, index: number) => {
    const prefix = index === 0 ? '' : `/${languages[index] ?? ''}`;
    return publicUrl + (prefix && path === '/' ? prefix : prefix + path);
  };
  const urls = pages.flatMap(({ path, changedAt }) => {
    const siblings = several
      ? [
          ...languages.map((language, index) => alternate(language, address(path, index))),
          alternate('x-default', address(path, 0)),
        ].join('')
      : '';
    const changed = changedAt ? `<lastmod>${changedAt.toISOString()}</lastmod>` : '';
    return languages.map(
      (_, index) => `<url><loc>${xml(address(path, index))}</loc>${changed}${siblings}</url>\n`,
    );
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
${urls.join('')}</urlset>
`;
}

/** Where there are more pages than a file may hold: the files, `/sitemap-1.xml` and on. */
export function sitemapIndex(files: number, publicUrl: string): string {
  const maps = Array.from(
    { length: files },
    (_, index) => `<sitemap><loc>${xml(`${publicUrl}/sitemap-${index + 1}.xml`)}</loc></sitemap>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${maps.join('')}</sitemapindex>
`;
}

function alternate(language: string, href: string): string {
  return `<xhtml:link rel="alternate" hreflang="${xml(language)}" href="${xml(href)}"/>`;
}
