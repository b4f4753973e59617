import type { TestSite } from './site.ts';

/** A page that was read, with where it was linked from. */
export type Crawled = {
  path: string;
  from: string;
  status: number;
  type: string;
  cache: string;
  body: string;
};

export type CrawlOptions = {
  from: readonly string[];
  cookie?: string;
  /** Which of the links that are found to follow. */
  follow?: (path: string) => boolean;
};

const PAGES_MAX = 400;

/** Reads pages and everything on this site that they link to, each once. At most 400. */
export async function crawl(
  site: TestSite,
  { from, cookie = '', follow = () => true }: CrawlOptions,
): Promise<Crawled[]> {
  const known = new Map(from.map((path) => [path, 'the start']));
  const read: Crawled[] = [];
  for (const [path, linkedFrom] of known) {
    const response = await fetch(`${site.url}${path}`, { headers: { cookie }, redirect: 'manual' });
    const type = response.headers.get('content-type') ?? '';
    const body = await response.text();
    const cache = response.headers.get('cache-control') ?? '';
    read.push({ path, from: linkedFrom, status: response.status, type, cache, body });
    if (!type.startsWith('text/html')) continue;
    for (const link of linksIn(body, site.url)) {
      if (known.size < PAGES_MAX && !known.has(link) && follow(link)) known.set(link, path);
    }
  }
  return read;
}

function linksIn(html: string, origin: string): string[] {
  return [...html.matchAll(/<(?:a|link)\b[^>]*?\shref="([^"]*)"/g)].flatMap(([, href = '']) => {
    const plain = href.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
    const path = plain.startsWith(origin) ? plain.slice(origin.length) : plain;
    return /^\/(?!\/)/.test(path) ? path.replace(/#.*$/, '') : [];
  });
}
