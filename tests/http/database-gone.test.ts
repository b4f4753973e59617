import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
let homeBefore: string;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  homeBefore = await vi.waitFor(
    async () => {
      const home = await (await fetch(`${site.url}/`)).text();
      expect(home).toContain('Index changes');
      expect(home).toContain('What happened to our customers');
      return home;
    },
    { timeout: 10_000, interval: 100 },
  );
  await site.app.store.close();
});
afterAll(() => site.close().catch(() => undefined));

describe('with the database gone', () => {
  test('what was pressed is still answered', async () => {
    const response = await fetch(`${site.url}/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(homeBefore);
  });

  test.each([
    ['a document nobody has asked for yet', () => `/statements/${story.statementSlug}/revisions/1`],
    ['a page with a form', () => '/subscribe'],
  ])('%s says that something failed, looks like ours, and asks to come again', async (_name, path) => {
    const response = await fetch(`${site.url}${path()}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.text()).toContain('Something failed on our side');
  });

  test('what no page of ours could be at is as little there as ever', async () => {
    expect((await fetch(`${site.url}/nothing-here`)).status).toBe(404);
  });

  test('it is alive and says that it is not ready', async () => {
    expect((await fetch(`${site.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${site.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('database')]);
  });

  test('after a quarter of a minute every page says as of when, in its language, and machines are told', async () => {
    await expect
      .poll(async () => (await fetch(`${site.url}/`)).text(), { timeout: 25_000, interval: 250 })
      .toContain('Our database does not answer. This page shows what we knew at');
    const [home, feed, ready] = await Promise.all(
      ['/', '/feed.atom', '/readyz'].map((path) => fetch(`${site.url}${path}`)),
    );
    expect(home?.headers.get('forthright-as-of')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(feed?.headers.get('forthright-as-of')).toBe(home?.headers.get('forthright-as-of'));
    expect(await feed?.text()).not.toContain('database');
    expect(await ready?.text()).toContain('press: shows what was known at');
  }, 40_000);
});
