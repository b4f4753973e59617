import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import type { IncidentStatus, Nature } from '#src/domain/incidents/rules.ts';
import { draftMaintenance, scheduleMaintenance } from '#src/domain/maintenances/commands.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

const HOUR_MS = 3_600_000;

let site: TestSite;
let componentId = '';
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

type Heading = [level: number, text: string];

/** What stands at the top, and the headings below it in the order in which they are read. */
async function home() {
  const html = await (await fetch(`${site.url}/`)).text();
  const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'));
  const lines = [...main.matchAll(/class="headline-line[^"]*"[^>]*>(.*?)<\/(?:h1|p)>/gs)];
  const headings = [...html.matchAll(/<h([1-6])\b[^>]*>(.*?)<\/h\1>/gs)];
  return {
    lines: lines.map((match) => plain(match[1])),
    headings: headings.map((match): Heading => [Number(match[1]), plain(match[2])]),
    text: plain(main),
  };
}

const plain = (html = '') =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const sections = ({ headings }: { headings: readonly Heading[] }) =>
  headings.filter(([level]) => level === 2).map(([, text]) => text);

/** The page as soon as the press has heard of the last change. */
async function shows(...lines: string[]) {
  await expect.poll(async () => (await home()).lines, { timeout: 10_000 }).toEqual(lines);
  return home();
}

async function incident(title: string, nature: Nature, impact: 'minor' | 'critical') {
  const { db } = site.app;
  return openIncident(db, operator, { title, nature, impact }, site.app.now());
}

function post(incidentId: string, status: IncidentStatus, change: object = {}) {
  const update = { incidentId, status, body: 'What we know now.', ...change };
  return postIncidentUpdate(site.app.db, operator, update, site.app.now());
}

let leak = { id: '' };
let outage = { id: '' };

// One day of a company: each step begins where the one before it ended.
describe('the home page', () => {
  test('where nothing ever happened says that there is nothing to report', async () => {
    const page = await shows('Nothing to report');
    expect(sections(page)).toEqual(['The last 14 days']);
    expect(page.text).not.toContain('operational');
    expect(page.text).not.toContain('Last change');
  });

  test('with components and no trouble gives the all-clear, above them', async () => {
    componentId = (await addComponent(site.app.db, operator, { name: 'Payments' }, site.app.now())).id;
    const page = await shows('All systems operational');
    expect(sections(page)).toEqual(['Components', 'The last 14 days']);
  });

  test('shows nothing of drafts', async () => {
    leak = await incident('Addresses were visible', 'data', 'critical');
    outage = await incident('Payments are refused', 'service', 'critical');
    const now = site.app.now().getTime();
    const work = {
      title: 'New disks',
      description: 'We change disks.',
      componentIds: [componentId],
      scheduledFor: new Date(now + HOUR_MS),
      scheduledUntil: new Date(now + 2 * HOUR_MS),
      reminderMinutes: [],
    };
    await draftMaintenance(site.app.db, operator, work, site.app.now());
    // What changes in public afterwards is there: the drafts were before it.
    await addComponent(site.app.db, operator, { name: 'Reports' }, site.app.now());
    await expect.poll(async () => (await home()).text, { timeout: 10_000 }).toContain('Reports');
    const page = await shows('All systems operational');
    expect(sections(page)).toEqual(['Components', 'The last 14 days']);
    expect(page.text).not.toMatch(/Addresses were visible|Payments are refused|New disks/);
  });

  test('with a data incident says so above the state of the systems, and never gives the all-clear', async () => {
    await post(leak.id, 'investigating');
    const page = await shows('Open data incident', 'Systems operational');
    expect(page.text).not.toContain('All systems operational');
    expect(sections(page)).toEqual(['Open incident', 'Components', 'The last 14 days']);
    expect(page.headings).toContainEqual([3, 'Addresses were visible']);
  });

  test('with an outage as well says both, the leak first', async () => {
    await post(outage.id, 'investigating', {
      componentStatuses: [{ componentId, status: 'partial_outage' }],
    });
    const page = await shows('Open data incident', 'Major system outage');
    expect(sections(page)).toEqual(['Open incidents', 'Components', 'The last 14 days']);
  });

  test('with an outage alone says how bad it is, in one line', async () => {
    await post(leak.id, 'contained');
    await post(leak.id, 'closed');
    const page = await shows('Major system outage');
    expect(sections(page)).toEqual(['Open incident', 'Components', 'The last 14 days']);
    expect(page.text).toContain('Addresses were visible');
  });

  test('with work under way says so, between what is open and the components', async () => {
    const { db } = site.app;
    const now = site.app.now().getTime();
    const work = {
      title: 'Other disks',
      description: 'We change other disks.',
      componentIds: [],
      scheduledFor: new Date(now + 1000),
      scheduledUntil: new Date(now + HOUR_MS),
      reminderMinutes: [],
    };
    const { id } = await draftMaintenance(db, operator, work, site.app.now());
    await scheduleMaintenance(db, operator, { maintenanceId: id }, site.app.now());
    await expect
      .poll(async () => sections(await home()), { timeout: 15_000 })
      .toEqual(['Open incident', 'Maintenance now', 'Components', 'The last 14 days']);
    await post(outage.id, 'resolved', { componentStatuses: [{ componentId, status: 'operational' }] });
    const page = await shows('Service under maintenance');
    expect(sections(page)).toEqual(['Maintenance now', 'Components', 'The last 14 days']);
  }, 40_000);

  test('has one first heading, and none that leaves a level out', async () => {
    const { headings } = await home();
    const levels = headings.map(([level]) => level);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
  });
});
