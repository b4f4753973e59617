import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { incidents, maintenances, notices } from '#db/schema/index.ts';
import { cookieName } from '#src/http/cookies.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

const HOUR_MS = 3_600_000;
const COUNT = 250;

let site: TestSite;
let story: Story;
let cookie: string;
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  cookie = `${cookieName('staff', site.settings.publicUrl)}=${story.owner.sessionToken}`;
  const { db, now } = site.app;
  const begin = now().getTime();
  const at = (index: number) => new Date(begin - (index + 1) * 1000 * HOUR_MS);
  const numbered = Array.from({ length: COUNT }, (_, index) => index);
  const past = (index: number) => ({ createdAt: at(index), updatedAt: at(index), publishedAt: at(index) });
  await db.insert(incidents).values(
    numbered.map((index) => ({
      id: `past-${index}`,
      slug: `past-${index}`,
      title: `Past incident ${index}`,
      nature: 'service' as const,
      impact: 'minor' as const,
      startedAt: at(index),
      endedAt: index === COUNT - 1 ? null : at(index),
      ...past(index),
    })),
  );
  await db.insert(notices).values(
    numbered.map((index) => ({
      id: `notice-${index}`,
      slug: `notice-${index}`,
      title: `Notice ${index}`,
      body: 'Said.',
      effectiveAt: at(index),
      authorId: story.writer.member.id,
      writerIds: index === COUNT - 1 ? [story.writer.member.id] : [],
      ...past(index),
      publishedAt: index === COUNT - 1 ? null : at(index),
    })),
  );
  await db.insert(maintenances).values(
    numbered.map((index) => ({
      id: `work-${index}`,
      slug: `work-${index}`,
      title: `Work ${index}`,
      description: '',
      state: 'completed' as const,
      scheduledFor: at(index),
      scheduledUntil: at(index),
      endedAt: at(index),
      reminderMinutes: [],
      ...past(index),
    })),
  );
}, 240_000);
afterAll(() => site.close());

const get = (path: string) => fetch(`${site.url}${path}`, { headers: { cookie }, redirect: 'manual' });
const read = async (path: string) => (await get(path)).text();
const rowsOf = (html: string) => (html.match(/<th scope="row">/g) ?? []).length;

describe('a long list of the team', () => {
  test.each([
    { path: '/admin/incidents', last: 'Past incident 249' },
    { path: '/admin/notices', last: 'Notice 249' },
    { path: '/admin/maintenances', last: 'Work 249' },
  ])('$path has pages, each with a way to the next, down to the last', async ({ path, last }) => {
    const first = await read(path);
    expect(rowsOf(first)).toBe(100);
    expect(first).toContain(`href="${path}?page=2"`);
    expect(first).not.toContain(last);
    expect(await read(`${path}?page=2`)).toContain(`href="${path}"`);
    const third = await read(`${path}?page=3`);
    expect(third).toContain(last);
    expect(third).not.toContain('?page=4');
  });

  test.each(['4', '0', '-1', 'x', '1.5', '99999999999'])('has no page %s', async (page) => {
    for (const list of ['incidents', 'notices', 'maintenances', 'statements'])
      expect([list, (await get(`/admin/${list}?page=${page}`)).status]).toEqual([list, 404]);
  });
});

test('a draft is not lost behind what is newer', async () => {
  const today = await read('/admin');
  expect(today).toContain('Notice 249');
  expect(today).not.toContain('Notice 248');
  expect(today).toContain(`${story.secretDraftWord} incident`);
});

test('a form offers the newest incidents, every open one, and the one that is chosen', async () => {
  const form = await read('/admin/statements/new?incident=past-240');
  expect(form).toMatch(/Past incident 0\s*</);
  expect(form).toMatch(/Past incident 249\s*</);
  expect(form).toMatch(/<option value="past-240" selected/);
  expect(form).not.toMatch(/Past incident 241\s*</);
});
