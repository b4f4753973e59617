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
    ['a document nobody has asked for yet', () => `/incidents/${story.incidentSlug}`],
    ['a page that is not there', () => '/nothing-here'],
    ['a page with a form', () => '/subscribe'],
  ])('%s says that something failed, looks like ours, and asks to come again', async (_name, path) => {
    const response = await fetch(`${site.url}${path()}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.text()).toContain('Something failed on our side');
  });

  test('it is alive and says that it is not ready', async () => {
    expect((await fetch(`${site.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${site.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('database')]);
  });
});
