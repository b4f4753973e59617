import ICAL from 'ical.js';
import { HtmlValidate } from 'html-validate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { draftMaintenance } from '#src/domain/maintenances/commands.ts';
import { scheduleSeries } from '#src/domain/maintenances/series.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { cookieName } from '#src/http/cookies.ts';
import { formatLocalMoment } from '#src/text/dates.ts';
import { setUpStaff } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Madrid';

let site: TestSite;
let clockMs = Date.now();
let componentId: string;
const cookies: Record<string, string> = { anonymous: '' };
const ahead = (hours: number) => new Date(clockMs + hours * HOUR_MS);
const local = (hours: number) => formatLocalMoment(ahead(hours), ZONE);

beforeAll(async () => {
  site = await startSite({ now: () => new Date(clockMs) });
  const { db, keys, now } = site.app;
  for (const role of ['viewer', 'editor', 'approver'] as const) {
    const person = { role, name: `An ${role}`, address: `${role}@harbourline.example` };
    const { sessionToken } = await setUpStaff(db, keys, person, now());
    cookies[role] = `${cookieName('staff', site.settings.publicUrl)}=${sessionToken}`;
  }
  const settings = { ...(await getSite(db)), name: 'Harbourline', timeZone: ZONE, languages: ['es'] };
  await editSite(db, operator, settings, now());
  componentId = (await addComponent(db, operator, { name: 'Payments' }, now())).id;
});
afterAll(() => site.close());

type Who = 'anonymous' | 'viewer' | 'editor' | 'approver';

