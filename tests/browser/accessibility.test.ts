import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cookieName } from '#src/http/cookies.ts';
import { asOfBodies } from '#src/press/as-of.ts';
import { axeViolations, openBrowser } from '#tests/support/browser.ts';
import { crawl } from '#tests/support/crawl.ts';
import { tellEverything } from '#tests/support/everything.ts';
import { customerSession } from '#tests/support/sessions.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

/** Each page is looked at twice: what a scheme and what a width can get wrong does not hang together. */
const looks = [
  { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
] as const;
const PAGE_MS = 20_000;
const ALL_MS = 240_000;

let site: TestSite;
let story: Story;
let browser: Browser;
let pages: Page[];
let sessions: { staff: string; customer: string };
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  await tellEverything(site, story);
  browser = await openBrowser();
  sessions = { staff: story.owner.sessionToken, customer: await customerSession(site, story.exposed) };
  pages = await Promise.all(looks.map(newPage));
  await vi.waitFor(
    async () => expect(await (await fetch(`${site.url}/es/maintenance`)).text()).toContain('New disks'),
    { timeout: 30_000, interval: 100 },
  );
}, 240_000);
afterAll(async () => {
  await browser.close();
  await site.close();
});

async function newPage({ viewport, colorScheme }: (typeof looks)[number]): Promise<Page> {
  const { publicUrl } = site.settings;
  // With scripts on: axe is one.
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  await context.addCookies(
    (['staff', 'customer'] as const).map((who) => ({
      name: cookieName(who, publicUrl),
      value: sessions[who],
      url: site.url,
    })),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(PAGE_MS);
  return page;
}

/** What axe says against these pages, and which of them scroll sideways. */
async function faultsOf(paths: readonly string[]): Promise<unknown[]> {
  const found = await Promise.all(
    pages.map(async (page) => {
      const faults: unknown[] = [];
      for (const path of paths) {
        await page.goto(`${site.url}${path}`);
        faults.push(...(await faultsHere(page, path)));
      }
      return faults;
    }),
  );
  return found.flat();
}

async function faultsHere(page: Page, path: string): Promise<unknown[]> {
  await picture(page, path);
  const violations = await axeViolations(page);
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
  return [
    ...violations.map(({ rule, nodes }) => ({ path, width: page.viewportSize()?.width, rule, nodes })),
    ...(wide ? [{ path, width: page.viewportSize()?.width, rule: 'scrolls sideways' }] : []),
  ];
}

/** Of the whole page, under `SCREENSHOT_DIR`; without the setting, none. */
async function picture(page: Page, path: string): Promise<void> {
  const folder = process.env['SCREENSHOT_DIR'];
  const name = path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'home';
  if (folder)
    await page.screenshot({
      path: join(folder, `all-${name}-${page.viewportSize()?.width}.png`),
      fullPage: true,
    });
}

/** Of all occurrences of a series one is looked at: its pages are alike. */
async function pathsFrom(from: readonly string[], follow: (path: string) => boolean, cookie = '') {
  const read = await crawl(site, { from, follow, cookie });
  const html = read.filter(({ type, status }) => type.startsWith('text/html') && status === 200);
  const seen = new Set<string>();
  return html
    .map(({ path }) => path)
    .filter((path) => {
      const kind = /\/copies-/.test(path) ? path.replace(/copies-.*/, 'copies') : path;
      return !seen.has(kind) && seen.add(kind);
    });
}

const isForReaders = (path: string) => !/^(?:\/es)?\/(?:admin|my|sign-out|api)(?:\/|$)/.test(path);
const isOwn = (path: string) => /^(?:\/es)?\/my(?:\/|$)/.test(path);
const isDesk = (path: string) => /^\/admin(?:\/|$)/.test(path);
const cookieOf = (who: 'staff' | 'customer') =>
  `${cookieName(who, site.settings.publicUrl)}=${sessions[who]}`;

describe('axe has nothing to say, on a phone in light and on a desktop in the dark', () => {
  test.each(['', '/es'])(
    'against any page that readers can reach from %s/',
    async (prefix) => {
      const asked = ['/search?q=mail', '/search?q=nowhere-at-all', '/sign-in/code', '/nothing-here'];
      const from = [prefix || '/', ...asked.map((path) => prefix + path)];
      const paths = [...(await pathsFrom(from, isForReaders)), `${prefix}/nothing-here`];
      const statement = `${prefix}/statements/${story.statementSlug}`;
      for (const known of [
        statement,
        `${statement}/revisions/1`,
        `${statement}/revisions/2`,
        `${statement}/revisions/3/changes`,
        `${prefix}/statements/a-first-word`,
        `${prefix}/maintenance`,
        `${prefix}/maintenance/new-disks`,
        `${prefix}/maintenance/new-fans`,
        `${prefix}/incidents/orders-were-refused/post-mortem`,
      ])
        expect(paths).toContain(known);
      expect(await faultsOf(paths)).toEqual([]);
    },
    ALL_MS,
  );

  test(
    'against any page of a customer',
    async () => {
      const paths = await pathsFrom(['/my', '/es/my'], isOwn, cookieOf('customer'));
      expect(paths.length).toBeGreaterThan(5);
      expect(await faultsOf(paths)).toEqual([]);
    },
    ALL_MS,
  );

  test(
    'against any page of the team',
    async () => {
      const paths = await pathsFrom(['/admin'], isDesk, cookieOf('staff'));
      for (const kind of [
        /^\/admin\/maintenances\/series\//,
        /^\/admin\/translations\/statement\/.*\/es$/,
        /^\/admin\/broadcasts\/.*\/preview$/,
        /^\/admin\/incidents\/.*\/post-mortem$/,
        /^\/admin\/incidents\/backfill$/,
        /^\/admin\/statements\/.*\/redact/,
      ])
        expect(paths).toContainEqual(expect.stringMatching(kind));
      expect(await faultsOf(paths)).toEqual([]);
    },
    ALL_MS,
  );

  test('against a page that says as of when it is true', async () => {
    for (const [path, language] of [
      ['/', 'en'],
      ['/es', 'es'],
    ] as const) {
      const bytes = Buffer.from(await (await fetch(`${site.url}${path}`)).arrayBuffer());
      const type = 'text/html; charset=utf-8';
      const pressed = { document: {}, type, bytes, body: { shared: [] } };
      const documents = new Map([[path, pressed]]) as never;
      const noted = await asOfBodies({ documents, language }, new Date(), site.app.messages);
      const body = Buffer.from(noted.get(path)?.identity ?? []).toString();
      for (const page of pages) {
        await page.route(`${site.url}${path}`, (route) => route.fulfill({ body, contentType: type }));
        await page.goto(`${site.url}${path}`);
        expect(await page.locator('.as-of').count()).toBe(1);
        expect(await faultsHere(page, path)).toEqual([]);
        await page.unroute(`${site.url}${path}`);
      }
    }
  });
});
