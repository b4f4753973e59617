import { describe, expect, test } from 'vitest';
import { unnamedSite } from '#src/domain/site/queries.ts';
import { llmsTxt } from '#src/feeds/llms-txt.ts';
import { robotsTxt } from '#src/feeds/robots.ts';
import { securityTxt } from '#src/feeds/security-txt.ts';
import { ADDRESSES_MAX, pagesPerFile, sitemap, sitemapIndex } from '#src/feeds/sitemap.ts';
import { openMessages } from '#src/messages/messages.ts';
import { later, now, publicUrl } from '#tests/support/desk.ts';
import { incident, notice, statement } from './told.ts';
import { notWellFormed } from './validity.ts';

const all = (text: string, found: RegExp) => [...text.matchAll(found)].map((match) => match[1]);

describe('security.txt', () => {
  const site = { ...unnamedSite, contactEmail: 'privacy@harbourline.example', languages: ['es'] };
  const fields = (text = '') =>
    new Map(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(': ', 2) as [string, string]),
    );

  test('has what RFC 9116 requires: a contact as a URI, and one date of expiry', () => {
    const text = securityTxt(site, publicUrl, now) ?? '';
    expect(fields(text)).toEqual(
      new Map([
        ['Contact', 'mailto:privacy@harbourline.example'],
        ['Expires', '2020-06-01T00:00:00.000Z'],
        ['Preferred-Languages', 'en, es'],
        ['Canonical', `${publicUrl}/.well-known/security.txt`],
      ]),
    );
    expect(text.match(/^Expires:/gm)).toHaveLength(1);
  });

  test('names the security contact first, be it an address or a page', () => {
    const contact = (securityContact: string) =>
      fields(securityTxt({ ...site, securityContact }, publicUrl, now)).get('Contact');
    expect(contact('security@harbourline.example')).toBe('mailto:security@harbourline.example');
    expect(contact('https://harbourline.example/report')).toBe('https://harbourline.example/report');
  });

  test('is not there while there is nobody to write to', () => {
    expect(securityTxt(unnamedSite, publicUrl, now)).toBeUndefined();
  });

  test('stays the same for a month, and is valid for half a year at least and less than one', () => {
    for (let day = 0; day < 400; day += 1) {
      const at = later(day * 1440);
      const expires = Date.parse(fields(securityTxt(site, publicUrl, at)).get('Expires') ?? '');
      const days = (expires - at.getTime()) / 86_400_000;
      expect(days).toBeGreaterThan(180);
      expect(days).toBeLessThan(365);
    }
    expect(securityTxt(site, publicUrl, later(60))).toBe(securityTxt(site, publicUrl, later(1440 * 20)));
  });
});

describe('robots.txt', () => {
  test('keeps robots out of what is personal in every language, and names the sitemap', () => {
    const text = robotsTxt(publicUrl, ['es']);
    for (const path of ['/admin', '/my', '/u/', '/confirm/', '/es/my'])
      expect(text).toContain(`\nDisallow: ${path}\n`);
    expect(text).toContain(`\nSitemap: ${publicUrl}/sitemap.xml\n`);
    expect(text).toMatch(/^User-agent: \*\n/);
  });
});

describe('the sitemap', () => {
  const pages = [{ path: '/' }, { path: '/statements/a&b', changedAt: later(1) }];

  test('lists every page in every language with its siblings, and when it changed', () => {
    const xml = sitemap(pages, { publicUrl, languages: ['en', 'es'] });
    expect(notWellFormed(xml)).toBeUndefined();
    expect(all(xml, /<loc>([^<]*)</g)).toEqual([
      `${publicUrl}/`,
      `${publicUrl}/es`,
      `${publicUrl}/statements/a&amp;b`,
      `${publicUrl}/es/statements/a&amp;b`,
    ]);
    expect(all(xml, /<lastmod>([^<]*)</g)).toEqual(Array(2).fill(later(1).toISOString()));
    for (const url of xml.split('<url>').slice(1))
      expect(all(url, /hreflang="([^"]*)"/g)).toEqual(['en', 'es', 'x-default']);
  });

  test('of a site in one language names no siblings', () => {
    expect(sitemap(pages, { publicUrl, languages: ['en'] })).not.toContain('hreflang');
  });

  test('stays below what a file may hold; more files are named by an index', () => {
    expect(pagesPerFile(['en', 'es', 'de']) * 3).toBeLessThanOrEqual(ADDRESSES_MAX);
    expect(ADDRESSES_MAX).toBeLessThanOrEqual(50_000);
    expect(all(sitemapIndex(2, publicUrl), /<loc>([^<]*)</g)).toEqual([
      `${publicUrl}/sitemap-1.xml`,
      `${publicUrl}/sitemap-2.xml`,
    ]);
  });
});

describe('llms.txt', () => {
  const text = (title = statement.title) =>
    llmsTxt({
      siteName: 'Harbourline',
      publicUrl,
      t: openMessages().in('en'),
      statements: [{ ...statement, title }],
      incidents: [incident],
      notices: [notice],
    });

  test('leads to the plain text of each statement, to incidents and to notices', () => {
    expect(text()).toMatch(/^# Harbourline\n\n> /);
    expect(text()).toContain(`](${publicUrl}/statements/what-happened.txt): `);
    expect(text()).toContain(
      `- [A leak](${publicUrl}/api/forthright/v1/incidents/leak.json): Data incident; Contained; `,
    );
    expect(text()).toContain(`- [Index changes](${publicUrl}/notices/index-changes): `);
  });

  test('a title stays one link', () => {
    expect(text('A](https://evil.example)\n- [B')).toContain('- [A\\](https://evil.example) - \\[B](');
  });
});
