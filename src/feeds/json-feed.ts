import type { Entry } from './entries.ts';
import type { Feed } from './feed.ts';

/** JSON Feed 1.1 (jsonfeed.org/version/1.1). */
export function jsonFeed({ title, home, self, language, author, entries }: Feed): object {
  return {
    version: 'https://jsonfeed.org/version/1.1',
    title,
    home_page_url: home,
    feed_url: `${self}.json`,
    language,
    authors: [{ name: author }],
    items: entries.map(item),
  };
}

function item({ id, kind, title, href, published, updated, author, language, html }: Entry): object {
  return {
    id,
    url: href,
    title,
    content_html: html,
    date_published: published.toISOString(),
    date_modified: updated.toISOString(),
    tags: [kind],
    ...(language && { language }),
    ...(author && { authors: [{ name: author }] }),
  };
}
