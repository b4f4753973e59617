import { describe, expect, test } from 'vitest';
import { atomFeed } from '#src/feeds/atom.ts';
import { entriesOf, type Told } from '#src/feeds/entries.ts';
import { makeFeed, feedFormats, type Feed, type FeedFormat } from '#src/feeds/feed.ts';
import { jsonFeed } from '#src/feeds/json-feed.ts';
import { rssFeed } from '#src/feeds/rss.ts';
import { openMessages } from '#src/messages/messages.ts';
import { pageWords } from '#src/words/statements.ts';
import { completeText, later, now, publicUrl } from '#tests/support/desk.ts';
import { incident, maintenance, notice, statement, update } from './told.ts';
import { readFeed, validateFeed } from './validity.ts';

const messages = openMessages();
const nothing: Told = { incidents: [], maintenances: [], statements: [], notices: [] };
const everything: Told = {
  incidents: [incident],
  maintenances: [maintenance],
  statements: [statement],
  notices: [notice],
};

const timeZone = 'Europe/Madrid';
const say = (language: string) => {
  const t = messages.in(language);
  return { t, words: pageWords(t, timeZone) };
};

type Changes = { told?: Told; language?: string; url?: string; siteName?: string };

function feed({
  told = everything,
  language = 'en',
  url = publicUrl,
  siteName = 'Ships & <Boats>',
}: Changes = {}): Feed {
  const base = language === 'en' ? url : `${url}/${language}`;
  return makeFeed({
    siteId: 'site00000001',
    siteName,
    author: 'Ships Ltd.',
    language,
    home: `${base}/`,
    self: `${base}/feed`,
    entries: entriesOf(told, { t: messages.in(language), base, timeZone, say }),
  });
}

const write: Readonly<Record<FeedFormat, (feed: Feed) => string>> = {
  atom: atomFeed,
  rss: rssFeed,
  json: (given) => JSON.stringify(jsonFeed(given)),
};
const entries = (format: FeedFormat, changes?: Changes) =>
  readFeed(`/feed.${format}`, write[format](feed(changes)));

