import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as schema from '#db/schema/index.ts';
import { cookieName } from '#src/http/cookies.ts';
import { enrolledStaff, tellStory, type Story } from '#tests/support/story.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { customerSession } from '#tests/support/sessions.ts';

/** One that is under way, though nobody works on it. */
const IMPORT = 'importimport';

let site: TestSite;
let story: Story;
/** Cookie header by who asks. */
const cookies: Record<string, string> = { anonymous: '' };

beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const { publicUrl } = site.settings;
  await site.app.db.insert(schema.exposureImports).values({
    id: IMPORT,
    incidentSlug: story.incidentSlug,
    incidentTitle: 'Addresses were visible',
    dryRun: false,
    startedBy: story.owner.member.id,
    startedAt: site.app.now(),
    state: 'working',
    files: [],
    touchedAt: site.app.now(),
  });
  const person = { name: 'Vera', title: '', role: 'viewer' as const, address: 'vera@harbourline.example' };
  const viewer = await enrolledStaff(site.app, person);
  const staffCookie = cookieName('staff', publicUrl);
  cookies['customer'] = `${cookieName('customer', publicUrl)}=${await customerSession(site, story.exposed)}`;
  cookies['viewer'] = `${staffCookie}=${viewer.sessionToken}`;
  cookies['owner'] = `${staffCookie}=${story.owner.sessionToken}`;
});
afterAll(() => site.close());

/** Every page there is, with what its parameters can be. */
function everyPath(): string[] {
  const pages = fileURLToPath(new URL('../../src/pages/', import.meta.url));
  const parameters: Record<string, string> = {
    'admin/exposures/imports/[id]': IMPORT,
    'admin/broadcasts/[id]': story.broadcasts[0]?.id ?? '',
    'incidents/[slug]': story.incidentSlug,
    'statements/[slug]': story.statementSlug,
    'notices/[slug]': story.noticeSlug,
  };
  return readdirSync(pages, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(pages, join(file.parentPath, file.name)).replace(/\.(astro|ts)$/, ''))
    .map((page) => {
      const known = Object.keys(parameters).find((start) => page.startsWith(start));
      const named = known ? page.replace(/\[[^\]]+\]/, parameters[known] ?? '') : page;
      return (
        `/${named.replace(/\[number\]/, '1').replace(/\[[^\]]+\]/g, 'abcdefghijkl')}`.replace(
          /\/index$/,
          '',
        ) || '/'
      );
    });
}

const get = (path: string, who: string, method = 'GET') =>
  fetch(`${site.url}${path}`, { method, redirect: 'manual', headers: { cookie: cookies[who] ?? '' } });

const isEntrance = (path: string) => /^\/admin\/(sign-in|second-factor)/.test(path);
const isUpload = (path: string) => path.endsWith('/upload');

describe('every page', () => {
  test('under /my is for customers: everybody else is sent to sign in', async () => {
    const own = everyPath().filter((path) => /^\/my(\/|$)/.test(path));
    expect(own.length).toBeGreaterThan(2);
    for (const path of own) {
      for (const who of ['anonymous', 'owner']) {
        const response = await get(path, who);
        expect([path, who, response.status]).toEqual([path, who, 303]);
        expect(response.headers.get('location')).toMatch(/^\/sign-in/);
      }
    }
  });

  test('under /admin is for staff: everybody else is sent to sign in', async () => {
    const desk = everyPath().filter((path) => /^\/admin(\/|$)/.test(path) && !isEntrance(path));
    expect(desk.length).toBeGreaterThan(8);
    for (const path of desk) {
      for (const who of ['anonymous', 'customer']) {
        const response = await get(path, who);
        expect([path, who, response.status]).toEqual([path, who, 303]);
        expect(response.headers.get('location')).toMatch(/^\/admin\/sign-in/);
      }
    }
  });

  test('of a person or of staff is stored nowhere on its way', async () => {
    for (const [path, who] of [
      ['/my', 'customer'],
      ['/my/addresses', 'customer'],
      ['/admin', 'owner'],
      ['/admin/broadcasts', 'owner'],
      ['/sign-in', 'anonymous'],
    ] as const) {
      const response = await get(path, who);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('cache-control')).toContain('no-store');
    }
  });

  test('answers without a fault of ours, whoever asks', async () => {
    for (const path of everyPath().filter((path) => path !== '/500')) {
      for (const who of Object.keys(cookies)) {
        const { status } = await get(path, who);
        expect([path, who, status >= 500]).toEqual([path, who, false]);
      }
    }
  });
});

