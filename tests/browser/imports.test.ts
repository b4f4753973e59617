import type { Browser } from 'playwright-core';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exposureImports } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { listExposureLists } from '#src/domain/exposures/queries.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { cookieName } from '#src/http/cookies.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { enrolledStaff } from '#tests/support/story.ts';
import { newVisitor, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let browser: Browser;
let session: string;

beforeAll(async () => {
  site = await startSite();
  const { app } = site;
  const incident = { title: 'Addresses were visible', nature: 'data', impact: 'major' } as const;
  await openIncident(app.db, operator, incident, app.now());
  const person = { name: 'Tom', title: '', role: 'editor', address: 'tom@harbourline.example' } as const;
  ({ sessionToken: session } = await enrolledStaff(app, person));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** Somebody of the team whose browser runs scripts unless told otherwise. */
async function writer(scripts = true): Promise<Visitor> {
  const visitor = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
  const context = visitor.page.context();
  await context.addCookies([
    { name: cookieName('staff', site.settings.publicUrl), value: session, url: site.url },
  ]);
  if (scripts) await visitor.scripts(true);
  return visitor;
}

/** As slow as a phone's network, so that there is something to see. */
async function slowDown({ page }: Visitor, bytesPerSecond: number): Promise<void> {
  const debug = await page.context().newCDPSession(page);
  await debug.send('Network.enable');
  await debug.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

let made = 0;
function people(count: number): Buffer {
  made += 1;
  const lines = Array.from({ length: count }, (_, index) => `person${index}.${made}@example.org\n`);
  return Buffer.from(`address\n${lines.join('')}`);
}

async function choose({ page }: Visitor, buffer: Buffer, name = 'leaked.csv'): Promise<void> {
  await page.goto('/admin/exposures/new');
  await page.getByLabel('Data incident').selectOption({ index: 1 });
  await page.getByLabel('The leaked mailing').setInputFiles({ name, mimeType: 'text/csv', buffer });
}

const said = (visitor: Visitor) => visitor.words().catch(() => '');
const pathOf = ({ page }: Visitor) => new URL(page.url()).pathname;
const lists = async () => (await listExposureLists(site.app.db)).length;

describe('An import, with scripts', () => {
  test('shows a bar with bytes and rows while it is sent, then its own page, without loading it again and again', async () => {
    const visitor = await writer();
    await choose(visitor, people(100_000));
    await slowDown(visitor, 400_000);
    await visitor.press('Read the files');
    await expect.poll(() => said(visitor), { timeout: 15_000 }).toMatch(/MB of \d\.\d MB sent \(\d+ %\)/);
    await expect.poll(() => said(visitor), { timeout: 15_000 }).toMatch(/Read so far: [\d,]+ rows/);
    expect(await said(visitor)).toContain('leaked.csv');
    expect(pathOf(visitor)).toBe('/admin/exposures/new');
    expect(await visitor.page.getByRole('button', { name: 'Read the files' }).isVisible()).toBe(false);
    await visitor.look('import-sending', { scripts: true });
    await slowDown(visitor, -1);
    await visitor.page.waitForURL(/\/admin\/exposures\/imports\/[a-z0-9]{12}/, { timeout: 30_000 });
    await expect.poll(() => said(visitor), { timeout: 60_000 }).toContain('Imported as version 1');
    expect(new URL(visitor.page.url()).search).toBe('');
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
  }, 120_000);

  test('comes back to the form with its files when it is cancelled while it is sent', async () => {
    const before = await lists();
    const visitor = await writer();
    await choose(visitor, people(50_000));
    await slowDown(visitor, 100_000);
    await visitor.press('Read the files');
    await expect.poll(() => said(visitor), { timeout: 15_000 }).toMatch(/Read so far: [\d,]+ rows/);
    await visitor.press('Cancel');
    await expect.poll(() => said(visitor)).toContain('Cancelled. Nothing was imported.');
    const chosen = visitor.page.getByLabel('The leaked mailing');
    expect(await chosen.evaluate((input: HTMLInputElement) => input.files?.length)).toBe(1);
    await expect.poll(lastState, { timeout: 10_000 }).toBe('cancelled');
    expect(await lists()).toBe(before);
    await visitor.close();
  }, 60_000);

  test('says beside the form what is wrong with it, and keeps the files', async () => {
    const visitor = await writer();
    await choose(visitor, people(10));
    await visitor.page.getByLabel('Title of a new incident').fill('Not that one');
    await visitor.press('Read the files');
    await expect.poll(() => said(visitor)).toContain('choose a new incident above');
    const chosen = visitor.page.getByLabel('The leaked mailing');
    expect(await chosen.evaluate((input: HTMLInputElement) => input.files?.length)).toBe(1);
    // And the form that came back is sent as well as the first.
    await visitor.page.getByLabel('Title of a new incident').fill('');
    await visitor.press('Read the files');
    await expect.poll(() => said(visitor), { timeout: 20_000 }).toContain('Imported as version');
    await visitor.close();
  }, 60_000);

  test('goes to the refusal at once, though most of the file has not been sent', async () => {
    const visitor = await writer();
    await choose(visitor, Buffer.from(`name\n${'x'.repeat(99)}\n`.repeat(100_000)));
    await slowDown(visitor, 200_000);
    await visitor.press('Read the files');
    await expect.poll(() => said(visitor), { timeout: 15_000 }).toMatch(/The files were refused.*line 1/);
    expect(pathOf(visitor)).toMatch(/^\/admin\/exposures\/imports\//);
    await visitor.close();
  }, 60_000);

  test('ends when the browser is closed while it sends', async () => {
    const visitor = await writer();
    await choose(visitor, people(50_000));
    await slowDown(visitor, 100_000);
    await visitor.press('Read the files');
    await expect.poll(() => said(visitor), { timeout: 15_000 }).toMatch(/Read so far: [\d,]+ rows/);
    await visitor.close();
    await expect.poll(lastState, { timeout: 10_000 }).toBe('cancelled');
  }, 60_000);
});

describe('The page of an import under way', () => {
  const IMPORT = 'pageunderway';
  const figures = {
    phase: 'reading' as const,
    rows: 1_234_567,
    rowsPerSecond: 85_000,
    secondsLeft: 95,
    share: 0.42,
  };

  beforeAll(async () => {
    const { app } = site;
    await app.db.insert(exposureImports).values({
      id: IMPORT,
      incidentSlug: 'addresses-were-visible',
      incidentTitle: 'Addresses were visible',
      dryRun: false,
      startedBy: (await app.db.select().from(exposureImports))[0]?.startedBy ?? '',
      startedAt: app.now(),
      state: 'working',
      figures,
      files: [
        { name: 'delivery.csv', bytes: 48_213 },
        { name: 'leaked-mailing-of-the-first-of-november.mbox', bytes: 1_834_000_000 },
      ],
      // It stays under way for as long as these tests.
      touchedAt: new Date(app.now().getTime() + 600_000),
    });
  });

  test.each([
    [true, 'import-page'],
    [false, 'import-page-without-scripts'],
  ])(
    'says phase, rows, rate and time left (scripts: %s)',
    async (scripts, name) => {
      const visitor = await writer(scripts);
      await visitor.open(`/admin/exposures/imports/${IMPORT}${scripts ? '' : '?refresh=off'}`);
      if (scripts) await visitor.page.waitForURL(/\?live$/);
      const words = await said(visitor);
      for (const part of ['42 %', '1,234,567 rows', '85,000 a second', 'about 2 minutes left', '1.83 GB']) {
        expect(words).toContain(part);
      }
      await visitor.look(name, { scripts });
      await visitor.open('/admin/exposures');
      expect(await said(visitor)).toMatch(/under way.*1,234,567 rows.*Under way, 42 %/);
      await visitor.look(`${name}-listed`, { scripts });
      await visitor.close();
    },
    60_000,
  );

  test('follows what happens, and keeps the focus where it was', async () => {
    const visitor = await writer();
    await visitor.open(`/admin/exposures/imports/${IMPORT}`);
    await visitor.page.waitForURL(/\?live$/);
    const button = visitor.page.getByRole('button', { name: 'Cancel the import' });
    await button.focus();
    await site.app.db.update(exposureImports).set({ figures: { ...figures, share: 0.5 } });
    await expect.poll(() => said(visitor)).toContain('50 %');
    expect(await visitor.page.title()).toMatch(/^50 % · /);
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    await delay(1500);
    const ended = { state: 'failed', message: 'It failed for a reason.', endedAt: new Date() } as const;
    await site.app.db.update(exposureImports).set(ended);
    await expect.poll(() => said(visitor)).toContain('It failed for a reason.');
    expect(new URL(visitor.page.url()).search).toBe('');
    await visitor.look('import-failed', { scripts: true });
    await visitor.close();
  }, 30_000);
});

async function lastState(): Promise<string | undefined> {
  const rows = await site.app.db.select().from(exposureImports);
  return rows.sort((one, other) => other.startedAt.getTime() - one.startedAt.getTime())[0]?.state;
}
