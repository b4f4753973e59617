import type { Entry } from './entries.ts';
import type { Feed } from './feed.ts';
import { xml } from './xml.ts';

/** Atom (RFC 4287). */
export function atomFeed(feed: Feed): string {
  const { id, title, home, self, language, author, updated, entries } = feed;
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xml(language)}">
  <id>${xml(id)}</id>
  <title>${xml(title)}</title>
  <updated>${(updated ?? new Date(0)).toISOString()}</updated>
  <author><name>${xml(author)}</name></author>
  <link rel="self" type="application/atom+xml" href="${xml(self)}.atom"/>
  <link rel="alternate" type="text/html" href="${xml(home)}"/>
${entries.map(entryXml).join('')}</feed>
`;
}

function entryXml({ id, kind, title, href, published, updated, author, language, html }: Entry): string {
  return `  <entry${language ? ` xml:lang="${xml(language)}"` : ''}>
    <id>${xml(id)}</id>
    <title>${xml(title)}</title>
    <link rel="alternate" type="text/html" href="${xml(href)}"/>
    <published>${published.toISOString()}</published>
    <updated>${updated.toISOString()}</updated>
    <category term="${kind}"/>
${author ? `    <author><name>${xml(author)}</name></author>\n` : ''}    <content type="html">${xml(html)}</content>
  </entry>
`;
}
