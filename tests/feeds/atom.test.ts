import { describe, expect, test } from 'vitest';
import { atomFeed } from '#src/feeds/atom.ts';
import type { IncidentInFull } from '#src/domain/incidents/queries.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { completeText, later, now, publicUrl } from '#tests/support/desk.ts';

const site = {
  name: 'Ships & <Boats>',
  legalEntity: 'Ships Ltd.',
  contactEmail: '',
  pressContact: '',
  timeZone: 'Europe/Madrid',
  language: 'en',
  languages: [],
};

const incident: IncidentInFull = {
  id: 'incident00001',
  slug: 'leak',
  title: 'A leak',
  nature: 'data',
  impact: 'major',
  status: 'contained',
  startedAt: now,
  publishedAt: now,
  updatedAt: later(5),
  updates: [
    { id: 'b', incidentId: 'incident00001', status: 'contained', body: 'It *stopped*.', displayAt: later(5) },
    { id: 'a', incidentId: 'incident00001', status: 'investigating', body: 'We look.', displayAt: now },
  ],
};

const statement: StatementEntry = {
  id: 'statement0001',
  slug: 'what-happened',
  kind: 'apology',
  incidentId: incident.id,
  title: completeText.title,
  summary: completeText.summary,
  authorName: completeText.authorName,
  authorTitle: completeText.authorTitle,
  text: completeText,
  changeSummary: '',
  state: 'published',
  publishedAt: later(1),
  changedAt: later(1),
};

const feed = (changes: Partial<Parameters<typeof atomFeed>[0]> = {}) =>
  atomFeed({ site, publicUrl, statements: [statement], incidents: [incident], ...changes });

const all = (xml: string, element: string) =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((match) => match[1]);

describe('the Atom feed', () => {
  test('has what RFC 4287 asks of a feed and of each entry', () => {
    const xml = feed();
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www.w3.org\/2005\/Atom" xml:lang="en">/,
    );
    expect(all(xml, 'id')).toHaveLength(3);
    expect(all(xml, 'title')).toEqual(['Ships &amp; &lt;Boats&gt;', 'A leak', completeText.title]);
    expect(all(xml, 'name')).toEqual(['Ships Ltd.', 'Ines Okafor, Chief Operating Officer']);
    expect(xml).toContain(`<link rel="self" type="application/atom+xml" href="${publicUrl}/feed.atom"/>`);
    for (const id of all(xml, 'id'))
      expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('is updated when its newest entry is, never when it is made; the latest changed entry comes first', () => {
    expect(all(feed(), 'updated')).toEqual([later(5), later(5), later(1)].map((time) => time.toISOString()));
    expect(all(feed({ incidents: [], statements: [] }), 'updated')).toEqual(['1970-01-01T00:00:00.000Z']);
  });

  test('ids stay the same when a text changes or the site moves', () => {
    const moved = feed({
      publicUrl: 'https://other.example',
      statements: [{ ...statement, changedAt: later(9), title: 'New' }],
    });
    expect(new Set(all(moved, 'id'))).toEqual(new Set(all(feed(), 'id')));
  });

  test('an incident has all its updates, newest first, with times in the site’s zone', () => {
    const xml = feed({ statements: [] });
    const [contained, investigating] = [xml.indexOf('Contained, '), xml.indexOf('Investigating, ')];
    expect(contained).toBeGreaterThan(0);
    expect(investigating).toBeGreaterThan(contained);
    expect(xml).toContain('4 November 2019, 10:05 ');
    expect(xml).toContain('It &lt;em&gt;stopped&lt;/em&gt;.');
  });

  test('a statement is told in full, a withdrawn one by its reason alone', () => {
    expect(feed({ incidents: [] })).toContain('&lt;h2&gt;What you can do&lt;/h2&gt;');
    const withdrawn = feed({
      incidents: [],
      statements: [{ ...statement, state: 'withdrawn', changeSummary: 'It was wrong.' }],
    });
    expect(all(withdrawn, 'title')[1]).toBe(`Withdrawn: ${completeText.title}`);
    expect(withdrawn).toContain('It was wrong.');
    expect(withdrawn).not.toContain('What you can do');
  });

  test('carries nothing that XML cannot, and no markup of the writer’s own', () => {
    const hostile = {
      ...incident,
      title: 'A\u0000\u000b]]>\ud800<script>',
      updates: [{ ...incident.updates[0]!, body: '<script>x</script>\u0001' }],
    };
    const xml = feed({ incidents: [hostile], statements: [] });
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]|<script/);
    expect(xml.isWellFormed()).toBe(true);
    expect(xml).toContain('<title>A]]&gt;\ufffd&lt;script&gt;</title>');
  });
});
