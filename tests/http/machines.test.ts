import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { paths } from '#src/feeds/forthright-v1/openapi.ts';
import * as schemas from '#src/feeds/forthright-v1/schemas.ts';
import { problemsOf, statuspagePaths } from '#tests/api/statuspage.ts';
import { validateFeed } from '#tests/feeds/validity.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
let componentId: string;

beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const settings = { ...(await getSite(site.app.db)), languages: ['es'] };
  await editSite(site.app.db, story.owner.member, settings, site.app.now());
  // Published is what the press has heard of; the statement comes last.
  await vi.waitFor(
    async () => expect(await (await get('/api/v2/incidents.json')).text()).toContain('/statements/'),
    { timeout: 20_000 },
  );
  componentId = (await (await get('/api/v2/components.json')).json()).components[1].id;
});
afterAll(() => site.close());

const get = (path: string, init?: RequestInit) => fetch(site.url + path, init);

const v2 = statuspagePaths.map((path) => `/api/v2/${path}`);
const own = () =>
  paths.map(({ path, name }) => ({
    name,
    path: `/api/forthright/v1${path.replace('{slug}', name === 'incidentInFull' ? story.incidentSlug : story.statementSlug)}`,
  }));
const feeds = () =>
  ['atom', 'rss', 'json'].flatMap((format) => [
    `/feed.${format}`,
    `/es/feed.${format}`,
    `/components/${componentId}/feed.${format}`,
  ]);
const texts = [
  '/robots.txt',
  '/llms.txt',
  '/sitemap.xml',
  '/.well-known/security.txt',
  '/favicon.svg',
  '/badge.svg',
];

describe('the API that clients of Statuspage read', () => {
  test.each(statuspagePaths)('%s has every key of it and no other', async (path) => {
    const response = await get(`/api/v2/${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(problemsOf(path, await response.json())).toEqual([]);
  });

  test('a leak is an incident whose updates are what was posted and what was stated, and no outage', async () => {
    const { incidents, status } = await (await get('/api/v2/summary.json')).json();
    expect(status).toEqual({ indicator: 'none', description: 'All Systems Operational' });
    expect(incidents[0]).toMatchObject({ status: 'monitoring', resolved_at: null });
    const bodies = incidents[0].incident_updates.map(({ body }: { body: string }) => body);
    expect(bodies.some((body: string) => body.includes('What you can do'))).toBe(true);
    expect(bodies.some((body: string) => body.includes('We have stopped sending'))).toBe(true);
  });
});

describe('our own API', () => {
  test('every answer is what its schema says', async () => {
    for (const { name, path } of own()) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      const parsed = schemas[name].safeParse(await response.json());
      expect([path, parsed.error?.issues ?? []]).toEqual([path, []]);
    }
  });
});

describe('feeds', () => {
  test('of the site and of a component are valid, in both languages', async () => {
    for (const path of feeds()) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect([path, await validateFeed(path, await response.text(), site.url)]).toEqual([path, []]);
    }
  });

  test('speak the language of their path, about the same things', async () => {
    const [english, spanish] = await Promise.all(
      ['/feed.json', '/es/feed.json'].map(async (path) => (await get(path)).json()),
    );
    expect([english.language, spanish.language]).toEqual(['en', 'es']);
    expect(spanish.items.map(({ id }: { id: string }) => id)).toEqual(
      english.items.map(({ id }: { id: string }) => id),
    );
    expect(JSON.stringify(spanish)).toContain('En investigación');
  });

  test('every page links them', async () => {
    for (const path of ['/', '/faqs', `/statements/${story.statementSlug}`, '/sign-in', '/nothing-here']) {
      const html = await (await get(path)).text();
      for (const type of ['atom+xml', 'rss+xml', 'feed+json']) {
        expect(html).toMatch(
          new RegExp(`<link rel="alternate" type="application/${type.replace('+', '\\+')}" href="/feed`),
        );
      }
    }
  });
});

