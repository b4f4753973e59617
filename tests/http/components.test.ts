import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import {
  addComponent,
  addComponentGroup,
  recordImpact,
  setComponentStatus,
} from '#src/domain/components/commands.ts';
import { freezeDays, recountDays } from '#src/domain/components/freezing.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { cookieName } from '#src/http/cookies.ts';
import { setUpStaff } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

let site: TestSite;
let cookie: string;

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  const { db, keys, now } = site.app;
  await editSite(db, operator, { ...(await getSite(db)), languages: ['es'] }, now());
  const person = { role: 'editor', address: 'editor@harbourline.example' } as const;
  const { sessionToken } = await setUpStaff(db, keys, person, now());
  cookie = `${cookieName('staff', site.settings.publicUrl)}=${sessionToken}`;
});
afterAll(() => site.close());

async function post(path: string, action: string, fields: Record<string, string>): Promise<Response> {
  const response = await fetch(`${site.url}${path}?_action=components.${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: cookie },
    body: new URLSearchParams(fields),
  });
  return response;
}

const read = async (path: string) =>
  (await fetch(`${site.url}${path}`, { headers: { Cookie: cookie }, redirect: 'manual' })).text();
const eventually = (path: string) => expect.poll(() => read(path), { timeout: 5000 });
const named = async (name: string) => {
  const found = (await listComponents(site.app.db)).find((each) => each.name === name);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
};
const ago = (days: number) => new Date(site.app.now().getTime() - days * 86_400_000);

describe('the desk', () => {
  const list = '/admin/components';

  test('adds groups in groups and components in them, edits, moves, takes out of view and brings back', async () => {
    const added = async (action: string, fields: Record<string, string>) =>
      expect((await post(list, action, fields)).headers.get('location')).toBe(`${list}?done=added`);
    await added('addGroup', { name: 'Trading', display: 'expanded' });
    await added('addGroup', { name: 'Europe', groupId: (await named('Trading')).id, display: 'collapsed' });
    await added('add', { name: 'Engine', groupId: (await named('Europe')).id, startDate: '2026-01-31' });
    await added('add', { name: 'Feed', groupId: (await named('Europe')).id, startDate: '' });
    const { id, groupId } = await named('Feed');
    const page = `${list}/${id}`;
    expect(await read(page)).toContain('Number 2 of 2');
    await post(page, 'move', { componentId: id, direction: 'up' });
    expect((await named('Feed')).position).toBe(1);
    const edit = { componentId: id, name: 'Price feed', groupId: groupId ?? '', onlyShowIfDegraded: 'on' };
    expect((await post(page, 'edit', edit)).headers.get('location')).toBe(`${page}?done=saved`);
    expect(await named('Price feed')).toMatchObject({
      groupId,
      showcase: false,
      onlyShowIfDegraded: true,
      startDate: null,
    });
    expect((await named('Engine')).startDate).toBe('2026-01-31');
    await post(page, 'retire', { componentId: id });
    expect((await fetch(`${site.url}${page}`, { headers: { Cookie: cookie } })).status).toBe(404);
    expect(await read(list)).toContain('aria-label="Bring Price feed back"');
    await post(list, 'restore', { componentId: id });
    expect((await named('Price feed')).position).toBe(2);
  });

  test('says what is wrong with a day, a group too deep, and a group in itself', async () => {
    const engine = await named('Engine');
    const edit = { componentId: engine.id, name: 'Engine', groupId: engine.groupId ?? '' };
    const day = await post(`${list}/${engine.id}`, 'edit', { ...edit, startDate: '31.01.2026' });
    expect(await day.text()).toContain('Give a day.');
    const { id } = await named('Trading');
    const inside = { componentId: id, name: 'Trading', groupId: engine.groupId ?? '' };
    expect(await (await post(`${list}/${id}`, 'edit', inside)).text()).toContain(
      'cannot stand inside itself',
    );
    await post(list, 'addGroup', { name: 'Deep', groupId: engine.groupId ?? '' });
    const deep = { name: 'Deeper', groupId: (await named('Deep')).id };
    expect(await (await post(list, 'add', deep)).text()).toContain('at most 3 levels');
  });
});

describe('the page', () => {
  test('draws an outage on today at once, and no figure above it is whole', async () => {
    const { db, now } = site.app;
    const { id: componentId } = await addComponent(db, operator, { name: 'Quotes' }, ago(20));
    while ((await freezeDays(db, now())) > 0);
    await eventually('/').toMatch(/>\s*Quotes\s*</);
    const row = async () => /Quotes\s*<\/p>.*?<\/li>/s.exec(await read('/'))?.[0] ?? '';
    expect(await row()).toContain('100% uptime');
    const trouble = { title: 'Quotes stopped', nature: 'service', impact: 'critical' } as const;
    const { id: incidentId } = await openIncident(db, operator, trouble, now());
    const said = { incidentId, status: 'investigating', body: 'We look.' } as const;
    const componentStatuses = [{ componentId, status: 'major_outage' as const }];
    await postIncidentUpdate(db, operator, { ...said, componentStatuses }, now());
    await eventually('/').toMatch(/>\s*We look\.\s*</);
    expect(await row()).toMatch(/class="day-major_outage" d="M267 14h2"/);
    expect(await row()).toMatch(/99\.99% uptime in \d+ days,\s+1 day affected/);
    const after = [{ componentId, status: 'operational' as const }];
    const over = {
      incidentId,
      status: 'resolved',
      body: 'They are back.',
      componentStatuses: after,
    } as const;
    await postIncidentUpdate(db, operator, over, now());
  });

  test('follows a record that was put right at the desk', async () => {
    const { db } = site.app;
    const { id } = await addComponent(db, operator, { name: 'Ledger' }, ago(20));
    const day = ago(5).toISOString().slice(0, 10);
    await setComponentStatus(db, operator, { componentId: id, status: 'major_outage' }, ago(5));
    await setComponentStatus(db, operator, { componentId: id, status: 'operational' }, ago(3));
    while ((await freezeDays(db, site.app.now())) > 0);
    const row = async () => /Ledger\s*<\/p>.*?<\/li>/s.exec(await read('/'))?.[0] ?? '';
    await expect.poll(row, { timeout: 5000 }).toContain('3 days affected');
    const here = `/admin/components/${id}`;
    expect(await read(here)).toContain('Correct the record');
    const until = ago(2).toISOString().slice(0, 10);
    const wrong = { componentId: id, from: `${day}T00:00`, status: 'operational', reason: 'A slip.' };
    const refused = await post(here, 'correctRecord', { ...wrong, until: 'soon' });
    expect(await refused.text()).toContain('no time that clocks in');
    const done = await post(here, 'correctRecord', { ...wrong, until: `${until}T23:00:01` });
    expect(done.headers.get('location')).toBe(`${here}?done=corrected`);
    while ((await recountDays(db, site.app.now())) > 0);
    await expect.poll(row, { timeout: 5000 }).toContain('100% uptime');
  });

  test('tells the days of a group in words, open or not, and its bars stay when it is open', async () => {
    const { db, now } = site.app;
    const group = { name: 'Payments', display: 'expanded' } as const;
    const { id: groupId } = await addComponentGroup(db, operator, group, ago(20));
    const { id } = await addComponent(db, operator, { name: 'Cards', groupId }, ago(20));
    await setComponentStatus(db, operator, { componentId: id, status: 'partial_outage' }, ago(4));
    await setComponentStatus(db, operator, { componentId: id, status: 'operational' }, ago(3));
    while ((await freezeDays(db, now())) > 0);
    await eventually('/').toContain('Cards');
    const html = await read('/');
    const whole = html.slice(html.lastIndexOf('<details', html.indexOf('Payments')), html.indexOf('Cards'));
    const [summary = '', below = ''] = whole.split('</summary>');
    expect(summary).toContain('class="day-partial_outage"');
    expect(whole).toMatch(/2 days affected[^]*<time[^>]*>[^<]+<\/time>\s*<span>Partial outage<\/span>/);
    expect(below).toContain('class="uptime group-days"');
  });

  test('shows each component with its days, drawn and in words, in the language of the page', async () => {
    const { db } = site.app;
    const at = (time: string) => new Date(`${ago(9).toISOString().slice(0, 10)}T${time}:00Z`);
    const { id: groupId } = await addComponentGroup(
      db,
      operator,
      { name: 'Mail', display: 'expanded' },
      ago(30),
    );
    const { id } = await addComponent(db, operator, { name: 'Customer mail', groupId }, ago(30));
    await recordImpact(db, operator, { componentId: id, status: 'major_outage' }, at('10:00'));
    await recordImpact(db, operator, { componentId: id, status: 'operational' }, at('11:12'));
    while ((await freezeDays(db, site.app.now())) > 0);
    await eventually('/').toMatch(/99\.\d+% uptime in 31 days,\s+1 day affected/);
    const english = await read('/');
    expect(english).toContain('Major outage for 1\u00a0h\u00a012\u00a0min');
    expect(english).toContain('class="day-major_outage"');
    expect(english).toMatch(
      /<details class="component-group" open[^>]*>\s*<summary[^>]*>\s*<span[^>]*>\s*Mail/,
    );
    expect(english).toMatch(/<details class="component-group">\s*<summary[^>]*>\s*<span[^>]*>\s*Europe/);
    expect(english).not.toContain('Price feed');
    const spanish = await read('/es');
    expect(spanish).toContain('Interrupción grave durante 1\u00a0h\u00a012\u00a0min');
    expect(spanish).toContain('Todos los sistemas funcionan');
    expect(spanish).toMatch(/99,\d+\s% de disponibilidad en 31 días,\s+1 día afectado/);
  });
});
