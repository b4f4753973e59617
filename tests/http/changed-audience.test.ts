import { afterAll, beforeAll, expect, test } from 'vitest';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { listBroadcasts } from '#src/domain/broadcasts/queries.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { draftStatement, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { importFiles, replaceList } from '#tests/exposures/support.ts';
import { completeText, staffMember } from '#tests/support/desk.ts';
import { setUpStaff } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

let site: TestSite;
const cookies: string[] = [];

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  const { db, keys, now } = site.app;
  for (const address of ['publisher@harbourline.example', 'releaser@harbourline.example']) {
    const { sessionToken } = await setUpStaff(db, keys, { role: 'approver', address }, now());
    cookies.push(`forthright-staff=${sessionToken}`);
  }
});
afterAll(() => site.close());

async function incidentWithList(): Promise<{ id: string; slug: string }> {
  const { db, now } = site.app;
  const title = 'Addresses were visible';
  const incident = await openIncident(db, operator, { title, nature: 'data', impact: 'major' }, now());
  const update = { incidentId: incident.id, status: 'investigating', body: 'We look into it.' } as const;
  await postIncidentUpdate(db, operator, update, now());
  await applyExposureList(db, operator, await imported(incident.slug, 'ada', 'bo'), now());
  return incident;
}

async function imported(slug: string, ...people: string[]): Promise<string> {
  const csv = ['address', ...people.map((name) => `${name}@example.com`), ''].join('\n');
  const { list } = await importFiles(site.app.store, site.app.keys, slug, { 'leak.csv': csv });
  return list?.id ?? '';
}

async function approved(incidentId: string): Promise<string> {
  const { db, now } = site.app;
  const editor: StaffMember = await staffMember(db, 'editor');
  const text = { ...completeText, nextUpdateAt: new Date(now().getTime() + 86_400_000).toISOString() };
  const drafted = { incidentId, kind: 'first_account', title: text.title, text } as const;
  const { id: statementId, version } = await draftStatement(db, editor, drafted, now());
  await submitStatement(db, editor, { statementId, version }, now());
  await approveStatement(db, await staffMember(db, 'approver'), { statementId, version }, now());
  return statementId;
}

const get = (path: string, cookie: string | undefined) =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { Cookie: cookie ?? '' } });
const wordsOf = async (answer: Response) =>
  (await answer.text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

function post(path: string, action: string, cookie: string | undefined, fields: Record<string, string>) {
  return fetch(`${site.url}${path}?_action=${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Sec-Fetch-Site': 'same-origin',
      Cookie: cookie ?? '',
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields),
  });
}

test('whoever publishes chooses those whose answer changed, with the count beside, once a list was corrected', async () => {
  const [publisher, releaser] = cookies;
  const incident = await incidentWithList();
  const statementId = await approved(incident.id);
  const here = `/admin/statements/${statementId}/publish`;
  expect(await wordsOf(await get(here, publisher))).not.toContain('To whom the duty goes');

  await replaceList(site.app.store, await imported(incident.slug, 'bo', 'cy', 'di'));
  const page = await get(here, publisher);
  const html = await page.text();
  const words = html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  for (const said of [
    'To whom the duty goes',
    'Everybody exposed (3 addresses)',
    'Those newly exposed by version 2 of the list (at most 2 addresses)',
    'Those no longer exposed by version 2 of the list (at most 1 address)',
    'All whose answer version 2 of the list changed (at most 3 addresses)',
  ]) {
    expect(words).toContain(said);
  }
  expect(html).toMatch(/<input[^>]*name="listVersion"[^>]*value="2"/);

  const choice = { statementId, draftBroadcasts: 'on', duty: 'newlyExposed' };
  const outdated = await post(here, 'statements.publish', publisher, { ...choice, listVersion: '1' });
  expect(outdated.status).toBe(409);
  const again = await outdated.text();
  expect(again).toContain('version 2 has taken its place');
  expect(again).toMatch(/<input[^>]*value="newlyExposed"[^>]*checked/);

  const published = await post(here, 'statements.publish', publisher, { ...choice, listVersion: '2' });
  expect(published.status).toBe(303);
  const [duty] = (await listBroadcasts(site.app.db)).filter(({ purpose }) => purpose === 'duty');
  const broadcast = `/admin/broadcasts/${duty?.id}`;
  const shown = await wordsOf(await get(broadcast, releaser));
  expect(shown).toContain('Those newly exposed by version 2 of the list: at most 2 people');
  expect(shown).toContain('At most 2 people will get it, each a message of their own.');
  expect(shown).toContain('Release to at most 2 people');
  expect(shown).toContain('By the corrected list your address was shown to other people');
  const released = await post(broadcast, 'broadcasts.release', releaser, { broadcastId: duty?.id ?? '' });
  expect([released.status, released.headers.get('location')]).toEqual([303, `${broadcast}?done=released`]);
  expect(await wordsOf(await get('/admin/broadcasts', releaser))).toContain(
    'Those newly exposed by version 2 of the list',
  );
});
