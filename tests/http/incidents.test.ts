import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { addComponent, addComponentGroup } from '#src/domain/components/commands.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { correctIncident, correctIncidentUpdate } from '#src/domain/incidents/correction-commands.ts';
import { publishPostmortem, savePostmortem } from '#src/domain/incidents/postmortem-commands.ts';
import { relateIncidents } from '#src/domain/incidents/relation-commands.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const at = (iso: string) => new Date(iso);

let site: TestSite;
let story: Story;
let outage: { id: string; slug: string };
beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const { db } = site.app;
  const { owner, writer } = story;
  const { id: groupId } = await addComponentGroup(db, operator, { name: 'Orders' }, NOW);
  const { id: componentId } = await addComponent(db, operator, { name: 'Matching', groupId }, NOW);
  outage = await backfillIncident(
    db,
    writer.member,
    {
      title: 'Orders were refused',
      slug: 'orders-refused',
      nature: 'service',
      impact: 'major',
      startedAt: at('2026-03-10T09:30:00.000Z'),
      updates: [
        {
          at: at('2026-03-10T09:30:00.000Z'),
          status: 'investigating',
          body: 'Every second order is refused.',
          componentStatuses: [{ componentId, status: 'partial_outage' }],
        },
        {
          at: at('2026-03-10T11:45:00.000Z'),
          status: 'resolved',
          body: 'Orders are taken again.',
          componentStatuses: [{ componentId, status: 'operational' }],
        },
      ],
    },
    NOW,
  );
  const text = {
    summary: 'A setting was changed by hand.',
    whatHappened: 'Orders were refused.',
    whyItHappened: 'Nobody tried the setting out.',
    whatWeDid: 'We took it back.',
    whatWeChange: '1. Settings are tried out.',
    authorName: 'Tom Reuter',
    authorTitle: 'Head of Engineering',
  };
  const draft = { incidentId: outage.id, version: 0, text, changeSummary: '' };
  const { version } = await savePostmortem(db, writer.member, draft, NOW);
  const { publicUrl } = site.settings;
  await publishPostmortem(db, owner.member, { incidentId: outage.id, version, publicUrl }, NOW);
  const better = { ...text, whyItHappened: 'The setting was tried out on too few orders.' };
  const changed = { ...draft, text: better, changeSummary: 'It had been tried out.' };
  const saved = await savePostmortem(db, writer.member, changed, NOW);
  const again = { incidentId: outage.id, version: saved.version, publicUrl };
  await publishPostmortem(db, owner.member, again, NOW);
});
afterAll(() => site.close());

const get = (path: string) => fetch(`${site.url}${path}`, { redirect: 'manual' });
const words = async (path: string) => {
  const response = await get(path);
  expect([path, response.status]).toEqual([path, 200]);
  const html = await response.text();
  return html
    .slice(html.indexOf('<main'))
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
};

/** Once the press has heard of the last change. */
const eventually = <T>(shown: () => Promise<T>) => expect.poll(shown, { timeout: 8000 });

describe('an incident’s page', () => {
  test('says that it was added afterwards, how long it lasted, and what its updates said of components', async () => {
    const page = await words('/incidents/orders-refused');
    expect(page).toContain('Added afterwards');
    expect(page).toContain('Lasted 2 hours, 15 minutes');
    expect(page).toMatch(/Orders: Matching Operational at worst: Partial outage/);
    expect(page).toMatch(/Orders: Matching Partial outage was: Operational/);
    expect(page).toContain('Post-mortem A setting was changed by hand. Read the post-mortem');
  });

  test('leads to the post-mortem, whose correction keeps what it said before', async () => {
    const page = await words('/incidents/orders-refused/post-mortem');
    expect(page).toContain('Tom Reuter');
    expect(page).toMatch(/Why it happened The setting was tried out on too few orders\./);
    expect(page).toMatch(/Corrected .* UTC : It had been tried out\./);
    expect(page).toContain('Nobody tried the setting out.');
    expect((await get(`/incidents/${story.incidentSlug}/post-mortem`)).status).toBe(404);
    expect((await get('/incidents/none/post-mortem')).status).toBe(404);
  });

  test('of a leak offers the own answer, and never says that it was resolved', async () => {
    const page = await words(`/incidents/${story.incidentSlug}`);
    expect(page).toContain('Sign in with it and see your answer');
    expect(page).not.toMatch(/resolved/i);
  });

  test('says with the next edition what was corrected and how it relates to others', async () => {
    const { db, now } = site.app;
    const { id } = await openIncident(
      db,
      operator,
      { title: 'Our account was taken over', slug: 'account', nature: 'service', impact: 'none' },
      now(),
    );
    const update = { incidentId: id, status: 'investigating', body: 'Three minutes ago.' } as const;
    const posted = await postIncidentUpdate(db, operator, update, now());
    await eventually(async () => (await get('/incidents/account')).status).toBe(200);
    const correction = { updateId: posted.id, body: 'Six minutes ago.', reason: 'The clock was wrong.' };
    await correctIncidentUpdate(db, operator, correction, now());
    const relation = {
      incidentId: id,
      otherId: outage.id,
      kind: 'unrelated',
      reason: 'another system',
    } as const;
    await relateIncidents(db, operator, relation, now());
    await eventually(() => words('/incidents/account')).toContain('The clock was wrong.');
    const page = await words('/incidents/account');
    expect(page).toMatch(/Six minutes ago\. .*Corrected .*What it said until then Three minutes ago\./);
    expect(page).toMatch(/Not related to Orders were refused ?: another system/);
    expect(await words('/incidents/orders-refused')).toMatch(
      /Not related to Our account was taken over ?: another system/,
    );
  });
});

