import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { site as demoSite, statementText } from '#db/demo/story.ts';
import { inviteFirstOwner } from '#src/domain/accounts/commands.ts';
import { operator } from '#src/domain/actors.ts';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { openBrowser } from '#tests/support/browser.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { enrolledStaff, type StaffWithSecrets } from '#tests/support/story.ts';
import { newVisitor, signInStaff, type Visitor } from '#tests/support/visitor.ts';

const PEOPLE = 3000;
const mailing = [
  'address,batch,delivered',
  ...Array.from({ length: PEOPLE }, (_, index) => `person${index}@example.org,${(index % 3) + 1},yes`),
  '',
].join('\n');

let site: TestSite;
let browser: Browser;
let tom: StaffWithSecrets;
/** Writes. */
let writer: Visitor;
/** The first owner: approves and publishes. */
let owner: Visitor;
/** Releases: whoever published may not. */
let releaser: Visitor;

beforeAll(async () => {
  site = await startSite();
  const { app } = site;
  await editSite(app.db, operator, demoSite, app.now());
  await addComponent(app.db, operator, { name: 'Trading engine' }, app.now());
  browser = await openBrowser();
  [writer, owner, releaser] = await Promise.all([
    newVisitor(browser, site, { viewport: { width: 1280, height: 900 } }),
    newVisitor(browser, site),
    newVisitor(browser, site, { viewport: { width: 1280, height: 900 } }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

describe('the team', () => {
  test('begins with a one-time link: second factor and recovery codes before anything else', async () => {
    const { app } = site;
    const link = await inviteFirstOwner(app.db, app.keys, app.settings.publicUrl, app.now());
    await owner.open(new URL(link ?? '').pathname);
    await owner.look('set-up');
    const secret =
      /\b[A-Z2-7]{4}(?: ?[A-Z2-7]{4}){7}\b/.exec(await owner.words())?.[0].replaceAll(' ', '') ?? '';
    expect(secret).toHaveLength(32);
    await owner.fill({
      'Your name': 'Ines Okafor',
      'Your title': 'Head of Communications',
      'Email address': 'ines@harbourline.example',
      'Code from the app': totpCode(secret, app.now()),
    });
    await owner.press('Set up and sign in');
    const codes = (await owner.words()).match(/\b[A-Z0-9]{4}(?:-[A-Z0-9]{4})+\b/g) ?? [];
    expect(new Set(codes).size).toBe(10);
    await owner.look('recovery-codes');
    await owner.follow('I have kept them: go on');
    await owner.look('today-empty');
    expect(new URL(owner.page.url()).pathname).toBe('/admin');
  });

  test('signs in with a mailed code and the second factor', async () => {
    const { app } = site;
    tom = await enrolledStaff(app, {
      name: 'Tom',
      title: 'Communications',
      role: 'editor',
      address: 'tom@harbourline.example',
    });
    const ana = await enrolledStaff(app, {
      name: 'Ana',
      title: '',
      role: 'approver',
      address: 'ana@harbourline.example',
    });
    await signInStaff(writer, site, tom);
    await signInStaff(releaser, site, ana);
    await owner.open('/admin/staff');
    await owner.look('team');
    expect(await owner.words()).not.toContain('tom@harbourline.example');
  });
});

describe('an incident', () => {
  test('is opened by the writer and public with its first update', async () => {
    await writer.open('/admin/incidents/new');
    await writer.look('open-incident');
    await writer.page.getByLabel('Title').fill('Addresses were visible');
    await writer.page.locator('input[name=nature][value=data]').check();
    await writer.press('Open the incident');
    await writer.look('incident-draft');
    expect(await (await fetch(`${site.url}/`)).text()).not.toContain('Addresses were visible');
    await writer.page
      .getByLabel('What readers need to know now')
      .fill('A mail showed many addresses. We **stopped** it.');
    await writer.press('Post it and make the incident public');
    await writer.look('incident-public');
    await expect.poll(async () => (await fetch(`${site.url}/`)).text()).toContain('<strong>stopped</strong>');
  });
});

describe('the list of a leaked mailing', () => {
  test('is uploaded, read as it arrives, and reported in counts', async () => {
    await writer.open('/admin/exposures/new');
    await writer.look('import');
    await writer.page.getByLabel('Data incident').selectOption({ index: 1 });
    await writer.page
      .getByLabel('The leaked mailing')
      .setInputFiles({ name: 'leaked.csv', mimeType: 'text/csv', buffer: Buffer.from(mailing) });
    await writer.press('Read the files');
    // The page renews itself while the work goes on, at times in the middle of this.
    await expect
      .poll(() => writer.words().catch(() => ''), { timeout: 15_000 })
      .toContain('Imported as version 1');
    expect(await writer.words()).toContain('3,000');
    await writer.look('import-report');
    await writer.follow('Open the list');
    await writer.look('list-draft');
    expect(await writer.words()).toContain('3,000');
    expect(await writer.words()).not.toContain('person1@example.org');
  });

  test('a file that makes no sense is refused with the line and the reason, and changes nothing', async () => {
    await releaser.open('/admin/exposures/new');
    await releaser.page.getByLabel('Data incident').selectOption({ index: 1 });
    await releaser.page.getByLabel('The leaked mailing').setInputFiles({
      name: 'leaked.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('mail,batch\na@example.org,1\n'),
    });
    await releaser.press('Read the files');
    await expect
      .poll(() => releaser.words().catch(() => ''), { timeout: 15_000 })
      .toMatch(/The files were refused.*line 1.*address/i);
    await releaser.look('import-refused');
  });

  test('is put in force by a second person, and closed', async () => {
    await owner.open('/admin/exposures');
    await owner.look('lists');
    await owner.page.locator('main table a').first().click();
    await owner.press('Put this list in force');
    await owner.press('Close the list');
    expect(await owner.words()).toMatch(/closed/i);
    await owner.look('list-closed');
  });
});

describe('a statement', () => {
  const soon = new Date(Date.now() + 48 * 3_600_000).toISOString().slice(0, 16);
  const text = statementText({
    occurredAt: '',
    occurredUntil: '',
    awareAt: '',
    containedAt: '',
    counted: 6,
    countedAt: '',
    authorityToldAt: '',
    nextUpdateAt: '',
    day: '1 November',
  });
  let path: string;

  test('is written in Markdown and previewed as page, mail and plain text', async () => {
    await writer.open('/admin/statements/new');
    await writer.page.getByLabel('Title').fill('What happened');
    await writer.press('Begin writing');
    path = new URL(writer.page.url()).pathname.replace(/\/edit$/, '');
    await writer.look('write');
    await writer.fill({
      Summary: text.summary,
      'What happened': text.whatHappened,
      'What information was involved': 'No personal *information*\nwas disclosed.',
      'What we are doing': text.whatWeAreDoing,
      'What you can do': text.whatYouCanDo,
      'For more information': text.forMoreInformation,
      'Next update at': soon,
      'Who says it': text.authorName,
      'Their role': text.authorTitle,
    });
    await writer.press('Save and preview');
    await writer.look('preview');
    expect(await writer.words()).toContain('A mail we sent put the addresses');
  });

  test('that says no personal information was disclosed is blocked, with the figures of the list', async () => {
    const words = await writer.words();
    expect(words).toContain('3,000');
    await writer.press('Submit for review');
    await owner.open(path);
    expect(await owner.words()).toContain('3,000');
    expect(await owner.page.getByRole('button', { name: 'Approve this version' }).count()).toBe(0);
    await owner.look('blocked');
  });

  test('is mended, submitted, and approved by another person than its writer', async () => {
    await writer.open(`${path}/edit`);
    await writer.fill({ 'What information was involved': text.whatInformation });
    await writer.press('Save and preview');
    await writer.press('Submit for review');
    expect(await writer.page.getByRole('button', { name: 'Approve this version' }).count()).toBe(0);
    await owner.open(path);
    await owner.look('review');
    await owner.press('Approve this version');
    await owner.look('approved');
  });

  test('is published at once on the page; nothing is mailed', async () => {
    await owner.open(`${path}/publish`);
    await owner.look('publish');
    await owner.press('Publish now');
    await owner.look('published');
    await expect.poll(async () => (await fetch(`${site.url}/statements/what-happened`)).status).toBe(200);
    expect((await site.mails()).some((mail) => mail.to.startsWith('person'))).toBe(false);
  });
});

describe('the broadcast', () => {
  test('may not be released by whoever published', async () => {
    await owner.open('/admin/broadcasts');
    await owner.look('broadcasts');
    await owner.page.locator('main table a').first().click();
    expect(await owner.page.getByRole('button', { name: /^Release/ }).count()).toBe(0);
    await owner.look('broadcast-own');
  });

  test('is released by a second person, its count goes up, and it is stopped in the middle', async () => {
    await releaser.open('/admin/broadcasts');
    const rows = releaser.page.locator('main tbody tr').filter({ hasText: /duty/i });
    await rows.locator('a').first().click();
    await releaser.look('broadcast-draft');
    await releaser.page.getByRole('button', { name: /^Release to/ }).click();
    const sent = async () => {
      return Number(
        /([\d,]+) of 3,000/.exec(await releaser.words().catch(() => ''))?.[1]?.replaceAll(',', '') ?? 0,
      );
    };
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(0);
    await releaser.press('Stop sending');
    await releaser.look('stopped');
    const left = await outboxCount();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // One batch may have been in flight when the stop was committed.
    expect((await outboxCount()) - left).toBeLessThanOrEqual(100);
    expect(await outboxCount()).toBeLessThan(PEOPLE);
  });

  test('resumes exactly there, and everybody has it once, each alone', async () => {
    await releaser.press('Resume sending');
    await expect.poll(outboxCount, { timeout: 60_000, interval: 500 }).toBe(PEOPLE);
    const mails = (await site.mails()).filter((mail) => mail.to.startsWith('person'));
    expect(new Set(mails.map((mail) => mail.to)).size).toBe(PEOPLE);
    expect(mails.every((mail) => mail.recipients === 1)).toBe(true);
    expect(mails[0]?.subject).toBe('What happened');
    expect(mails[0]?.raw).not.toMatch(/^List-Unsubscribe/m);
    // The page refreshes itself while something is sent, at times in the middle of this.
    await expect.poll(() => releaser.words().catch(() => ''), { timeout: 15_000 }).toMatch(/Done/);
    await releaser.look('done');
  }, 90_000);

  const outboxCount = async () => (await site.mails()).filter((mail) => mail.to.startsWith('person')).length;
});

describe('and the rest of the desk', () => {
  test('a question is answered, a notice posted, a component’s status set, by plain forms', async () => {
    await writer.open('/admin/faqs/new');
    await writer.page.getByLabel('Question').fill('Was mine among them?');
    await writer.page.getByLabel('Answer').fill('Sign in to see.');
    await writer.page.getByLabel('Category').fill('About you');
    await writer.press('Save the draft');
    await owner.open(new URL(writer.page.url()).pathname);
    await owner.look('question');
    await owner.press('Publish now');
    await writer.open('/admin/notices/new');
    await writer.page.getByLabel('Title').fill('Index changes');
    await writer.page.getByLabel(/In effect from/).fill('2027-01-01T08:00');
    await writer.page.getByLabel('Text').fill('From the next roll.');
    await writer.press('Save the draft');
    await owner.open(new URL(writer.page.url()).pathname);
    await owner.look('notice-draft');
    await owner.press('Publish now');
    await writer.open('/admin/components');
    await writer.look('components');
    await writer.page
      .getByLabel('Status of Trading engine', { exact: true })
      .selectOption('degraded_performance');
    await writer.press('Set the status of Trading engine');
    await expect.poll(async () => (await fetch(`${site.url}/faqs`)).text()).toContain('Was mine among them?');
    await expect.poll(async () => (await fetch(`${site.url}/`)).text()).toContain('Index changes');
    await expect.poll(async () => (await fetch(`${site.url}/`)).text()).toContain('Degraded performance');
  });

  test('nothing was refused by the policy, nothing went elsewhere, and the log has no address', async () => {
    const complaints = [writer, owner, releaser].flatMap((visitor) => visitor.complaints);
    expect(complaints).toEqual([]);
    expect(site.logged.join('\n')).not.toContain('@');
  });
});
