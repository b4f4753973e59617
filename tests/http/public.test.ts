import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
});
afterAll(() => site.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${site.url}${path}`, { headers, redirect: 'manual' });

const documents = () => [
  '/',
  '/faqs',
  '/feed.atom',
  `/incidents/${story.incidentSlug}`,
  `/statements/${story.statementSlug}`,
  `/statements/${story.statementSlug}.txt`,
  `/statements/${story.statementSlug}/revisions/1`,
  `/notices/${story.noticeSlug}`,
];

describe('a pressed document', () => {
  test('is answered with cache headers, a strong ETag and no cookie', async () => {
    for (const path of documents()) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('cache-control')).toContain('public, max-age=5');
      expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
      expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  test('is not sent again to a reader who has it', async () => {
    for (const path of documents()) {
      const etag = (await get(path)).headers.get('etag') ?? '';
      const again = await get(path, { 'if-none-match': etag });
      expect([path, again.status, (await again.text()).length]).toEqual([path, 304, 0]);
    }
  });

  test('answers HEAD like GET, without the body', async () => {
    for (const path of documents()) {
      const [head, whole] = await Promise.all([fetch(`${site.url}${path}`, { method: 'HEAD' }), get(path)]);
      expect(head.headers.get('etag')).toBe(whole.headers.get('etag'));
      expect(head.headers.get('content-type')).toBe(whole.headers.get('content-type'));
      expect(await head.text()).toBe('');
    }
  });

  test('says what it is: a text is never taken for a page', async () => {
    const typeOf = async (path: string) => (await get(path)).headers.get('content-type');
    const statement = `/statements/${story.statementSlug}`;
    expect(await typeOf(statement)).toBe('text/html; charset=utf-8');
    expect(await typeOf(`${statement}.txt`)).toBe('text/plain; charset=utf-8');
    expect(await typeOf(`${statement}/revisions/1.txt`)).toBe('text/plain; charset=utf-8');
    expect(await typeOf('/feed.atom')).toBe('application/atom+xml; charset=utf-8');
  });

  test('is the same bytes whatever cookie, query, header or host a reader sends', async () => {
    for (const path of documents()) {
      const plain = await (await get(path)).text();
      const poisoned = await get(`${path}?_action=accounts.signOut&x=<script>`, {
        cookie: 'forthright=abc; forthright-staff=def',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'accept-language': 'es',
      });
      expect(await poisoned.text()).toBe(plain);
    }
  });

  test('has nothing inline that the policy forbids, and a policy', async () => {
    for (const path of documents().filter((path) => !/\.(txt|atom)$/.test(path))) {
      const response = await get(path);
      const html = await response.text();
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\sstyle="|<style|\son[a-z]+="/i);
    }
  });

  test('links only to what exists', async () => {
    const links = new Set<string>();
    for (const path of documents()) {
      const html = await (await get(path)).text();
      for (const [, href] of html.matchAll(/href="(\/[^"#]*)/g)) links.add(href as string);
    }
    const broken = [];
    for (const href of links) {
      const { status } = await get(href.replaceAll('&#38;', '&').replaceAll('&amp;', '&'));
      if (status >= 400) broken.push(`${href} ${status}`);
    }
    expect(links.size).toBeGreaterThan(8);
    expect(broken).toEqual([]);
  });
});

describe('what does not exist', () => {
  test.each([
    ['/statements/none'],
    ['/statements/none.txt'],
    ['/statements/none/revisions/1'],
    ['/incidents/none'],
    ['/notices/none'],
    ['/nothing-here'],
    ['/feed.txt'],
    ['/.env'],
    ['/../package.json'],
    ['/%2e%2e/package.json'],
    ['/statements/%E0%A4%A'],
    ['/statements/a%00b'],
    ['/incidents/%00'],
    ['/notices/%00'],
  ])('%s is a real 404 that looks like ours', async (path) => {
    const response = await get(path);
    expect([400, 404]).toContain(response.status);
    expect(response.headers.get('cache-control')).toContain('no-store');
    if (response.status === 404 && !path.endsWith('.txt')) {
      expect(await response.text()).toContain('Harbourline');
    }
  });

  test('a revision that was never published is a 404', async () => {
    expect((await get(`/statements/${story.statementSlug}/revisions/99`)).status).toBe(404);
  });
});

describe('a request that no browser makes', () => {
  const ask = (method: string, path: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const { hostname, port } = new URL(site.url);
      request({ hostname, port, method, path, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });

  test('by the whole address, as proxies ask, gets the page of that address', async () => {
    const plain = await (await get('/faqs')).text();
    expect(await ask('GET', 'http://elsewhere.example/faqs')).toEqual({ status: 200, text: plain });
    expect((await ask('GET', 'http://elsewhere.example/nothing-here')).status).toBe(404);
  });

  test('for no address at all, or by another method, is refused', async () => {
    expect((await ask('GET', '*')).status).toBe(400);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      expect([method, (await ask(method, '/')).status]).toEqual([method, 405]);
    }
  });
});

describe('what is not published', () => {
  test('a draft incident, statement or notice is nowhere in public', async () => {
    for (const path of documents())
      expect(await (await get(path)).text()).not.toContain(story.secretDraftWord);
  });
});

describe('health', () => {
  test('the process is alive and everything it needs is there', async () => {
    expect((await get('/healthz')).status).toBe(200);
    await expect.poll(async () => (await get('/readyz')).status, { timeout: 10_000 }).toBe(200);
  });
});