function post(who: Who, path: string, action: string, fields: [string, string][]): Promise<Response> {
  return fetch(`${site.url}${path}?_action=maintenances.${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: cookies[who] ?? '' },
    body: new URLSearchParams(fields),
  });
}

const get = (path: string, who: Who = 'anonymous') =>
  fetch(`${site.url}${path}`, { headers: { Cookie: cookies[who] ?? '' }, redirect: 'manual' });
const read = async (path: string, who?: Who) => (await get(path, who)).text();

/** The public page as it is once the press has heard of the last change. */
const eventually = (path: string) => expect.poll(() => read(path), { timeout: 8000 });

const plan = (change: Record<string, string> = {}): [string, string][] => {
  const fields = {
    title: 'New disks',
    description: 'We change **disks**.',
    scheduledFor: local(2),
    scheduledUntil: local(4),
    repeats: 'never',
    rule: '',
    repeatsUntil: '',
    components: componentId,
    reminders: '60',
    as: 'scheduled',
    ...change,
  };
  return Object.entries(fields);
};

const idIn = (response: Response) =>
  /\/([a-z0-9]{12})\?/.exec(response.headers.get('location') ?? '')?.[1] ?? '';

describe('what there is not', () => {
  test.each([
    '/maintenance/none',
    '/maintenance/%00',
    '/maintenance/None',
    '/maintenance/a/b',
    '/maintenance.icsx',
  ])('%s is a 404', async (path) => {
    expect([400, 404]).toContain((await get(path)).status);
  });

  test('a draft is a 404, and on no page and in no calendar', async () => {
    const draft = {
      title: 'Zwetschgenkuchen maintenance',
      description: 'Secret.',
      componentIds: [],
      scheduledFor: ahead(1),
      scheduledUntil: ahead(2),
      reminderMinutes: [],
    };
    const { slug } = await draftMaintenance(site.app.db, operator, draft, ahead(0));
    expect((await get(`/maintenance/${slug}`)).status).toBe(404);
    for (const path of ['/maintenance', '/maintenance.ics', '/']) {
      expect(await read(path)).not.toContain('Zwetschgenkuchen');
    }
  });

  test('with nothing planned the pages say so', async () => {
    expect(await read('/maintenance')).toContain('No maintenance is planned.');
    expect(await read('/es/maintenance')).toContain('No hay ningún mantenimiento programado.');
  });
});

describe('by forms', () => {
  test('a viewer plans nothing', async () => {
    expect((await post('viewer', '/admin/maintenances/new', 'plan', plan())).status).toBe(403);
  });

  test.each<[Record<string, string>, string]>([
    [{ scheduledUntil: local(1) }, 'ends before it begins'],
    [{ scheduledFor: 'tomorrow' }, 'This is no time that clocks'],
    [{ repeats: 'rule', rule: 'FREQ=SECONDLY' }, 'not more often'],
    [{ repeats: 'rule', rule: `FREQ=DAILY;BYDAY=${'MO,'.repeat(300_000)}MO` }, '200 characters at most'],
    [{ repeats: 'daily', repeatsUntil: 'never' }, 'This is not a day'],
    [{ repeats: 'weekly', as: 'draft' }, 'has no draft'],
    [{ title: '' }, 'Give it a title'],
  ])('%.80j is refused with a sentence', async (change, sentence) => {
    const response = await post('editor', '/admin/maintenances/new', 'plan', plan(change));
    expect([400, 403]).toContain(response.status);
    expect(await response.text()).toContain(sentence);
  });

  test('it is announced, begins and ends by itself, and every page says so', async () => {
    const soon = { scheduledFor: local(0.1), scheduledUntil: local(0.2) };
    const planned = await post('editor', '/admin/maintenances/new', 'plan', plan(soon));
    expect(planned.status).toBe(303);
    const here = `/admin/maintenances/${idIn(planned)}`;
    expect(await read(`${here}?done=scheduled`, 'editor')).toContain('It is announced');
    await eventually('/maintenance').toContain('New disks');
    expect(await read('/maintenance/new-disks')).toContain('<strong>disks</strong>');
    expect((await post('editor', here, 'approveReminders', [['id', idIn(planned)]])).status).toBe(403);
    expect((await post('approver', here, 'approveReminders', [['id', idIn(planned)]])).status).toBe(303);
    expect(await read(here, 'approver')).toContain('Approved by An approver');

    clockMs += 0.1 * HOUR_MS;
    await eventually('/maintenance/new-disks').toContain('The maintenance has begun.');
    const [payments] = await listComponents(site.app.db);
    expect(payments?.status).toBe('under_maintenance');
    clockMs += 0.1 * HOUR_MS;
    await eventually('/maintenance/new-disks').toContain('The maintenance is over.');
    await eventually('/maintenance').toContain('Past maintenance');
  });

  test('called off, it says why in public and in the calendar', async () => {
    const planned = await post('editor', '/admin/maintenances/new', 'plan', plan({ title: 'Old disks' }));
    const reason: [string, string][] = [
      ['id', idIn(planned)],
      ['reason', 'The disks did not come.'],
    ];
    const here = `/admin/maintenances/${idIn(planned)}`;
    expect((await post('editor', here, 'cancel', reason)).status).toBe(303);
    await eventually('/maintenance/old-disks').toContain('The disks did not come.');
    await eventually('/maintenance.ics').toContain('STATUS:CANCELLED');
  });

  test('what repeats is planned, changed and called off', async () => {
    const weekly = plan({ title: 'Weekly copies', repeats: 'weekly' });
    const planned = await post('editor', '/admin/maintenances/new', 'plan', weekly);
    const seriesId = idIn(planned);
    const here = `/admin/maintenances/series/${seriesId}`;
    expect(await read(here, 'editor')).toContain('FREQ=WEEKLY');
    await eventually('/maintenance').toContain('Weekly copies');
    const edited = plan({ title: 'Fortnightly copies', rule: 'FREQ=WEEKLY;INTERVAL=2', seriesId });
    expect((await post('editor', here, 'editSeries', edited)).status).toBe(303);
    await eventually('/maintenance').toContain('Fortnightly copies');
    const reason: [string, string][] = [
      ['id', seriesId],
      ['reason', 'Enough copies.'],
    ];
    expect((await post('editor', here, 'cancelSeries', reason)).status).toBe(303);
    expect(await read(here, 'editor')).toContain('This series was called off');
    await eventually('/maintenance.ics').toContain('Enough copies.');
    await eventually('/es/maintenance.ics').toContain('Enough copies.');
  });
});

describe('the calendar', () => {
  test('is pressed, of its own type, and the same whatever is asked with it', async () => {
    const response = await get('/maintenance.ics');
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(response.headers.get('etag')).toMatch(/^"/);
    const text = await response.text();
    expect(new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').length).toBeGreaterThan(2);
    expect(await read('/maintenance.ics?x=1', 'editor')).toBe(text);
    const spanish = await read('/es/maintenance.ics');
    expect(new ICAL.Component(ICAL.parse(spanish)).getFirstPropertyValue('x-wr-calname')).toBe(
      'Harbourline: mantenimiento programado',
    );
  });

  test('has valid pages around it, in both languages', async () => {
    const series = {
      title: 'Nightly copies',
      description: 'We copy.\n\n## How\n\n| a | b |\n|---|---|\n| 1 | 2 |',
      componentIds: [componentId],
      reminderMinutes: [],
      rule: 'FREQ=DAILY',
      startsAt: formatLocalMoment(ahead(30), ZONE).replace(/T.*/, 'T12:00'),
      timeZone: ZONE,
      durationMinutes: 60,
    };
    await scheduleSeries(site.app.db, operator, series, ahead(0));
    await eventually('/maintenance').toContain('Nightly copies');
    const slug = /\/maintenance\/(nightly-copies-[\d-]+)/.exec(await read('/maintenance'))?.[1] ?? '';
    const validate = new HtmlValidate({
      extends: ['html-validate:standard'],
      rules: { 'long-title': 'off' },
    });
    for (const path of [
      '/maintenance',
      '/es/maintenance',
      `/maintenance/${slug}`,
      `/es/maintenance/${slug}`,
    ]) {
      const html = await read(path);
      const report = await validate.validateString(html);
      const found = report.results.flatMap(({ messages }) => messages.map((each) => each.message));
      expect([path, found]).toEqual([path, []]);
      expect(html).not.toMatch(/<script|\sstyle="/);
    }
    expect(await read(`/es/maintenance/${slug}`)).toContain('lang="en"');
  });
});