describe('the page of feeds', () => {
  test('is led to from the foot of every page, and leads to everything there is', async () => {
    expect(await (await get('/')).text()).toContain('href="/feeds"');
    for (const prefix of ['', '/es']) {
      const html = await (await get(`${prefix}/feeds`)).text();
      const links = [...html.matchAll(/<a href="([^"]+)"/g)].map((match) => match[1] as string);
      const formats = ['atom', 'rss', 'json'].flatMap((format) => [
        `${prefix}/feed.${format}`,
        `${prefix}/components/${componentId}/feed.${format}`,
      ]);
      const files = ['/api/v2/summary.json', '/api/forthright/v1/openapi.json', '/.well-known/security.txt'];
      const badge = `/components/${componentId}/badge.svg`;
      expect(links).toEqual(
        expect.arrayContaining([...formats, ...files, badge, `${prefix}/maintenance.ics`]),
      );
      for (const link of links.filter((each) => each.startsWith('/'))) {
        expect((await get(link)).status, link).toBe(200);
      }
    }
  });

  test('old programs find a favicon', async () => {
    const response = await get('/favicon.ico');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/x-icon']);
  });
});

describe('every document for machines', () => {
  const documents = () => [
    ...v2,
    ...own().map(({ path }) => path),
    '/api/forthright/v1/openapi.json',
    ...feeds(),
    `/components/${componentId}/badge.svg`,
    ...texts,
  ];

  test('is served as a document: a strong ETag, 304, and HEAD with the same headers and no body', async () => {
    for (const path of documents()) {
      const first = await get(path);
      const etag = first.headers.get('etag') ?? '';
      expect([path, first.status, /^"/.test(etag)]).toEqual([path, 200, true]);
      expect([path, first.headers.get('cache-control')]).toEqual([path, expect.stringContaining('public')]);
      const again = await get(path, { headers: { 'If-None-Match': etag } });
      expect([path, again.status, await again.text()]).toEqual([path, 304, '']);
      const head = await get(path, { method: 'HEAD' });
      expect([path, head.status, await head.text(), head.headers.get('etag')]).toEqual([path, 200, '', etag]);
      if (/^\/(es\/)?(api|feed|badge|components|llms)/.test(path)) {
        for (const answer of [first, again, head])
          expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, '*']);
      }
    }
  });

  test('says nothing that is not published', async () => {
    for (const path of documents()) {
      expect([path, (await (await get(path)).text()).includes(story.secretDraftWord)]).toEqual([path, false]);
    }
  });

  test('is the same whatever is asked along', async () => {
    for (const path of ['/api/v2/status.json', '/feed.json', '/badge.svg']) {
      const plain = await (await get(path)).text();
      const odd = await get(`${path}?callback=x&_=1`, {
        headers: { Cookie: 'a=b', Origin: 'https://elsewhere.example' },
      });
      expect(await odd.text()).toBe(plain);
    }
  });
});

describe('what is not there', () => {
  test.each([
    '/api',
    '/api/v2',
    '/api/v2/nothing.json',
    '/api/v2/summary',
    '/api/v2/incidents/none.json',
    '/api/v1/summary.json',
    '/api/forthright/v1/incidents/none.json',
    '/api/forthright/v1/statements/none.json',
    '/api/forthright/v2/site.json',
    '/es/api/v2/summary.json',
  ])('%s is a 404 that says so in JSON, to scripts of any site', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await get(path, { method });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
      if (method === 'HEAD') continue;
      expect(await response.json()).toEqual({ code: 'not_found', message: expect.any(String) });
    }
  });

  test.each([
    '/components/none00000000/feed.atom',
    '/components/none00000000/badge.svg',
    '/sitemap-2.xml',
    '/sitemap-0.xml',
  ])('%s is a 404', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('other methods', () => {
  test('a browser that asks first may read, with If-None-Match', async () => {
    const { status, headers } = await ask('OPTIONS', '/api/v2/summary.json');
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    });
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is refused in JSON', async (method) => {
    const { status, headers, text } = await ask(method, '/api/v2/summary.json');
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(JSON.parse(text)).toMatchObject({ code: 'method_not_allowed' });
  });
});

function ask(method: string, path: string) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(site.url);
      request({ hostname, port, method, path, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      })
        .on('error', reject)
        .end();
    },
  );
}
