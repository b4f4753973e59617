import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import { findPublishedIncident } from '#src/domain/incidents/queries.ts';
import { formatLocalMoment } from '#src/text/dates.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';
import { newVisitor, signInStaff, type Visitor } from '#tests/support/visitor.ts';

let site: TestSite;
let story: Story;
let leakTitle: string;
let browser: Browser;
let writer: Visitor;
let reader: Visitor;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const { db } = site.app;
  leakTitle = (await findPublishedIncident(db, story.incidentSlug))?.title ?? '';
  await addComponent(db, operator, { name: 'Matching' }, hoursAgo(200));
  const updates = [{ at: hoursAgo(3000), status: 'resolved', body: 'It was short.' }] as const;
  const long = {
    title: 'Mail came late',
    nature: 'service',
    impact: 'minor',
    startedAt: hoursAgo(3001),
  } as const;
  await backfillIncident(db, operator, { ...long, updates }, site.app.now());
  browser = await openBrowser();
  writer = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
  reader = await newVisitor(browser, site);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

const hoursAgo = (hours: number) => new Date(site.app.now().getTime() - hours * 3_600_000);
const local = (hours: number) => formatLocalMoment(hoursAgo(hours), 'UTC');
const path = (visitor: Visitor) => new URL(visitor.page.url()).pathname;

describe('the team, without scripts', () => {
  test('adds a past incident with two updates, is told what is wrong, and puts it right', async () => {
    await signInStaff(writer, site, story.writer);
    await writer.open('/admin/incidents');
    await writer.follow('Add a past one');
    const { page } = writer;
    await writer.look('admin-backfill');
    await writer.fill({ Title: 'Orders were refused', 'Since when \\(UTC\\)': local(120) });
    await page.getByLabel('The service').check();
    await page.locator('#at-0').fill(local(120));
    await page.locator('#body-0').fill('Every second order is refused.');
    await page.locator('#at-1').fill(local(130));
    await page.locator('#body-1').fill('Orders are taken again.');
    await page.locator('#status-1').selectOption('resolved');
    await page.locator('details.backfill-parts summary').first().click();
    await page.getByLabel('Matching').first().selectOption('Partial outage');
    await writer.press('Add it');
    expect(await writer.words()).toContain('Update 2 is not after the one before it');
    expect(await page.locator('#body-1').inputValue()).toBe('Orders are taken again.');
    writer.complaints.length = 0;
    await page.locator('#at-1').fill(local(118));
    await page.locator('details.backfill-parts summary').nth(1).click();
    await page.getByLabel('Matching').nth(1).selectOption('Operational');
    await writer.press('Add it');
    expect(await writer.words()).toContain('Nobody was notified');
  });

  test('says how it relates to another incident, and corrects what was wrong', async () => {
    const { page } = writer;
    await page.getByLabel('How it relates to another incident').selectOption('unrelated');
    await page.getByLabel('The other incident').selectOption({ label: leakTitle });
    await page.locator('#relation-reason').fill('it concerned another system');
    await writer.press('Say it');
    expect(await writer.words()).toContain('Not related to');
    await writer.follow('Correct this update');
    await writer.look('admin-correct');
    await writer.fill(
      { 'As it should read': 'All orders are taken again.', 'What was wrong': 'Only half were.' },
      'Correct it',
    );
    expect(await writer.words()).toContain('What it said before stays beside it');
    await writer.look('admin-incident');
  });

  test('writes the post-mortem, which somebody else publishes', async () => {
    await writer.follow('Write it');
    await writer.fill({
      Summary: 'A setting was changed by hand, and nobody tried it out before.',
      'What happened': 'Orders were refused for **two hours**.',
      'Why it happened': 'The setting was changed by hand.',
      'What we did': '- We took it back.',
      'What we change': '1. Settings are tried out first.',
    });
    await writer.press('Save');
    expect(await writer.words()).toContain('somebody else publishes it');
    await writer.look('admin-post-mortem');
    const publisher = await newVisitor(browser, site, { viewport: { width: 1280, height: 900 } });
    await signInStaff(publisher, site, story.owner);
    await publisher.open(path(writer));
    await publisher.press('Publish now');
    expect(await publisher.words()).toContain('The post-mortem is public.');
    await publisher.close();
  });

  test('discards a draft nobody needs', async () => {
    await writer.open('/admin/incidents/new');
    await writer.fill({ Title: 'A false alarm' });
    await writer.page.getByLabel('The service').check();
    await writer.press('Open the incident');
    await writer.press('Discard it');
    expect(await writer.words()).toContain('The draft is gone');
    expect(writer.complaints).toEqual([]);
  });
});

describe('somebody who reads', () => {
  test('sees what happened, what was put right and what it has nothing to do with', async () => {
    await reader.open('/incidents/orders-were-refused');
    await expect.poll(() => reader.words()).toContain('Read the post-mortem');
    const words = await reader.words();
    for (const said of ['Added afterwards', 'Lasted 2 hours', 'Not related to', 'Only half were.']) {
      expect(words).toContain(said);
    }
    await reader.page.locator('details summary').first().click();
    await reader.look('incident-service');
    await reader.follow('Read the post-mortem');
    await reader.look('post-mortem');
    await reader.open(`/incidents/${story.incidentSlug}`);
    await reader.look('incident-data');
  });

  test('leafs through the history by month', async () => {
    await reader.open('/history');
    await reader.look('history');
    await reader.page.locator('.months summary').click();
    await reader.look('history-months');
    expect(reader.complaints).toEqual([]);
  });
});
