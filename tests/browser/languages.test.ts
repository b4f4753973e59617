import { rmSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as schema from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { findByAddress } from '#src/domain/subscribers/queries.ts';
import { requestSubscription } from '#src/domain/subscribers/commands.ts';
import { confirmationToken, subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { cookieName } from '#src/http/cookies.ts';
import { openMessages } from '#src/messages/messages.ts';
import { maskedAddress } from '#src/text/email-address.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { pseudoLocaleFolder, pseudoLocales } from '#tests/support/pseudo-locales.ts';
import { customerSession } from '#tests/support/sessions.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { mailbox, tellStory, type Story } from '#tests/support/story.ts';
import { newVisitor, type Visitor } from '#tests/support/visitor.ts';

const folder = pseudoLocaleFolder();
const newReader = 'reader@readers.example';
let site: TestSite;
let story: Story;
let browser: Browser;
let reader: Visitor;
let customer: Visitor;
/** Everything that people have written, in one line without Markdown. */
let written: string;
let token: string;
let confirmation: string;

beforeAll(async () => {
  site = await startSite({ messages: openMessages(folder) });
  story = await tellStory(site.app);
  const { app } = site;
  await editSite(app.db, operator, { languages: ['es', ...Object.values(pseudoLocales)] }, app.now());
  const wanted = { address: mailbox(newReader), topics: ['statements' as const], clientAddress: '192.0.2.1' };
  await requestSubscription(app.db, app.keys, wanted, app.now());
  const subscription = await findByAddress(app.db, app.keys, mailbox(newReader));
  token = subscriptionToken(app.keys.current('tokens'), subscription?.id ?? '');
  confirmation = confirmationToken(app.keys.current('tokens'), subscription?.id ?? '');
  written = plain(
    [JSON.stringify(await everything()), story.exposed, maskedAddress(newReader), ...daysOfTheWeek()].join(
      ' ',
    ),
  ).toLowerCase();
  browser = await openBrowser();
  reader = await newVisitor(browser, site, { viewport: { width: 320, height: 700 } });
  customer = await newVisitor(browser, site, { viewport: { width: 320, height: 700 } });
  await customer.page.context().addCookies([
    {
      name: cookieName('customer', site.url),
      value: await customerSession(site, story.exposed),
      url: site.url,
    },
  ]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

const publicPaths = () => [
  '/',
  '/faqs',
  '/history',
  '/search',
  '/search?q=address',
  '/maintenance',
  '/subscribe',
  '/privacy',
  '/sign-in',
  '/sign-in/code',
  `/sign-in/${'x'.repeat(43)}`,
  `/incidents/${story.incidentSlug}`,
  `/statements/${story.statementSlug}`,
  `/notices/${story.noticeSlug}`,
  `/u/${token}`,
  `/u/broken`,
  `/confirm/${confirmation}`,
  '/confirm/broken',
  '/nothing-here',
];
const customerPaths = ['/my', '/my/addresses', '/my/addresses/code', '/my/preferences'];

describe.each([
  { language: pseudoLocales.leftToRight, dir: 'ltr' },
  { language: pseudoLocales.rightToLeft, dir: 'rtl' },
])('in $language, a language of nobody, on the narrowest phone', ({ language, dir }) => {
  test('no page has a word that is not a message, and none scrolls sideways', async () => {
    const found: unknown[] = [];
    const visits = [
      ...publicPaths().map((path) => [reader, path] as const),
      ...customerPaths.map((path) => [customer, path] as const),
    ];
    for (const [visitor, path] of visits) {
      await visitor.open(`/${language}${path}`);
      const html = visitor.page.locator('html');
      expect([path, await html.getAttribute('lang'), await html.getAttribute('dir')]).toEqual([
        path,
        language,
        dir,
      ]);
      const foreign = (await said(visitor)).flatMap(englishIn);
      const wide = await visitor.page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (foreign.length > 0) found.push([path, foreign]);
      if ((wide as number) > 0) found.push([path, 'scrolls sideways by', wide]);
    }
    expect(found).toEqual([]);
  });

  test('what a form refuses is said in it too', async () => {
    await reader.open(`/${language}/subscribe`);
    await reader.page.locator('input[name=address]').fill('nobody');
    await reader.page.locator('main form button').click();
    expect(new URL(reader.page.url()).pathname).toBe(`/${language}/subscribe`);
    expect((await said(reader)).flatMap(englishIn)).toEqual([]);
    expect(await reader.page.locator('.field-error').count()).toBe(1);
  });
});

test('from right to left the page is its own mirror image', async () => {
  const wide = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
  const edges = async (path: string) => {
    await wide.open(path);
    const name = await wide.page.locator('.site-name').boundingBox();
    const nav = await wide.page.locator('.site-nav').boundingBox();
    return {
      name: Math.round(name?.x ?? 0),
      isAfter: (nav?.x ?? 0) > (name?.x ?? 0),
      width: name?.width ?? 0,
    };
  };
  const left = await edges('/');
  const right = await edges(`/${pseudoLocales.rightToLeft}`);
  expect(left.isAfter).toBe(true);
  expect(right.isAfter).toBe(false);
  expect(Math.abs(1280 - right.name - right.width - left.name)).toBeLessThan(20);
  await wide.close();
});

describe('in Spanish and in both pseudo-locales', () => {
  test.each(['es', ...Object.values(pseudoLocales)])(
    '%s is as easy to use, and to look at',
    async (language) => {
      for (const [visitor, path, name] of [
        [reader, '', 'home'],
        [reader, '/subscribe', 'subscribe'],
        [reader, '/sign-in', 'sign-in'],
        [reader, '/privacy', 'privacy'],
        [reader, '/nothing-here', 'not-found'],
        [customer, '/my', 'answer'],
        [customer, '/my/preferences', 'preferences'],
      ] as const) {
        await visitor.open(`/${language}${path}`);
        await visitor.look(`${language}-${name}`);
      }
    },
  );
});

/** Every text that a reader sees or hears, but for times, which are the language's own, and what says it is in another. */
async function said({ page }: Visitor): Promise<string[]> {
  return (await page.evaluate(`(() => {
    const texts = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (!parent.closest('time, script, style, body [lang], .print-only')) texts.push(walker.currentNode.data);
    }
    for (const element of document.querySelectorAll('[aria-label], [alt], [title], [placeholder], meta[name=description]'))
      for (const name of ['aria-label', 'alt', 'title', 'placeholder', 'content']) texts.push(element.getAttribute(name) ?? '');
    return texts;
  })()`)) as string[];
}

/** English that stands in nothing that people have written. */
function englishIn(text: string): string[] {
  return (plain(text).match(/[A-Za-z][A-Za-z’'.,:;@ -]*/g) ?? [])
    .map((words) => words.trim().replace(/[.,:;’'-]+$/, ''))
    .filter((words) => !isWritten(words) && !words.split(/[,.:;] /).every(isWritten));
}

function isWritten(words: string): boolean {
  return !/[A-Za-z]{2}/.test(words) || written.includes(words.toLowerCase());
}

function plain(text: string): string {
  return text.replace(/\\[nr"]|[*_#>|[\]()"\\]/g, ' ').replace(/\s+/g, ' ');
}

/** The language's own words, not ours. */
function daysOfTheWeek(): string[] {
  const day = new Intl.DateTimeFormat(pseudoLocales.leftToRight, { weekday: 'long', timeZone: 'UTC' });
  return Array.from({ length: 7 }, (_, index) => day.format(Date.UTC(2026, 0, 1 + index)));
}

/** The rows of what staff write. */
async function everything(): Promise<unknown[]> {
  const tables = Object.values(schema).filter(
    (table) => typeof table === 'object' && table !== null && Symbol.for('drizzle:Name') in table,
  ) as (typeof schema.site)[];
  return Promise.all(tables.map((table) => site.app.db.select().from(table).limit(200)));
}