describe('GET and HEAD', () => {
  test('change nothing, whatever route and whoever asks', async () => {
    await expect.poll(async () => (await get('/readyz', 'anonymous')).status, { timeout: 10_000 }).toBe(200);
    await quiet();
    const before = await dump();
    for (const path of everyPath().filter((path) => path !== '/500' && !isUpload(path))) {
      for (const who of Object.keys(cookies)) {
        for (const method of ['GET', 'HEAD', 'GET']) await get(path, who, method);
      }
    }
    expect(await dump()).toEqual(before);
  }, 120_000);
});

describe('a form of another site', () => {
  const actions = ['accounts.signOut', 'subscribers.subscribe', 'broadcasts.stop', 'statements.publish'];
  const foreign: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    {},
  ];

  test('is refused on every route, an open one with an action on it included', async () => {
    for (const path of [
      '/',
      '/sign-in',
      '/subscribe',
      '/admin',
      '/my',
      '/u/abcdefghijkl',
      '/webhooks/resend',
    ]) {
      for (const action of actions) {
        for (const headers of foreign) {
          const response = await fetch(`${site.url}${path}?_action=${action}`, {
            method: 'POST',
            redirect: 'manual',
            headers: {
              cookie: cookies['owner'] ?? '',
              'content-type': 'application/x-www-form-urlencoded',
              ...headers,
            },
            body: 'x=1',
          });
          expect([path, action, JSON.stringify(headers), response.status]).toEqual([
            path,
            action,
            JSON.stringify(headers),
            403,
          ]);
        }
      }
    }
  });
});

describe('a body', () => {
  test('that is too large is refused before it is read', async () => {
    const response = await fetch(`${site.url}/sign-in`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
      body: `address=${'a'.repeat(3 * 1024 * 1024)}`,
    });
    expect(response.status).toBe(413);
  });
});

describe('the log', () => {
  test('has no address, no token and no path in it', async () => {
    await get('/u/SecretTokenInThePath', 'anonymous');
    const log = site.logged.join('\n');
    expect(log.length).toBeGreaterThan(100);
    expect(log).not.toContain('@');
    expect(log).not.toContain('SecretTokenInThePath');
  });
});

/** Until the worker has nothing under way that the reading did not cause. */
async function quiet(): Promise<void> {
  let last = '';
  await expect
    .poll(
      async () => {
        const now = JSON.stringify(await dump());
        const same = now === last;
        last = now;
        return same;
      },
      { timeout: 20_000, interval: 700 },
    )
    .toBe(true);
}

/** Every row there is, but for what ticks by itself: heartbeats, and when sessions are renewed to. */
async function dump(): Promise<Record<string, unknown>> {
  const tables = Object.values(schema).filter(
    (table) => typeof table === 'object' && table !== null && Symbol.for('drizzle:Name') in table,
  );
  const rows: Record<string, unknown> = {};
  for (const table of tables as (typeof schema.site)[]) {
    const name = (table as unknown as Record<symbol, string>)[Symbol.for('drizzle:Name')] ?? '';
    if (name === 'worker_heartbeats') continue;
    const found = await site.app.db.select().from(table);
    rows[name] = found
      .map((row) => JSON.stringify({ ...row, ...(name === 'sessions' ? { expiresAt: null } : {}) }))
      .sort();
  }
  expect(Object.keys(rows).length).toBeGreaterThan(20);
  return rows;
}