describe.each(feedFormats)('the feed as %s', (format) => {
  test('is valid, and two parsers read the same in it', async () => {
    expect(await validateFeed(`/feed.${format}`, write[format](feed()), publicUrl)).toEqual([]);
    expect(await validateFeed(`/feed.${format}`, write[format](feed({ told: nothing })), publicUrl)).toEqual(
      [],
    );
    expect(
      await validateFeed(`/es/feed.${format}`, write[format](feed({ language: 'es' })), publicUrl),
    ).toEqual([]);
  });

  test('has an entry for each incident, maintenance, notice and statement, the latest changed first', () => {
    expect(
      entries(format).map(({ title, updated, published }) => [title, new Date(updated), new Date(published)]),
    ).toEqual([
      ['A leak', later(5), now],
      ['New disks', later(4), later(3)],
      ['Index changes', later(2), later(2)],
      [completeText.title, later(1), later(1)],
    ]);
  });

  test('keeps the ids when a text changes, the site moves or another language is read', () => {
    const ids = entries(format).map(({ id }) => id);
    const moved = { ...everything, statements: [{ ...statement, changedAt: later(3), title: 'New' }] };
    expect(
      new Set(entries(format, { url: 'https://other.example', told: moved }).map(({ id }) => id)),
    ).toEqual(new Set(ids));
    expect(entries(format, { language: 'es' }).map(({ id }) => id)).toEqual(ids);
  });

  test('carries nothing that XML cannot, no markup of the writer’s own, and nothing that turns a title round', async () => {
    const hostile = {
      ...incident,
      title: 'A\u0000\u000b]]>\ud800<script>\u202egnp.exe\u2066 🙂\nnext & last',
      updates: [
        update({
          body: '<script>x</script>\u0001]]>\u202e [x](javascript:alert(1)) ![p](https://t.example/p.gif)',
        }),
      ],
    };
    const text = write[format](
      feed({ told: { ...nothing, incidents: [hostile] }, siteName: 'S]]>\u0007\u202eite' }),
    );
    expect(text).not.toMatch(/<img|href="javascript|[\u202a-\u202e\u2066-\u2069]/);
    if (format !== 'json') expect(text).not.toContain('<script');
    expect(text.isWellFormed()).toBe(true);
    if (format === 'json') expect(JSON.parse(text).items[0].content_html).not.toContain('<script');
    else expect(await validateFeed(`/feed.${format}`, text, publicUrl)).toEqual([]);
    const [entry] = readFeed(`/feed.${format}`, text);
    expect(entry?.title).toBe('A ]]>\ufffd<script>gnp.exe 🙂 next & last');
  });

  test('the same things give the same bytes', () => {
    expect(write[format](feed())).toBe(write[format](feed()));
  });
});

describe('what an entry says', () => {
  const html = (told: Partial<Told>, language = 'en') =>
    entries('json', { told: { ...nothing, ...told }, language })[0]?.html ?? '';

  test('an incident has all its updates, newest first, with times in the site’s zone', () => {
    const text = html({ incidents: [incident] });
    const [contained, investigating] = [text.indexOf('Contained, '), text.indexOf('Investigating, ')];
    expect(contained).toBeGreaterThan(-1);
    expect(investigating).toBeGreaterThan(contained);
    expect(text).toContain('4 November 2019, 10:05 ');
    expect(text).toContain('It <em>stopped</em>.');
  });

  test('a post-mortem stands first in its incident’s entry, in short and with its address', () => {
    const postmortems = new Map([[incident.id, 'A setting <was> wrong.']]);
    const text = html({ incidents: [incident], postmortems });
    expect(text.indexOf('A setting &lt;was&gt; wrong.')).toBeLessThan(text.indexOf('Contained, '));
    expect(text).toContain(`href="${publicUrl}/incidents/leak/post-mortem">Read the post-mortem</a>`);
    expect(html({ incidents: [incident] })).not.toContain('post-mortem');
  });

  test('a correction makes an incident new', () => {
    const corrected = { ...incident, updates: [update({ correctedAt: later(50) })] };
    expect(entries('atom', { told: { ...nothing, incidents: [corrected] } })[0]?.updated).toBe(
      later(50).toISOString(),
    );
  });

  test('a statement is told in full, a withdrawn one by its reason alone', () => {
    expect(html({ statements: [statement] })).toContain('<h2>What you can do</h2>');
    const withdrawn = { ...statement, state: 'withdrawn', changeSummary: 'It was wrong.' } as const;
    expect(html({ statements: [withdrawn] })).toContain('It was wrong.');
    expect(html({ statements: [withdrawn] })).not.toContain('What you can do');
    const author = '"authors":[{"name":"Ines Okafor, Chief Operating Officer"}]';
    expect(write.json(feed())).toContain(author);
    expect(write.json(feed({ told: { ...nothing, statements: [withdrawn] } }))).not.toContain(author);
  });

  test('around a statement stand the words of its own language, which the feed names where it is another', () => {
    const foreign = { statements: [{ ...statement, language: 'es' }] };
    expect(html(foreign)).toContain('<h2>Qué puede hacer usted</h2>');
    expect(atomFeed(feed({ told: { ...nothing, ...foreign } }))).toContain('<entry xml:lang="es">');
    expect(JSON.parse(write.json(feed({ told: { ...nothing, ...foreign } }))).items[0].language).toBe('es');
    expect(atomFeed(feed())).not.toContain('<entry xml:lang');
  });

  test('maintenance says when it is planned, and that it was cancelled', () => {
    const text = html({ maintenances: [maintenance] });
    expect(text).toContain('Planned: 4 November 2019, 11:00');
    expect(text).toContain('Cancelled, ');
    expect(html({ maintenances: [{ ...maintenance, publishedAt: null }] })).toBe('');
  });

  test('a notice says from when it is in effect', () => {
    expect(html({ notices: [notice] })).toContain('In effect from 5 November 2019, 10:00');
  });

  test('the words are of the feed’s language', () => {
    expect(html({ incidents: [incident] }, 'es')).toContain(
      'En investigación, <time datetime="2019-11-04T09:00:00.000Z">4 de noviembre de 2019',
    );
  });
});

describe('the feed itself', () => {
  const idOf = (text: string) => /<id>([^<]*)<\/id>/.exec(text)?.[1];

  test('is updated when its newest entry is, never when it is made', () => {
    const updated = (told: Told) => /<updated>([^<]*)</.exec(atomFeed(feed({ told })))?.[1];
    expect(updated(everything)).toBe(later(5).toISOString());
    expect(updated(nothing)).toBe('1970-01-01T00:00:00.000Z');
    expect(rssFeed(feed({ told: nothing }))).not.toContain('lastBuildDate');
  });

  test('has an id of its own on every site, in every language and for every component, wherever it moves', () => {
    const of = (changes: object) =>
      idOf(
        atomFeed(
          makeFeed({
            siteId: 'site00000001',
            siteName: 'S',
            author: '',
            language: 'en',
            home: `${publicUrl}/`,
            self: `${publicUrl}/feed`,
            entries: [],
            ...changes,
          }),
        ),
      );
    const component = { id: 'part00000001', name: 'Engine' };
    const ids = [{}, { siteId: 'site00000002' }, { language: 'es' }, { component }].map(of);
    expect(new Set(ids).size).toBe(4);
    expect(of({ self: 'https://other.example/feed' })).toBe(ids[0]);
  });

  test('holds the 50 entries that changed last', () => {
    const many = Array.from({ length: 80 }, (_, index) => ({
      ...incident,
      id: `incident${String(index).padStart(4, '0')}`,
      updatedAt: later(index + 10),
    }));
    const shown = entries('atom', { told: { ...nothing, incidents: many } });
    expect(shown).toHaveLength(50);
    expect(shown[0]?.updated).toBe(later(89).toISOString());
  });
});
