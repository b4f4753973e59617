import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith';
import RssParser from 'rss-parser';
import { z } from 'zod';

const moment = z.iso.datetime();
const author = z.strictObject({ name: z.string().min(1) });

/** JSON Feed 1.1 (jsonfeed.org/version/1.1), as far as ours goes. */
const jsonFeedSchema = z.strictObject({
  version: z.literal('https://jsonfeed.org/version/1.1'),
  title: z.string().min(1),
  home_page_url: z.url(),
  feed_url: z.url(),
  language: z.string().min(2),
  authors: z.array(author).min(1),
  items: z.array(
    z.strictObject({
      id: z.string().startsWith('urn:uuid:'),
      url: z.url(),
      title: z.string(),
      content_html: z.string(),
      date_published: moment,
      date_modified: moment,
      tags: z.array(z.string()),
      language: z.string().optional(),
      authors: z.array(author).optional(),
    }),
  ),
});

export type ReadEntry = {
  id: string;
  title: string;
  url: string;
  updated: string;
  published: string;
  html: string;
};

/** What is wrong with a feed at a path that ends with its format: read by two parsers that know nothing of each other. */
export async function validateFeed(path: string, text: string, publicUrl: string): Promise<string[]> {
  const entries = readFeed(path, text);
  const problems: string[] = [];
  const ids = entries.map(({ id }) => id);
  if (new Set(ids).size < ids.length) problems.push('An id stands there twice.');
  const updated = entries.map((entry) => Date.parse(entry.updated));
  if (updated.some((at, index) => index > 0 && at > (updated[index - 1] as number)))
    problems.push('Not the newest first.');
  for (const { id, url, title, updated: changed, published } of entries) {
    if (!id.startsWith('urn:uuid:')) problems.push(`${id} is no URN.`);
    if (!url.startsWith(`${publicUrl}/`)) problems.push(`${url} leads elsewhere.`);
    if (!title) problems.push(`${id} has no title.`);
    if (Date.parse(changed) < Date.parse(published)) problems.push(`${id} changed before it was published.`);
  }
  if (path.endsWith('.json')) return [...problems, ...jsonProblems(text)];
  const xmlProblem = notWellFormed(text);
  if (xmlProblem) problems.push(xmlProblem);
  const other = await new RssParser().parseString(text);
  const titles = other.items.map(({ title }) => title?.trim());
  if (JSON.stringify(titles) !== JSON.stringify(entries.map(({ title }) => title)))
    problems.push('The parsers disagree.');
  const self = `href="${publicUrl}${path}"`;
  if (!text.includes(self)) problems.push('It does not name its own address.');
  return [...problems, ...(path.endsWith('.rss') ? rssProblems(text) : atomProblems(text))];
}

/** The entries as feedsmith reads them. */
export function readFeed(path: string, text: string): ReadEntry[] {
  if (path.endsWith('.json')) {
    const feed = parseJsonFeed(text);
    return (feed.items ?? []).map((item) => ({
      id: item.id ?? '',
      title: item.title ?? '',
      url: item.url ?? '',
      updated: String(item.date_modified ?? ''),
      published: String(item.date_published ?? ''),
      html: item.content_html ?? '',
    }));
  }
  if (path.endsWith('.rss')) {
    const feed = parseRssFeed(text);
    return (feed.items ?? []).map((item) => ({
      id: item.guid?.value ?? '',
      title: item.title ?? '',
      url: item.link ?? '',
      updated: String(item.atom?.updated ?? ''),
      published: String(item.pubDate ?? ''),
      html: item.description ?? '',
    }));
  }
  const feed = parseAtomFeed(text);
  return (feed.entries ?? []).map((entry) => ({
    id: entry.id ?? '',
    title: textOf(entry.title),
    url: entry.links?.[0]?.href ?? '',
    updated: String(entry.updated ?? ''),
    published: String(entry.published ?? ''),
    html: textOf(entry.content),
  }));
}

function textOf(text: unknown): string {
  return typeof text === 'string' ? text : String((text as { value?: string } | undefined)?.value ?? '');
}

function jsonProblems(text: string): string[] {
  const parsed = jsonFeedSchema.safeParse(JSON.parse(text));
  return parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
}

/** RFC 4287, 4.1.1 and 4.1.2: what a feed and each entry have exactly once. */
function atomProblems(text: string): string[] {
  const [head = '', ...entries] = text.split(/<entry[ >]/);
  const once = (part: string, names: readonly string[]) =>
    names.filter((name) => part.split(new RegExp(`<${name}[ >]`)).length !== 2);
  return [
    ...once(head, ['id', 'title', 'updated', 'author']).map(
      (name) => `The feed has not exactly one ${name}.`,
    ),
    ...entries.flatMap((entry) =>
      once(entry, ['id', 'title', 'updated', 'published', 'content']).map(
        (name) => `An entry has not exactly one ${name}.`,
      ),
    ),
  ];
}

function rssProblems(text: string): string[] {
  const dates = [...text.matchAll(/<(?:pubDate|lastBuildDate)>([^<]*)</g)].map((match) => match[1] as string);
  const rfc822 = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/;
  const guids = [...text.matchAll(/<guid([^>]*)>/g)].map((match) => match[1]);
  return [
    ...dates.filter((date) => !rfc822.test(date)).map((date) => `${date} is no date of RFC 822.`),
    ...guids
      .filter((attributes) => attributes !== ' isPermaLink="false"')
      .map(() => 'A guid claims to be an address.'),
  ];
}

/** Characters that XML 1.0 does not have, and ampersands and brackets that nothing escapes. */
export function notWellFormed(text: string): string | undefined {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text))
    return 'A character that XML cannot carry.';
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) return 'An ampersand that is not escaped.';
  return text.includes(']]>') ? 'It has ]]> in it.' : undefined;
}
