import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory } from '#tests/support/story.ts';
import { newVisitor, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let browser: Browser;
let reader: Visitor;
beforeAll(async () => {
  site = await startSite();
  await tellStory(site.app);
  browser = await openBrowser();
  reader = await newVisitor(browser, site);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

describe('somebody who searches, without a script', () => {
  test('finds the form on a page of its own, and is told what it looks through', async () => {
    await reader.open('/search');
    expect(await reader.words()).toContain('Looks through statements');
    await reader.look('search');
  });

  test('sees what was found, the best first, with the words they typed marked', async () => {
    await reader.fill({ 'Search this site': 'addresses' }, 'Search');
    await expect.poll(() => reader.page.url()).toContain('?q=addresses');
    expect(await reader.page.getByRole('heading', { level: 3 }).count()).toBeGreaterThan(1);
    expect((await reader.page.locator('mark').allInnerTexts()).map((word) => word.toLowerCase())).toContain(
      'addresses',
    );
    await reader.look('search-found');
    await reader.page.getByRole('heading', { level: 3 }).first().getByRole('link').click();
    await expect.poll(() => new URL(reader.page.url()).pathname).not.toBe('/search');
    expect((await reader.page.title()).length).toBeGreaterThan(0);
  });

  test('is told what to do when nothing was found', async () => {
    await reader.open('/search?q=giraffe');
    expect(await reader.words()).toContain('Nothing was found for “giraffe”. Try fewer or other words.');
    await reader.look('search-nothing');
  });

  test.each(['/history', '/maintenance', '/privacy'])('finds %s in order, light and dark', async (path) => {
    await reader.open(path);
    await reader.look(path.slice(1));
  });

  test('and the browser has nothing to complain about', () => {
    expect(reader.complaints).toEqual([]);
  });
});
