import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';
import { mailedCode, newVisitor, signInCustomer, signInStaff, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let story: Story;
let browser: Browser;
let mara: Visitor;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  browser = await openBrowser();
  mara = await newVisitor(browser, site);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** How many sheets of A4 the page as it stands is printed on. */
async function sheets({ page }: Visitor): Promise<number> {
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  return pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

/** What stands on paper. */
async function printed(visitor: Visitor): Promise<string> {
  await visitor.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const words = await visitor.words();
  const background = await visitor.page.evaluate(
    'getComputedStyle(document.querySelector(".verdict")).backgroundColor',
  );
  await visitor.page.emulateMedia({ media: null, colorScheme: null });
  expect(background).toBe('rgba(0, 0, 0, 0)');
  return words;
}

describe('an answer about an exposure', () => {
  test('says on the first screen of a phone what happened, what was shown and what was not, and what comes first right after', async () => {
    await signInCustomer(mara, site, story.exposed);
    const tops = await Promise.all(
      ['.verdict-words', '.shown-or-not .tone-data', '.shown-or-not .tone-ok', '#answer-1-first'].map(
        async (selector) => (await mara.page.locator(selector).boundingBox())?.y ?? Infinity,
      ),
    );
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
    expect(tops[2]).toBeLessThan(844);
    expect(tops[3]).toBeLessThan(1000);
  });

  test('prints on two sheets at most, with the site, the day, the list’s version and how to complain, and nothing to press', async () => {
    const words = await printed(mara);
    for (const said of [
      story.exposed,
      `${site.url}/my`,
      'Printed',
      'version 1 of the list',
      'To complain, write to',
    ])
      expect(words).toContain(said);
    expect(words).not.toMatch(
      /Sign out|I have read this|Your updates|Add it|one-time code|Planned maintenance/,
    );
    expect(await sheets(mara)).toBeLessThanOrEqual(2);
  });
});

test('two addresses are two answers: both at a glance, each printed for itself and acknowledged by itself', async () => {
  await mara.open('/my/addresses');
  const before = (await site.mails()).length;
  await mara.fill({ 'Email address': 'mara@elsewhere.example' }, 'Mail me a code');
  await mara.fill(
    { 'Code from the mail': await mailedCode(site, 'mara@elsewhere.example', before) },
    'Add this address',
  );
  await mara.open('/my');
  const glance = mara.page.locator('.answer-overview li');
  expect(await glance.allInnerTexts()).toEqual([
    expect.stringMatching(`^Exposed\\s+${story.exposed}$`),
    expect.stringMatching(/^Not exposed\s+mara@elsewhere\.example$/),
  ]);
  await mara.look('two-answers');
  const words = await printed(mara);
  expect(words.match(/Printed/g)).toHaveLength(2);
  await mara.press(`I have read this about ${story.exposed}`);
  expect(await mara.page.getByRole('button', { name: /^I have read this/ }).allInnerTexts()).toEqual([
    expect.stringContaining('mara@elsewhere.example'),
  ]);
});

test('a code for our support goes from the customer’s page to the desk, and back as the verdict', async () => {
  await mara.open('/my');
  await mara.follow('one-time code');
  await mara.look('support-before');
  await mara.page.getByLabel(story.exposed).check();
  await mara.press('Make a code');
  await mara.look('support-code');
  const code = await mara.page.locator('.code-shown').innerText();
  expect(mara.page.url()).not.toContain(code);
  const ines = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
  await signInStaff(ines, site, story.owner);
  await ines.follow('Support');
  await ines.look('support-question');
  await ines.fill({ 'Code from the customer': code.toLowerCase() }, 'Show what they are told');
  const words = await ines.words();
  expect(words).toContain('m***@customers.example is told:');
  expect(words).toContain('Your address was shown to other people');
  expect(words).not.toContain(story.exposed);
  await ines.look('support-answer');
  await mara.open('/my/data');
  expect(await mara.words()).toContain(`Looked at the answer about ${story.exposed}`);
  expect([...mara.complaints, ...ines.complaints]).toEqual([]);
});
