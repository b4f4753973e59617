import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findByAddress } from '#src/domain/subscribers/queries.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { mailbox, tellStory, type Story } from '#tests/support/story.ts';
import { newVisitor, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let story: Story;
let browser: Browser;
let reader: Visitor;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  browser = await openBrowser();
  reader = await newVisitor(browser, site);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

describe('somebody who reads, on a phone, without scripts and without an account', () => {
  test('sees at once that there is a data incident, in full, above the state of the service', async () => {
    await reader.open('/');
    const words = await reader.words();
    expect(words.indexOf('Open data incident')).toBeGreaterThan(-1);
    expect(words.indexOf('Open data incident')).toBeLessThan(words.indexOf('ystems operational'));
    expect(words).toContain('18 of 20 groups had left');
    expect(words).toContain('Trading');
    await reader.look('home');
  });

  test('reads the statement: who says it, when with the zone, and the five headings in their order', async () => {
    await reader.follow('What happened to our customers’ email addresses');
    await expect.poll(() => new URL(reader.page.url()).pathname).toBe(`/statements/${story.statementSlug}`);
    const headings = await reader.page.getByRole('heading', { level: 2 }).allInnerTexts();
    const five = [
      'What happened',
      'What information was involved',
      'What we are doing',
      'What you can do',
      'For more information',
    ];
    expect(headings.filter((heading) => five.includes(heading))).toEqual(five);
    const words = await reader.words();
    expect(words).toContain('Ines Okafor');
    expect(words).toContain('Head of Communications');
    expect(await reader.page.locator('time[datetime]').count()).toBeGreaterThan(3);
    // A moment says its zone; a day is one of the page's zone.
    const moments = reader.page.locator('time[datetime*="T"]');
    for (const moment of await moments.allInnerTexts()) expect(moment).toMatch(/UTC$/);
    await reader.look('statement');
  });

  test('prints the statement with its permalink, the press contact and every detail, without the way around', async () => {
    const { page } = reader;
    await reader.open(`/statements/${story.statementSlug}`);
    await page.emulateMedia({ media: 'print' });
    const shown = (selector: string) => page.locator(selector).first().isVisible();
    expect(await shown('.site-nav')).toBe(false);
    expect(await page.locator('.contents').count()).toBe(1);
    expect(await shown('.contents')).toBe(false);
    const handout = await page.locator('.handout').innerText();
    expect(handout).toContain(`${site.url}/statements/${story.statementSlug}/revisions/1`);
    expect(handout).toContain('Press:');
    await reader.open('/faqs');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('details[open]').count()).toBe(0);
    expect(await shown('details .faq-answer')).toBe(true);
    await page.emulateMedia({ media: null });
  });

  test('finds every revision and the plain text that is hashed', async () => {
    await reader.open(`/statements/${story.statementSlug}/revisions/1`);
    expect(await reader.words()).toContain('Revision 1');
    await reader.look('revision');
    const text = await (await fetch(`${site.url}/statements/${story.statementSlug}.txt`)).text();
    expect(text).toContain('Version: 1');
    expect(text).not.toContain('\r');
  });

  test('finds answers by category and incident', async () => {
    await reader.follow('Questions');
    expect(await reader.words()).toContain('Was my address shown?');
    await reader.look('faqs');
  });

  test('reads a notice, an incident, and a page that is not there', async () => {
    for (const [path, name, expected] of [
      [`/notices/${story.noticeSlug}`, 'notice', 'Index changes'],
      [`/incidents/${story.incidentSlug}`, 'incident', 'Contained'],
      ['/nothing-here', 'not-found', 'not here'],
    ] as const) {
      await reader.open(path);
      expect(await reader.words()).toContain(expected);
      await reader.look(name);
    }
  });

  test('never had a request to elsewhere, nor anything refused by the policy', () => {
    expect(reader.complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
  });
});

describe('somebody who wants to be told', () => {
  test('subscribes, confirms by the mail, changes their mind by the link in it, all without signing in', async () => {
    await reader.open('/subscribe');
    await reader.look('subscribe');
    await reader.page.getByLabel('Your email address').fill('Reader@Example.org');
    await reader.press('Subscribe');
    await reader.look('subscribe-asked');
    const letter = await site.mailTo('Reader@example.org');
    expect(letter.recipients).toBe(1);
    expect(letter.raw).not.toMatch(/^List-Unsubscribe/m);
    const link = /https?:\/\/\S+\/confirm\/\S+/.exec(letter.text)?.[0] ?? '';
    await reader.open(new URL(link).pathname);
    await reader.look('confirm');
    await reader.press('Confirm');
    await reader.look('confirmed');
    const { app } = site;
    const subscription = await findByAddress(app.db, app.keys, mailbox('reader@example.org'));
    const token = subscriptionToken(app.keys.current('tokens'), subscription?.id ?? '');
    await reader.open(`/u/${token}`);
    await reader.look('preferences');
    await reader.page.getByRole('button', { name: /unsubscribe|stop/i }).click();
    await reader.look('unsubscribed');
    const ended = await findByAddress(app.db, app.keys, mailbox('reader@example.org'));
    expect(ended?.endedAt).not.toBeNull();
  });
});
