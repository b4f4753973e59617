import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accentInTheDark } from '#src/domain/site/rules.ts';
import { cookieName } from '#src/http/cookies.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { png } from '#tests/support/png.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';
import { newVisitor, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let story: Story;
let browser: Browser;
let owner: Visitor;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  browser = await openBrowser();
  owner = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
  const session = { name: cookieName('staff', site.url), value: story.owner.sessionToken, url: site.url };
  await owner.page.context().addCookies([session]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

const requestsOfHome = async () => {
  const requests: string[] = [];
  const fresh = await newVisitor(browser, site);
  fresh.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await fresh.open('/');
  await fresh.close();
  return requests;
};

/** Somebody whose browser keeps nothing of an earlier visit. */
const newReader = () => newVisitor(browser, site);

const save = (button = 'Save') => owner.press(button);
const notice = () => owner.page.locator('.callout').first().innerText();

describe('a site nobody has given colours or a logo', () => {
  test('asks a reader for a page and one style sheet', async () => {
    const requests = await requestsOfHome();
    expect(requests.filter((path) => path !== '/favicon.svg')).toEqual([
      '/',
      expect.stringMatching(/\.css$/),
    ]);
  });
});

describe('an owner', () => {
  test('sees every setting, and a picture of each logo there is', async () => {
    await owner.open('/admin/site');
    await owner.look('admin-site');
  });

  test('is told when a colour could not be read, and which one could', async () => {
    await owner.fill({ 'Colour of links and buttons': '#ffcc00' });
    await save();
    const error = await owner.page.locator('.field-error').innerText();
    expect(error).toMatch(/contrast is 1\.\d:1/);
    const [nearest = ''] = /#[0-9a-f]{6}(?=\.$)/.exec(error) ?? [];
    expect(await owner.page.getByLabel('Name', { exact: true }).inputValue()).toBe('Harbourline Exchange');
    await owner.look('admin-site-refused');
    await owner.fill({ 'Colour of links and buttons': nearest });
    await save();
    expect(await notice()).toContain('Saved, and public.');
  });

  test('gives the site a colour, a logo and another language, and readers have them', async () => {
    await owner.fill({ 'Colour of links and buttons': '#7A1F3D' });
    await owner.page.getByLabel('Español (es)').check();
    await save();
    for (const [scheme, colour] of [
      ['light', [122, 31, 61]],
      ['dark', [240, 168, 189]],
    ] as const) {
      const buffer = png(240, 72, colour);
      await owner.page
        .locator(`#picture-${scheme}`)
        .setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer });
      await save(`Use this logo on a ${scheme} background`);
      expect(await notice()).toContain('Saved, and public.');
    }
    await owner.look('admin-site-branded');
    await expect.poll(async () => (await fetch(`${site.url}/logo/dark`)).status).toBe(200);
    const reader = await newReader();
    await reader.open('/');
    for (const [colorScheme, accent, picture] of [
      ['light', '#7a1f3d', '/logo/light'],
      ['dark', accentInTheDark('#7a1f3d'), '/logo/dark'],
    ] as const) {
      await reader.page.emulateMedia({ colorScheme });
      await expect.poll(() => shownOn(reader)).toEqual([accent, picture]);
    }
    expect(await reader.page.getByRole('link', { name: 'Harbourline Exchange' }).count()).toBe(1);
    await reader.look('branded-home');
    await reader.open('/es/subscribe');
    await reader.look('branded-subscribe');
    expect(reader.complaints).toEqual([]);
  });

  test('is told why a file is no logo, and the one there was stays', async () => {
    await owner.open('/admin/site');
    const buffer = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    await owner.page
      .locator('#picture-light')
      .setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer });
    await save('Use this logo on a light background');
    expect(await notice()).toContain('A logo is a PNG, a JPEG or a WebP picture.');
    expect((await fetch(`${site.url}/logo/light`)).headers.get('content-type')).toBe('image/png');
  });

  test('takes a logo away, and the name is back', async () => {
    for (const scheme of ['light', 'dark']) await save(`Remove the logo on a ${scheme} background`);
    await expect.poll(async () => (await fetch(`${site.url}/logo/light`)).status).toBe(404);
    const reader = await newReader();
    await reader.open('/');
    expect(await reader.page.locator('.site-name').innerText()).toBe('Harbourline Exchange');
  });
});

