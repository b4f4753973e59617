import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPublicFaqs } from '#src/domain/faqs/queries.ts';
import { redactRevision } from '#src/domain/statements/redaction.ts';
import { statementText } from '#tests/support/full-statement.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { correctStatement, offerSpanish, translateToSpanish } from '#tests/support/statement-site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
let statementId: string;
let page: string;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  statementId = await correctStatement(site, story, statementText(), 'The number of people is counted now.');
  await offerSpanish(site, story);
  page = `/statements/${story.statementSlug}`;
});
afterAll(() => site.close());

const get = (path: string) => fetch(`${site.url}${path}`, { redirect: 'manual' });
const textOf = async (path: string) => (await get(path)).text();
/** What a reader reads: without tags, in one line. */
const wordsOf = async (path: string) =>
  (await textOf(path))
    .replace(/<(?:script|style)\b.*?<\/(?:script|style)>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the page of a statement', () => {
  test('shows every field, and those of the text', async () => {
    await expect.poll(() => wordsOf(page)).toContain('18,214 people');
    const words = await wordsOf(page);
    for (const said of [
      'Email addresses, some of them with a first and a last name',
      'Passwords, balances, trades, identity documents',
      'in place of 17,900, said on 1 November',
      '17,000 to 18,300 records',
      'Mail that bounced',
      'Up to 999 other customers',
      'asked to delete it on 2 November',
      'Deceptive mail that names us.',
      'Who has read the mail',
      'We counted first',
      '1 November 2019 : The mails that had not left',
      'Do not trust mail that names us',
      'Do this now.',
      'What we will never ask of you',
      'Data Protection Commission',
      'DPC-4711',
      'Harbourline Exchange Ltd',
      'Everybody who had an account',
      'Approved by Ines Okafor',
    ]) {
      expect(words).toContain(said);
    }
  });

  test('has a table of contents whose links lead somewhere', async () => {
    const html = await textOf(page);
    const anchors = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id ?? '');
    expect(anchors).toContain('what-you-can-do');
    for (const id of anchors) expect(html).toContain(`id="${id}"`);
  });

  test('says by itself that the promised update is late, once it is', async () => {
    const late = /We promised an update by 8 November 2019, 12:00 UTC ?\. It has not come yet\./;
    await expect.poll(() => wordsOf(page), { timeout: 20_000 }).toMatch(late);
  });

  test('has the promise repeated on the home page, on the incident’s, and in our API', async () => {
    const late = /We promised an update by 8 November 2019, 12:00 UTC ?\. It has not come yet\./;
    for (const path of ['/', `/incidents/${story.incidentSlug}`]) {
      await expect.poll(() => wordsOf(path), { timeout: 10_000 }).toMatch(late);
      expect(await textOf(path)).toContain('<time datetime="2019-11-08T12:00:00.000Z">');
    }
    const missed = { at: '2019-11-08T12:00:00.000Z', missed_at: expect.any(String) as string };
    const api = (path: string) => get(`/api/forthright/v1${path}.json`).then((answer) => answer.json());
    expect(await api(`/incidents/${story.incidentSlug}`)).toMatchObject({
      incident: { next_update: missed },
    });
    expect(await api(`/statements/${story.statementSlug}`)).toMatchObject({
      statement: { times: { next_update: missed } },
    });
  });

  test('gives every time as one that programs read', async () => {
    const html = await textOf(page);
    expect(html).toContain('<strong><time datetime="2019-11-01">1 November 2019</time></strong>');
    expect(html).toMatch(/Data Protection Commission \(<time datetime="[^"]+">/);
    expect(html).toMatch(/counted, as of <time datetime="[^"]+">/);
    expect(html).not.toMatch(/[\uE0F0-\uE0F2]/);
  });

  test('says the same in the plain text, whose hash it shows', async () => {
    const text = await textOf(`${page}.txt`);
    expect(text).toContain('**18,214 people**');
    const hash = createHash('sha256').update(text, 'utf8').digest('hex');
    expect(await textOf(page)).toContain(hash);
  });

  test('has a card, the same bytes each time, which its head names', async () => {
    const html = await textOf(page);
    expect(html).toContain(`<meta property="og:image" content="${site.url}${page}/card.png"`);
    expect(html).toContain('<meta name="twitter:card" content="summary_large_image"');
    const card = await get(`${page}/card.png`);
    expect(card.headers.get('content-type')).toBe('image/png');
    const bytes = Buffer.from(await card.arrayBuffer());
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1200, 630]);
    expect((await get('/statements/none/card.png')).status).toBe(404);
  });
});

