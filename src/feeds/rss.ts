import type { Entry } from './entries.ts';
import type { Feed } from './feed.ts';
import { xml } from './xml.ts';

/** RSS 2.0 (rssboard.org/rss-specification), with what Atom has and RSS lacks: the feed's own address, and when an item changed. */
export function rssFeed(feed: Feed): string {
  const { title, home, self, language, updated, entries } = feed;
  return `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
  <title>${xml(title)}</title>
  <link>${xml(home)}</link>
  <description>${xml(title)}</description>
  <language>${xml(language)}</language>
${updated ? `  <lastBuildDate>${rfc822(updated)}</lastBuildDate>\n` : ''}  <atom:link rel="self" type="application/rss+xml" href="${xml(self)}.rss"/>
${entries.map(item).join('')}</channel>
</rss>
`;
}

function item({ id, kind, title, href, published, updated, author, html }: Entry): string {
  return `  <item>
    <title>${xml(title)}</title>
    <link>${xml(href)}</link>
    <guid isPermaLink="false">${xml(id)}</guid>
    <pubDate>${rfc822(published)}</pubDate>
    <atom:updated>${updated.toISOString()}</atom:updated>
    <category>${kind}</category>
${author ? `    <dc:creator>${xml(author)}</dc:creator>\n` : ''}    <description>${xml(html)}</description>
  </item>
`;
}

/** RFC 822 with four digits of the year, as RSS asks: "Mon, 04 Nov 2019 09:00:00 +0000". */
function rfc822(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000');
}
