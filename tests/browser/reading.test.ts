import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { editSite, setLogo } from '#src/domain/site/commands.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { png } from '#tests/support/png.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';
import { newVisitor, type Visitor } from '#tests/support/visitor.ts';

const STOPS_MAX = 150;
const folder = mkdtempSync(join(tmpdir(), 'forthright-theme-'));
const themeFile = join(folder, 'theme.css');

let site: TestSite;
let story: Story;
let browser: Browser;
beforeAll(async () => {
  writeFileSync(
    themeFile,
    ':root { --accent: light-dark(#7a1f3d, #f0a8bd); }\nh1 { color: rgb(1, 2, 3); letter-spacing: 0.02em; }\n',
  );
  site = await startSite({ themeFile });
  story = await tellStory(site.app);
  const { db, now } = site.app;
  // A colour in the settings, too: the file is the stronger.
  await editSite(db, operator, { languages: ['es'], accent: '#12547f' }, now());
  await setLogo(db, operator, { scheme: 'light', bytes: png(240, 72, [122, 31, 61]) }, now());
  browser = await openBrowser();
  await vi.waitFor(async () => expect(await (await fetch(`${site.url}/es`)).text()).toContain('/logo/'), {
    timeout: 30_000,
    interval: 100,
  });
}, 240_000);
afterAll(async () => {
  await browser.close();
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

const paths = () => ['/', `/statements/${story.statementSlug}`, '/faqs'];

type Stop = { area: string; name: string; seen: boolean };

/** What has the focus: where it is, and whether somebody who looks can tell. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const areas = { skip: '.skip', name: '.site-name', nav: '.site-nav', languages: '.languages', content: 'main', foot: '.colophon' };
  const area = Object.keys(areas).find((key) => element.closest(areas[key])) ?? 'elsewhere';
  const { width, height, top, bottom } = element.getBoundingClientRect();
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  return { area, name: element.innerText, seen: ring && width > 1 && height > 1 && bottom > 0 && top < innerHeight };
})()`;

async function tabThrough({ page }: Visitor): Promise<Stop[]> {
  const stops: Stop[] = [];
  while (stops.length < STOPS_MAX) {
    await page.keyboard.press('Tab');
    const stop = (await page.evaluate(FOCUSED)) as Stop | null;
    if (!stop) break;
    stops.push(stop);
  }
  return stops;
}

describe('with the keyboard alone', () => {
  test('everything is reached in the order it is read, and what has the focus is seen', async () => {
    const reader = await newVisitor(browser, site);
    for (const path of paths()) {
      await reader.open(path);
      const stops = await tabThrough(reader);
      const areas = stops.map(({ area }) => area);
      expect([path, areas.filter((area, index) => area !== areas[index - 1])]).toEqual([
        ...[path, ['skip', 'name', 'nav', 'languages', 'content', 'foot']],
      ]);
      expect(stops.filter(({ seen }) => !seen)).toEqual([]);
      const all = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
        .filter((element) => element.checkVisibility()).length`;
      expect([path, stops.length]).toEqual([path, await reader.page.evaluate(all)]);
    }
    await reader.close();
  });

  test('the first stop leads past the head, to the content', async () => {
    const reader = await newVisitor(browser, site);
    for (const path of paths()) {
      await reader.open(path);
      await reader.page.keyboard.press('Tab');
      await reader.page.keyboard.press('Enter');
      await reader.page.keyboard.press('Tab');
      expect([path, ((await reader.page.evaluate(FOCUSED)) as Stop).area]).toEqual([path, 'content']);
    }
    await reader.close();
  });
});

test('somebody who listens finds the landmarks and the headings of the home page', async () => {
  const reader = await newVisitor(browser, site);
  await reader.open('/');
  const snapshot = await reader.page.locator('body').ariaSnapshot();
  const outline = snapshot
    .split('\n')
    .map((line) => line.trim().replace(/^- |:$/g, ''))
    .filter((line) => /^(banner|navigation|main|contentinfo|region|heading)\b/.test(line))
    // The days of the last two weeks are other ones tomorrow.
    .filter((line) => !/ \d{4}" \[level=3\]$/.test(line));
  const leak = 'Customers’ email addresses were visible to other customers';
  expect(outline).toEqual([
    'banner',
    'navigation "Pages"',
    'navigation "Languages"',
    'main',
    'heading "Open data incident" [level=1]',
    'region "Open incident"',
    'heading "Open incident" [level=2]',
    `heading "${leak}" [level=3]`,
    'region "Components"',
    'heading "Components" [level=2]',
    'region "Notices"',
    'heading "Notices" [level=2]',
    'heading "Index changes" [level=3]',
    'region "The last 14 days"',
    'heading "The last 14 days" [level=2]',
    'heading "What happened to our customers’ email addresses" [level=4]',
    'heading "Index changes" [level=4]',
    `heading "${leak}" [level=4]`,
    'contentinfo',
  ]);
  await reader.close();
});

describe('nothing moves while a page loads', () => {
  test.each([
    { device: 'a phone', viewport: { width: 390, height: 844 } },
    { device: 'a desktop', viewport: { width: 1280, height: 900 } },
  ])('on $device, with a logo that is slow and a theme of the operator’s', async ({ viewport }) => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    await page.addInitScript(`window.shifted = 0;
      new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shifted += value; })
        .observe({ type: 'layout-shift', buffered: true });`);
    await page.route(/\/logo\//, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await route.continue();
    });
    const settled = () => page.evaluate('new Promise((done) => setTimeout(() => done(window.shifted), 300))');
    for (const path of paths()) {
      await page.goto(`${site.url}${path}`, { waitUntil: 'load' });
      expect([path, await settled()]).toEqual([path, 0]);
      // It would have been noticed.
      await page.evaluate(`document.querySelector('main').style.paddingBlockStart = '200px'`);
      expect(await settled()).toBeGreaterThan(0);
    }
    await context.close();
  });
});

test.each([
  ['light', 'rgb(122, 31, 61)'],
  ['dark', 'rgb(240, 168, 189)'],
] as const)('the operator’s theme.css wins in %s', async (colorScheme, accent) => {
  const reader = await newVisitor(browser, site, { colorScheme });
  for (const path of paths()) {
    await reader.open(path);
    const colours = await reader.page.evaluate(
      `['h1', '.site-nav [aria-current], .site-nav a'].map((each) => getComputedStyle(document.querySelector(each)).color)`,
    );
    expect([path, (colours as string[])[0]]).toEqual([path, 'rgb(1, 2, 3)']);
    const resolved = await reader.page.evaluate(`(() => {
      const probe = document.querySelector('main').appendChild(document.createElement('span'));
      probe.style.color = 'var(--accent)';
      return getComputedStyle(probe).color;
    })()`);
    expect([path, resolved]).toEqual([path, accent]);
  }
  expect(reader.complaints).toEqual([]);
  await reader.close();
});
