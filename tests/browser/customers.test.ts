import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';
import { mailedCode, newVisitor, signInCustomer, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let story: Story;
let browser: Browser;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

describe('a customer whose address was shown', () => {
  let mara: Visitor;
  beforeAll(async () => {
    mara = await newVisitor(browser, site);
  });

  test('proves the mailbox by a mailed code', async () => {
    await mara.open('/sign-in');
    await mara.look('sign-in');
    await signInCustomer(mara, site, story.exposed);
  });

  test('learns what was shown, to how many, what was not, what was done and what to do first', async () => {
    const words = await mara.words();
    expect(words).toContain(story.exposed);
    expect(words).toMatch(/was shown/i);
    expect(words).toContain('Listed with 2 other addresses');
    expect(words).toContain('Sent to 1 other address');
    expect(words).toContain('We reset your password.');
    expect(words).toMatch(/not shown/i);
    expect(words).toContain('Do not trust mail that names Harbourline');
    await mara.look('answer-exposed');
    expect(new URL(mara.page.url()).search).toBe('');
  });

  test('notes that she has read it, and it stays', async () => {
    await mara.press(`I have read this about ${story.exposed}`);
    expect(await mara.words()).toContain('Noted that you have read it');
    expect(await mara.page.getByRole('button', { name: /^I have read this/ }).count()).toBe(0);
    await mara.open('/my');
    expect(await mara.words()).toContain('We reset your password.');
    await mara.look('answer-read');
  });

  test('adds another address, proven by its own mail, and gets its own answer', async () => {
    await mara.open('/my/addresses');
    await mara.look('addresses');
    const before = (await site.mails()).length;
    await mara.page
      .getByLabel(/address/i)
      .first()
      .fill('mara@elsewhere.example');
    await mara.page.locator('main form button').first().click();
    const code = await mailedCode(site, 'mara@elsewhere.example', before);
    await mara.page.getByLabel('Code from the mail').fill(code);
    await mara.page.locator('main form button').first().click();
    await mara.open('/my');
    const words = await mara.words();
    expect(words).toContain(story.exposed);
    expect(words).toContain('mara@elsewhere.example');
    await mara.look('two-addresses');
  });

  test('signs out, and the old cookie opens nothing', async () => {
    const cookies = await mara.page.context().cookies();
    await mara.press('Sign out');
    await mara.page.context().addCookies(cookies);
    await mara.open('/my');
    expect(new URL(mara.page.url()).pathname).toBe('/sign-in');
  });
});

describe('a customer whose address was not shown', () => {
  test('is told so, by which list, what was compared and what that does not cover', async () => {
    const jonas = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
    await signInCustomer(jonas, site, story.notExposed);
    const words = await jonas.words();
    expect(words).toMatch(/was not (shown|in)/i);
    expect(words).toMatch(/version 1/i);
    expect(words).not.toContain('We reset your password.');
    await jonas.look('answer-not-exposed');
    expect(jonas.complaints).toEqual([]);
  });
});

describe('somebody who opens the link of a mail in another browser', () => {
  test('sees the code to type, and is not signed in there', async () => {
    const [asked, other] = [await newVisitor(browser, site), await newVisitor(browser, site)];
    const before = (await site.mails()).length;
    await asked.open('/sign-in');
    await asked.fill({ 'Email address': 'someone@example.net' }, 'Mail me a code');
    const code = await mailedCode(site, 'someone@example.net', before);
    const letter = await site.mailTo('someone@example.net');
    const link = new URL(/https?:\/\/\S+\/sign-in\/\S+/.exec(letter.text)?.[0] ?? '').pathname;
    await other.open(link);
    expect(await other.words()).toContain(code);
    await other.look('link-elsewhere');
    await other.open('/my');
    expect(new URL(other.page.url()).pathname).toBe('/sign-in');
    await asked.open(link);
    await asked.look('link-here');
    await asked.page.locator('main form button').first().click();
    expect(new URL(asked.page.url()).pathname).toBe('/my');
  });
});
