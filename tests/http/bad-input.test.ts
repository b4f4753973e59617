import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieName } from '#src/http/cookies.ts';
import { crawl, type Crawled } from '#tests/support/crawl.ts';
import { customerSession } from '#tests/support/sessions.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
/** Every public document that can be reached. */
let documents: Crawled[];
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const isForReaders = (path: string) => !/^\/(?:admin|my|sign-out)(?:\/|$)/.test(path);
  const read = await crawl(site, { from: ['/'], follow: isForReaders });
  documents = read.filter(({ status, cache }) => status === 200 && cache.includes('stale-while-revalidate'));
});
afterAll(() => site.close());

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

/** The path as it stands: `fetch` would tidy it up. */
const ask = (path: string, headers: Record<string, string> = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(site.url);
    request({ hostname, port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });

/** Routes with something in them that a reader can get wrong. Those with a token answer in their own way. */
function guessableRoutes(): string[] {
  const pages = fileURLToPath(new URL('../../src/pages/', import.meta.url));
  return readdirSync(pages, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(pages, join(file.parentPath, file.name)))
    .filter((file) => !/(?:^|\/)_/.test(file) && !/^(?:admin|my)\//.test(file))
    .map((file) => `/${file.replace(/\.(?:astro|ts)$/, '').replace(/\/index$/, '')}`)
    .filter((route) => route.includes('[') && !route.includes('[token]'));
}

const wrong = [
  'none',
  'x'.repeat(5000),
  'UPPER-CASE',
  '-',
  '0',
  '-1',
  '1.5',
  '1e3',
  '99999999999999999999',
  'NaN',
  '2026-13',
  '2026-00',
  '0000-01',
  '99999-01',
  '__proto__',
  'constructor',
  '..%2f..%2fpackage.json',
  '%2e%2e',
  '%252e%252e%252f',
  '%00',
  'a%00b',
  '%2500',
  '%E0%A4%A',
  '%ff',
  '%0d%0aset-cookie:x=y',
  '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  "'%20or%201=1%20--",
  '%20',
  '%C3%A9',
  '%E2%80%AE',
  '%D9%A1',
  ';',
  '%3Fq=1',
];

const isOurAnswer = ({ status, headers, body }: Answer) =>
  [400, 404].includes(status) && String(headers['cache-control']).includes('no-store') && body.length > 0;

const described = (path: string, { status, headers, body }: Answer) =>
  `${path.slice(0, 100)} ${status}, ${String(headers['cache-control'])}, ${body.length} bytes`;

describe('a wrong slug, number, month or id', () => {
  test('is a real 404 on every route, never a fault of ours and never an empty page', async () => {
    const routes = guessableRoutes();
    expect(routes.length).toBeGreaterThan(5);
    const answers: string[] = [];
    for (const route of routes) {
      for (const value of wrong) {
        const path = Buffer.from(route.replace(/\[[^\]]+\]/g, value)).toString('latin1');
        const first = await ask(path);
        // A needless encoding is redirected to the same path without it.
        const answer = first.status === 308 ? await ask(String(first.headers['location'])) : first;
        if (!isOurAnswer(answer)) answers.push(described(path, answer));
      }
    }
    expect(answers).toEqual([]);
  }, 120_000);

  test('beside a right one is a 404 as well', async () => {
    const statement = `/statements/${story.statementSlug}`;
    const paths = [
      ...['0', '2', '01', '-1', '1.0', '1e0', '１', 'latest', '999999'].flatMap((number) => [
        `${statement}/revisions/${encodeURIComponent(number)}`,
        `${statement}/revisions/${encodeURIComponent(number)}.txt`,
      ]),
      `${statement}.pdf`,
      `${statement}.txt.txt`,
      `${statement}/revisions`,
      `${statement}%2frevisions%2f1`,
      `/statements//${story.statementSlug}`,
      `/statements/./${story.statementSlug}`,
      `/statements/x/../${story.statementSlug}`,
      `//statements/${story.statementSlug}`,
      `/notices/${story.incidentSlug}`,
      `/incidents/${story.noticeSlug}`,
    ];
    const answers = await Promise.all(paths.map(async (path) => ({ path, ...(await ask(path)) })));
    expect(
      answers.filter((answer) => !isOurAnswer(answer)).map(({ path, status }) => `${path} ${status}`),
    ).toEqual([]);
  });

  test.each(['/xx', '/xx/faqs', '/EN', '/Es/faqs', '/es/es', '/es/admin', '/en', '/en/faqs', '/es-ES'])(
    '%s is a 404 on a site in English and Spanish',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  test.each(['0', '-1', '1.5', '99999', 'two', '', '1%00', '%EF%BC%91', '2'])(
    'page=%s of a search is a 404',
    async (page) => {
      expect((await ask(`/search?q=mail&page=${page}`)).status).toBe(404);
      expect((await ask(`/search?page=${page}`)).status).toBe(404);
    },
  );

  test('a document with more behind it, or in capitals, is no document; with a slash behind it, it is itself', async () => {
    const taken: string[] = [];
    for (const { path } of documents.filter(({ path }) => path !== '/')) {
      const variants = [`${path}/`, path.toUpperCase(), `${path}/x`, `${path}%00`, `${path}%20`, `${path};x`];
      for (const variant of variants.filter((variant) => variant !== path)) {
        const { status, headers, body } = await ask(variant);
        const leadsThere = [301, 302, 308].includes(status) && headers['location'] === path;
        if (variant.endsWith('/') && status === 200 && body === (await ask(path)).body) continue;
        if (!leadsThere && (status !== 404 || body === ''))
          taken.push(`${variant} ${status} ${String(headers['location'] ?? '')} ${body.length}`);
      }
    }
    expect(taken).toEqual([]);
  }, 60_000);
});

describe('a search', () => {
  test.each([
    ['nothing', ''],
    ['ten thousand letters', `?q=${'a'.repeat(10_000)}`],
    ['a NUL', '?q=mail%00'],
    ['bytes that are no text', '?q=%ff%fe'],
    ['SQL', `?q=${encodeURIComponent("'; drop table faqs; --")}`],
    ['operators', `?q=${encodeURIComponent('& | ! ( ) :* <-> "')}`],
    ['markup', `?q=${encodeURIComponent('<script>alert(1)</script>"><img src=x>')}`],
    ['right to left', `?q=${encodeURIComponent('\u202eبحث\u2066')}`],
    ['twice the same', '?q=mail&q=other'],
  ])('for %s is answered, for nobody to keep', async (_, query) => {
    const { status, headers, body } = await ask(`/search${query}`);
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('private, no-store');
    expect(body).toContain('noindex');
    expect(body.replace(/="[^"]*"/g, '')).not.toMatch(/<script>alert|<img src=x/);
  });

  test('finds what is published, marked, and no draft', async () => {
    const { body } = await ask('/search?q=index+chang');
    expect(body).toContain(`/notices/${story.noticeSlug}`);
    expect(body).toMatch(/<mark>Index<\/mark>/);
    const drafts = await ask(`/search?q=${story.secretDraftWord}`);
    expect(drafts.body).not.toContain(`${story.secretDraftWord} `);
    expect(drafts.body).not.toContain('<mark>');
  });

  test('is in no log', async () => {
    await ask('/search?q=Streuselkuchen');
    await ask('/search?q=Streuselkuchen&page=7');
    expect(site.logged.length).toBeGreaterThan(10);
    expect(site.logged.join('\n')).not.toMatch(/streusel/i);
  });
});

describe('a pressed document', () => {
  test('is the same bytes before, during and after somebody tries to poison it', async () => {
    expect(documents.length).toBeGreaterThan(10);
    const { publicUrl } = site.settings;
    const customer = `${cookieName('customer', publicUrl)}=${await customerSession(site, story.exposed)}`;
    const owner = `${cookieName('staff', publicUrl)}=${story.owner.sessionToken}`;
    const poisons: Record<string, string>[] = [
      { cookie: customer },
      { cookie: owner },
      { cookie: `theme=dark; lang=es; ${'x'.repeat(4000)}` },
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' },
      { 'x-original-url': '/admin', 'x-rewrite-url': '/admin', 'x-http-method-override': 'POST' },
      { 'accept-language': 'es', accept: 'application/json', 'user-agent': '<script>' },
      {
        range: 'bytes=0-10',
        'if-none-match': '"other"',
        'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT',
      },
    ];
    for (const { path } of documents) {
      const plain = await ask(path);
      for (const headers of poisons) {
        const query = '?_action=accounts.signOut&lang=es&page=2&utm_source=<script>&__proto__[x]=1';
        const poisoned = await ask(`${path}${encodeURI(query)}`, headers);
        const label = [path, JSON.stringify(headers).slice(0, 60)];
        expect([...label, poisoned.status, poisoned.body === plain.body]).toEqual([...label, 200, true]);
      }
      const again = await ask(path);
      expect([path, again.headers['etag'], again.headers['set-cookie']]).toEqual([
        path,
        plain.headers['etag'],
        undefined,
      ]);
    }
  }, 120_000);
});
