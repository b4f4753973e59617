import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  story = await tellStory(site.app);
  await editSite(site.app.db, operator, { languages: ['es'] }, site.app.now());
  await vi.waitFor(async () => expect((await ask('/es')).status).toBe(200), { timeout: 20_000 });
});
afterAll(() => site.close());

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/** The path as it stands: `fetch` would tidy it up. */
const ask = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(site.url);
    request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    })
      .on('error', reject)
      .end();
  });

describe('a pressed document', () => {
  test.each([
    ['/f%61qs?x=1', '/faqs?x=1'],
    ['/%61pi/v2/summary.json', '/api/v2/summary.json'],
    ['/es/%66aqs', '/es/faqs'],
    ['/%65s/faqs', '/es/faqs'],
    ['/feed%2Eatom', '/feed.atom'],
  ])('has one spelling: %s leads to %s', async (path, plain) => {
    const { status, headers } = await ask(path);
    expect([status, headers['location']]).toEqual([308, plain]);
  });

  test.each([
    ['/%2e%2e/faqs'],
    ['/%2ffaqs'],
    ['/es%2Ffaqs'],
    ['/faqs.html'],
    ['/faqs/index.html'],
    ['/FAQS'],
  ])('is not at %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test.each(
    [
      'sitemap.xml',
      'llms.txt',
      'badge.svg',
      'favicon.svg',
      'robots.txt',
      '.well-known/security.txt',
      'brand.css',
    ].map((name) => [name]),
  )('that says the same in every language has no path under one: /es/%s', async (name) => {
    expect((await ask(`/${name}`)).status).toBe(200);
    expect((await ask(`/es/${name}`)).status).toBe(404);
  });

  test('takes no form', async () => {
    for (const path of [
      '/',
      '/es',
      '/faqs',
      `/statements/${story.statementSlug}`,
      '/search',
      '/incidents/none',
    ]) {
      for (const query of ['', '?_action=accounts.signOut']) {
        const { status, headers } = await ask(path + query, 'POST', { 'sec-fetch-site': 'same-origin' });
        expect([path, query, status, headers['allow']]).toEqual([path, query, 405, 'GET, HEAD']);
      }
    }
  });
});

describe('a page that stands in for others', () => {
  test('is not there when it is asked for', async () => {
    for (const path of ['/404', '/500', '/unavailable', '/es/404', '/es/500', '/es/unavailable']) {
      const { status, text } = await ask(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain(path.startsWith('/es') ? '<html lang="es"' : '<html lang="en"');
      expect(text).toContain('role="search"');
    }
  });

  test('runs nothing that another site sends it', async () => {
    for (const path of ['/404', '/500', '/es/500', '/unavailable']) {
      const { status } = await ask(`${path}?_action=subscribers.subscribe`, 'POST', {
        'sec-fetch-site': 'cross-site',
        'content-type': 'application/x-www-form-urlencoded',
      });
      expect([path, status]).toEqual([path, 403]);
    }
  });
});

test('what is not there names its character set', async () => {
  for (const path of ['/en', '/history/2026-13', '/nothing', '/incidents/none', '/search?page=900']) {
    const { status, headers } = await ask(path);
    expect([path, status, headers['content-type']]).toEqual([path, 404, 'text/html; charset=utf-8']);
    expect(headers['cache-control']).toContain('no-store');
  }
});

test('a flood of questions for what is not there does not keep readers waiting', async () => {
  let flooding = true;
  let answered = 0;
  const flood = Array.from({ length: 16 }, async (_, loop) => {
    for (let number = 0; flooding; number += 1) {
      const { status } = await ask(`/incidents/${loop}-${number}-${Math.random().toString(36).slice(2)}`);
      expect([404, 503]).toContain(status);
      answered += 1;
    }
  });
  const times: number[] = [];
  const until = performance.now() + 3000;
  while (performance.now() < until) {
    const startedAt = performance.now();
    expect((await ask('/')).status).toBe(200);
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  flooding = false;
  await Promise.all(flood);
  expect(answered).toBeGreaterThan(20);
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity;
  expect(median).toBeLessThan(500);
}, 60_000);