describe('what changed', () => {
  test('is shown word by word, and said aloud', async () => {
    const html = await textOf(`${page}/revisions/2/changes`);
    expect(html).toMatch(/<ins>.*?Put in:.*?<\/ins>/s);
    expect(html).toMatch(/<del>.*?Taken out:.*?<\/del>/s);
    expect(html).toContain('The number of people is counted now.');
  });

  test.each(['1/changes', '3/changes', '0/changes', 'x/changes'])(
    'of revision %s is not there',
    async (path) => {
      expect((await get(`${page}/revisions/${path}`)).status).toBe(404);
    },
  );
});

describe('in another language', () => {
  test('the original stands with a note until it is translated', async () => {
    const html = await textOf(`/es${page}`);
    expect(html).toContain('Aún sin traducir');
    expect(html).toMatch(/<article[^>]* lang="en"/);
    expect(await textOf(`/es${page}.txt`)).toContain('Language: en\n');
  });

  test('then the translation, with its own plain text', async () => {
    const { hash } = await translateToSpanish(site, story, 'statement', statementId);
    await expect.poll(() => textOf(`/es${page}`), { timeout: 8000 }).toContain('ES: What happened');
    const html = await textOf(`/es${page}`);
    expect(html).not.toContain('Aún sin traducir');
    expect(html).not.toMatch(/<article[^>]* lang=/);
    expect(html).toContain(`SHA-256 de esta traducción: ${hash}`);
    const text = await textOf(`/es${page}.txt`);
    expect(text).toContain('Language: es\n');
    expect(text).toContain('## Qué ocurrió');
    expect(createHash('sha256').update(text, 'utf8').digest('hex')).toBe(hash);
    expect(await textOf(page)).not.toContain('ES: ');
  });

  test('lists show the translated title, and until then the original, which says its language', async () => {
    const title = statementText().title;
    for (const path of ['/es', `/es/incidents/${story.incidentSlug}`, '/es/history']) {
      await expect.poll(() => textOf(path), { timeout: 8000 }).toContain(`ES: ${title}`);
      const html = await textOf(path);
      expect(html).toMatch(new RegExp(`href="/es${page}"\\s*>\\s*ES: `));
      expect(html).toContain('lang="en" dir="auto"');
    }
    expect(await textOf('/')).not.toMatch(/ES: |lang="en" dir="auto"/);
  });

  test('a question is shown translated, until its answer changes', async () => {
    const [faq] = await listPublicFaqs(site.app.db);
    expect(await textOf('/es/faqs')).toContain('Aún sin traducir');
    await translateToSpanish(site, story, 'faq', faq?.id ?? '');
    await expect.poll(() => textOf('/es/faqs'), { timeout: 8000 }).toContain('ES: Was my address shown?');
  });

  test('after a correction the old translation is not passed off as current', async () => {
    const text = { ...statementText(), summary: 'A second correction.' };
    await correctStatement(site, story, text, 'The summary was too long.');
    await expect.poll(() => textOf(`/es${page}`), { timeout: 8000 }).toContain('A second correction.');
    const html = await textOf(`/es${page}`);
    expect(html).toContain('Aún sin traducir');
    expect(html).not.toContain('ES: ');
    expect(await textOf(`/es${page}/revisions/2`)).toContain('ES: ');
  });
});

describe('a redacted revision', () => {
  test('loses its text on its page and as plain text; its hash, its time and the reason stay', async () => {
    const before = await textOf(`${page}/revisions/2.txt`);
    const hash = createHash('sha256').update(before, 'utf8').digest('hex');
    const reason = 'It named somebody who is not concerned.';
    const redaction = { statementId, number: 2, reason };
    await redactRevision(site.app.db, story.owner.member, redaction, site.app.now());
    await expect
      .poll(() => textOf(`${page}/revisions/2.txt`), { timeout: 8000 })
      .toContain(`Reason: ${reason}`);
    const text = await textOf(`${page}/revisions/2.txt`);
    expect(text).toContain(`Hash: ${hash}`);
    for (const path of [
      `${page}/revisions/2`,
      `${page}/revisions/2.txt`,
      `${page}/revisions/3/changes`,
      `/es${page}/revisions/2`,
    ]) {
      expect(await textOf(path)).not.toContain('Mail that bounced');
    }
    expect(await wordsOf(`${page}/revisions/2`)).toContain(reason);
    expect(await textOf(page)).toContain(hash);
  });
});