describe('a corrected title', () => {
  test('says what it was and why, in the language of the page, and a post-mortem is where robots look', async () => {
    const { db, now } = site.app;
    const incident = { incidentId: outage.id, startedAt: at('2026-03-10T09:20:00.000Z') };
    const better = { ...incident, title: 'Orders were turned away', reason: 'They came back.' };
    await correctIncident(db, operator, better, now());
    await eventually(() => words('/incidents/orders-refused')).toContain('Orders were turned away');
    expect(await words('/incidents/orders-refused')).toMatch(
      /Title corrected .*: it was “Orders were refused”\. Beginning corrected .*: it was 10 March 2026, 09:30.* They came back\./,
    );
    const sitemap = await (await get('/sitemap.xml')).text();
    expect(sitemap).toContain(`<loc>${site.url}/incidents/orders-refused/post-mortem</loc>`);
    const back = { ...incident, startedAt: at('2026-03-10T09:30:00.000Z'), title: 'Orders were refused' };
    await correctIncident(db, operator, { ...back, reason: 'They did not.' }, now());
    await eventually(() => words('/incidents/orders-refused')).toContain('They did not.');
  });
});

describe('in another language', () => {
  test('the page speaks it, and says in which language the words of people are', async () => {
    const { db, now } = site.app;
    const current = await getSite(db);
    await editSite(db, story.owner.member, { ...current, languages: ['es'] }, now());
    await eventually(async () => (await get('/es/incidents/orders-refused')).status).toBe(200);
    const page = await words('/es/incidents/orders-refused');
    expect(page).toContain('Duró 2 horas y 15 minutos');
    expect(page).toContain('Añadido con posterioridad');
    const html = await (await get('/es/incidents/orders-refused')).text();
    expect(html).toMatch(/<h1 class="title" lang="en" dir="auto">\s*Orders were refused\s*<\/h1>/);
    expect(html).toContain('href="/es/incidents/orders-refused/post-mortem"');
    expect(await words('/es/incidents/orders-refused/post-mortem')).toContain('Por qué ocurrió');
    expect(await words('/es/history/2026-03')).toMatch(/Marzo de 2026 .*10 de marzo de 2026/);
  });
});

describe('the history', () => {
  test('tells a month by its days, with the way to the months beside it', async () => {
    const page = await words('/history/2026-03');
    expect(page).toContain('March 2026');
    expect(page).toMatch(/10 March 2026 Orders were refused/);
    expect(page).toContain('April 2026');
    expect(page).not.toContain('February 2026');
    expect(await words('/history/2026-05')).toContain('Nothing to report.');
  });

  test('of the newest month stands at its own address', async () => {
    const month = site.app.now().toISOString().slice(0, 7);
    expect((await get(`/history/${month}`)).status).toBe(200);
    expect(await words('/history')).toContain('Our account was taken over');
  });

  test.each([
    '/history/2026-02',
    '/history/2026-13',
    '/history/2026-00',
    '/history/0000-00',
    '/history/9999-12',
    '/history/2026-3',
    '/history/2026-03-10',
    '/history/march',
    '/history/%00',
  ])('has no %s: a real 404', async (path) => {
    const response = await get(path);
    expect([400, 404]).toContain(response.status);
    expect(response.headers.get('cache-control')).toContain('no-store');
  });

  test('turns with the site’s zone: what began late in the evening there stands on that day', async () => {
    const { db, now } = site.app;
    await backfillIncident(
      db,
      operator,
      {
        title: 'Late at night',
        nature: 'service',
        impact: 'minor',
        startedAt: at('2026-06-30T09:30:00.000Z'),
        updates: [{ at: at('2026-06-30T09:45:00.000Z'), status: 'resolved', body: 'It was short.' }],
      },
      now(),
    );
    const current = await getSite(db);
    await editSite(db, story.owner.member, { ...current, timeZone: 'Pacific/Kiritimati' }, now());
    await eventually(() => words('/history/2026-06')).toMatch(/30 June 2026 Late at night .*23:30/);
    expect(await words('/history/2026-07')).not.toContain('Late at night');
  });
});
