import { Statuspage } from 'statuspage.io';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { problemsOf } from '#tests/api/statuspage.ts';
import { announced } from '#tests/maintenances/support.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory } from '#tests/support/story.ts';

let site: TestSite;
let client: Statuspage;

beforeAll(async () => {
  site = await startSite();
  const { writer } = await tellStory(site.app);
  const { db } = site.app;
  const now = site.app.now();
  const outage = { title: 'Orders fail', nature: 'service', impact: 'minor' } as const;
  const { id } = await openIncident(db, writer.member, outage, now);
  await postIncidentUpdate(
    db,
    writer.member,
    { incidentId: id, status: 'investigating', body: 'We look.' },
    now,
  );
  const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  await announced(db, writer.member, { scheduledFor: inHours(1), scheduledUntil: inHours(2) }, now);
  client = new Statuspage('ours');
  client.setApiUrl(site.url);
  await vi.waitFor(
    async () =>
      expect((await client.api.scheduledMaintenances.getUpcoming()).scheduled_maintenances).toHaveLength(1),
    { timeout: 20_000 },
  );
});
afterAll(() => site.close());

describe('a published client of the Statuspage API, with nothing changed but the host', () => {
  test('reads every document it knows', async () => {
    const { api } = client;
    const summary = await api.getSummary();
    expect(problemsOf('summary.json', summary)).toEqual([]);
    expect(summary.incidents.map(({ name }) => name)).toContain('Orders fail');
    expect((await api.getStatus()).status.indicator).toBe('minor');
    expect((await api.getComponents()).components.map(({ name }) => name)).toEqual([
      'Trading',
      'Trading engine',
    ]);
    expect((await api.incidents.getAll()).incidents).toHaveLength(2);
    expect((await api.incidents.getUnresolved()).incidents).toHaveLength(2);
    // Version 3.3.8 of this client asks for the upcoming ones whichever it is told to read.
    const { scheduledMaintenances } = api;
    for (const read of [
      scheduledMaintenances.getAll(),
      scheduledMaintenances.getActive(),
      scheduledMaintenances.getUpcoming(),
    ]) {
      expect((await read).scheduled_maintenances.map(({ status }) => status)).toEqual(['scheduled']);
    }
  });
});