describe('the privacy notice', () => {
  test('names who answers, who works for them, and periods, before anybody has written one', async () => {
    await owner.open('/admin/site');
    await owner.fill({
      'Hosted by': 'Nordlicht Hosting GmbH',
      'Data protection contact': 'dpo@harbourline.example',
    });
    await save();
    await expect.poll(async () => (await fetch(`${site.url}/privacy`)).text()).toContain('Nordlicht');
    const reader = await newReader();
    await reader.open('/privacy');
    const words = await reader.words();
    expect(words).toContain('Harbourline Exchange Ltd. is responsible');
    expect(words).toContain('Nordlicht Hosting GmbH hosts this site and its database.');
    expect(words).toContain('dpo@harbourline.example');
    expect(words).toContain('A code works for 10 minutes.');
    await reader.look('privacy');
  });

  test('stands in the form to be edited; saved as it is, it goes on following the settings', async () => {
    await owner.open('/admin/site');
    const field = owner.page.getByLabel('Your own notice (en)');
    expect(await field.inputValue()).toContain('Nordlicht Hosting GmbH hosts this site and its database.');
    expect(await owner.page.getByLabel('Your own notice (es)').inputValue()).toContain(
      '## Quién es el responsable',
    );
    await save('Save the notice (en)');
    expect(await owner.page.getByRole('button', { name: /^Use the default again/ }).count()).toBe(0);
    await owner.fill({ 'Hosted by': 'Südlicht GmbH' });
    await save();
    await expect.poll(async () => (await fetch(`${site.url}/privacy`)).text()).toContain('Südlicht');
  });

  test('with one sentence changed is the owner’s, until the default is asked for again', async () => {
    const field = owner.page.getByLabel('Your own notice (en)');
    await field.fill((await field.inputValue()).replace('Why', 'Why we know anything'));
    await save('Save the notice (en)');
    await expect
      .poll(async () => (await fetch(`${site.url}/privacy`)).text())
      .toContain('Why we know anything');
    expect(await (await fetch(`${site.url}/privacy`)).text()).toContain('Südlicht GmbH hosts this site');
    await save('Use the default again (en)');
    await expect
      .poll(async () => (await fetch(`${site.url}/privacy`)).text())
      .not.toContain('Why we know anything');
    expect(await field.inputValue()).toContain('## Why\n');
  });

  test('is the owner’s own once there is one, said to be in its language elsewhere', async () => {
    await owner.page
      .getByLabel('Your own notice (en)')
      .fill('## Ours\n\nWe know **your address** and nothing else.');
    await save('Save the notice (en)');
    await expect.poll(async () => (await fetch(`${site.url}/es/privacy`)).text()).toContain('Ours');
    const reader = await newReader();
    await reader.open('/privacy');
    expect(await reader.words()).toContain('We know your address and nothing else.');
    expect(await reader.words()).not.toContain('Nordlicht');
    await reader.open('/es/privacy');
    expect(await reader.words()).toContain('Este aviso solo está disponible en este idioma: English.');
    await reader.look('privacy-own');
  });
});

/** The accent colour and the picture of the logo. */
async function shownOn({ page }: Visitor): Promise<[string, string]> {
  const [colour, source] = (await page.evaluate(`[
    getComputedStyle(document.querySelector('.site-nav [aria-current]')).color,
    new URL(document.querySelector('.site-name img').currentSrc).pathname,
  ]`)) as [string, string];
  return [hex(colour), source];
}

function hex(computed: string): string {
  const channels = computed.match(/\d+/g) ?? [];
  return `#${channels
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`;
}
