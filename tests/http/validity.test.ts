import { HtmlValidate } from 'html-validate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { site as siteTable } from '#db/schema/index.ts';
import { touch } from '#src/domain/editions.ts';
import { cookieName } from '#src/http/cookies.ts';
import { crawl, type Crawled } from '#tests/support/crawl.ts';
import { customerSession } from '#tests/support/sessions.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    // How the source looks, which nobody reads: the templates are compressed.
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'attr-quotes': 'off',
    'doctype-style': 'off',
    // Safari takes a list without bullets for no list unless it is told.
    'no-redundant-role': 'off',
    // A title is as long as people write it.
    'long-title': 'off',
    // A button in a form sends it: what it does when nobody says otherwise is what ours are for.
    'no-implicit-button-type': 'off',
    // Rows of a form, and boxes of a group, have their names in common.
    'form-dup-name': 'off',
    // A table that scrolls, or a mail as it is shown, is no section with a heading of its own.
    'prefer-native-element': ['error', { exclude: ['region', 'article'] }],
    // Everything comes from this site.
    'require-sri': 'off',
  },
});

let site: TestSite;
let story: Story;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  await site.app.db.transaction(async (tx) => {
    await tx.update(siteTable).set({ languages: ['es'] });
    await touch(tx, ['site']);
  });
  // The press hears of it a moment later.
  for (let tries = 0; tries < 100 && (await fetch(`${site.url}/es`)).status !== 200; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
});
afterAll(() => site.close());

/** What is wrong with each page, in a line. */
async function mistakes(pages: readonly Crawled[]): Promise<string[]> {
  const found: string[] = [];
  for (const { path, type, body } of pages) {
    if (!type.startsWith('text/html')) continue;
    const report = await validator.validateString(body);
    for (const { ruleId, message, line, column } of report.results.flatMap(({ messages }) => messages)) {
      const near = (body.split('\n')[line - 1] ?? '').slice(Math.max(0, column - 40), column + 60);
      found.push(`${path} ${ruleId}: ${message} … ${near}`);
    }
  }
  return [...new Set(found)];
}

/** A page without a first heading or with two, and a heading that leaves a level out. */
function headingsAmiss({ path, type, body }: Crawled): string[] {
  if (!type.startsWith('text/html')) return [];
  const levels = [...body.matchAll(/<h([1-6])\b/g)].map((match) => Number(match[1]));
  const jumps = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
  const firsts = levels.filter((level) => level === 1).length;
  return firsts === 1 && jumps.length === 0 ? [] : [`${path}: ${levels.join(' ')}`];
}

const notReachable = (pages: readonly Crawled[]) =>
  pages
    .filter(({ status }) => status >= 400)
    .map(({ path, from, status }) => `${path} ${status}, linked from ${from}`);
const isForReaders = (path: string) => !/^(?:\/es)?\/(?:admin|my|sign-out|api)(?:\/|$)/.test(path);

describe('every page that is linked', () => {
  test.each([
    { language: 'English', prefix: '' },
    { language: 'Spanish', prefix: '/es' },
  ])('for the public is there and valid in $language', async ({ prefix }) => {
    const from = [
      prefix || '/',
      ...[
        '/search',
        '/search?q=mail',
        '/search?q=nowhere-at-all',
        '/search?q=the',
        '/subscribe',
        '/sign-in',
        `/statements/${story.statementSlug}/revisions/1`,
      ].map((path) => prefix + path),
    ];
    const pages = await crawl(site, { from, follow: isForReaders });
    expect(pages.length).toBeGreaterThan(10);
    expect(notReachable(pages)).toEqual([]);
    expect(await mistakes(pages)).toEqual([]);
    expect(pages.flatMap(headingsAmiss)).toEqual([]);
  });

  test('for a customer is there and valid, in both languages', async () => {
    const session = await customerSession(site, story.exposed);
    const cookie = `${cookieName('customer', site.settings.publicUrl)}=${session}`;
    const own = (path: string) => /^(?:\/es)?\/my(?:\/|$)/.test(path);
    const pages = await crawl(site, { from: ['/my', '/es/my'], cookie, follow: own });
    expect(pages.length).toBeGreaterThan(5);
    expect(notReachable(pages)).toEqual([]);
    expect(await mistakes(pages)).toEqual([]);
  });

  test('for staff is there and valid', async () => {
    const cookie = `${cookieName('staff', site.settings.publicUrl)}=${story.owner.sessionToken}`;
    const desk = (path: string) => /^\/admin(?:\/|$)/.test(path);
    const pages = await crawl(site, { from: ['/admin'], cookie, follow: desk });
    expect(pages.length).toBeGreaterThan(20);
    expect(notReachable(pages)).toEqual([]);
    expect(await mistakes(pages)).toEqual([]);
  });

  test('and the page for what is not there is valid too', async () => {
    const pages = await crawl(site, { from: ['/nothing-here', '/es/nothing-here'], follow: () => false });
    expect(pages.map(({ status }) => status)).toEqual([404, 404]);
    expect(await mistakes(pages)).toEqual([]);
  });
});
