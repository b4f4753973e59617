import type { Browser, Request } from 'playwright-core';
import { openBrowser } from '#tests/support/browser.ts';
import type { BenchOptions } from './run.ts';
import { round, say, table, type Row } from './support/figures.ts';
import { publicPages } from './support/pages.ts';
import { freePort } from './support/ports.ts';
import { settled, siteSettings, startSite } from './support/site.ts';
import { inFolder } from './support/tools.ts';
import { fullWorld, makeWorld } from './world.ts';

/** Bytes and requests of every public page in a browser that has nothing of it yet, with and without scripts. */
export async function measure(_: BenchOptions): Promise<void> {
  await inFolder(async (folder) => {
    const settings = siteSettings(folder, await freePort());
    await makeWorld({ dataDir: settings['DATA_DIR'] ?? '' }, fullWorld, new Date());
    const site = await startSite(settings);
    const browser = await openBrowser();
    try {
      await settled(site.url);
      const rows: Row[] = [];
      for (const [page, path] of Object.entries(publicPages)) {
        for (const scripts of [true, false])
          rows.push({
            page,
            scripts: scripts ? 'on' : 'off',
            ...(await weigh(browser, site.url + path, scripts)),
          });
      }
      say(table(rows));
      say(
        '\nTo reach: home 14 kB at most in 3 requests at most. kB are 1,000 bytes of bodies as they were sent, compressed;',
      );
      say('words are what a reader sees: as many without scripts as with them.');
    } finally {
      await browser.close();
      await site.stop();
    }
  });
}

async function weigh(browser: Browser, url: string, scripts: boolean): Promise<Row> {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width: 390, height: 844 },
  });
  try {
    const page = await context.newPage();
    const received: Request[] = [];
    page.on('requestfinished', (request) => {
      if (!request.url().startsWith('data:')) received.push(request);
    });
    const response = await page.goto(url, { waitUntil: 'networkidle' });
    const sizes = await Promise.all(
      received.map(async (request) => (await request.sizes()).responseBodySize),
    );
    const ofPage = received.findIndex((request) => request.isNavigationRequest());
    return {
      status: response?.status() ?? 0,
      requests: received.length,
      'kB in all': round(sizes.reduce((sum, bytes) => sum + bytes, 0) / 1000, 1),
      'kB of the page': round((sizes[ofPage] ?? 0) / 1000, 1),
      words: (await page.locator('body').innerText()).split(/\s+/).length,
    };
  } finally {
    await context.close();
  }
}
