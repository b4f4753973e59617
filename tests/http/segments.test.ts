import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { listBroadcasts } from '#src/domain/broadcasts/queries.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import { listExposureLists } from '#src/domain/exposures/queries.ts';
import { listSegments } from '#src/domain/exposures/segments.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { draftStatement, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { completeText, staffMember } from '#tests/support/desk.ts';
import { setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

let site: TestSite;
let editor: string;
let publisher: string;
let releaser: string;

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  editor = await cookieOf('editor', 'editor@harbourline.example');
  publisher = await cookieOf('approver', 'publisher@harbourline.example');
  releaser = await cookieOf('approver', 'releaser@harbourline.example');
});
afterAll(() => site.close());

async function cookieOf(role: 'editor' | 'approver', address: string): Promise<string> {
  const { db, keys, now } = site.app;
  const { sessionToken } = await setUpStaff(db, keys, { role, address }, now());
  return `forthright-staff=${sessionToken}`;
}

async function publicIncident(title: string) {
  const { db, now } = site.app;
  const incident = await openIncident(db, operator, { title, nature: 'data', impact: 'major' }, now());
  const update = { incidentId: incident.id, status: 'investigating', body: 'We look into it.' } as const;
  await postIncidentUpdate(db, operator, update, now());
  return incident;
}

async function approvedStatement(incidentId: string): Promise<string> {
  const { db, now } = site.app;
  const writer: StaffMember = await staffMember(db, 'editor');
  const text = { ...completeText, nextUpdateAt: new Date(now().getTime() + 86_400_000).toISOString() };
  const drafted = { incidentId, kind: 'first_account', title: text.title, text } as const;
  const { id: statementId, version } = await draftStatement(db, writer, drafted, now());
  await submitStatement(db, writer, { statementId, version }, now());
  await approveStatement(db, await staffMember(db, 'approver'), { statementId, version }, now());
  return statementId;
}

function upload(slug: string, fields: Record<string, string>): Promise<Response> {
  const form = new FormData();
  const sealUntil = new Date(site.app.now().getTime() + 30 * 86_400_000).toISOString().slice(0, 10);
  const all = { incident: slug, newTitle: '', seal: 'until', sealUntil, ...fields };
  for (const [name, value] of Object.entries(all)) form.set(name, value);
  form.append('delivery', new Blob(['']), '');
  form.append('mailing', new Blob([CSV]), 'leak.csv');
  return fetch(`${site.url}/admin/exposures/upload`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: editor },
    body: form,
  });
}

const CSV =
  'address,Kennfarbe,Password reset\nada@example.com,quittengelb,yes\nbo@example.com,mausgrau,yes\ncy@example.com,quittengelb,yes\n';

const get = (path: string, cookie: string) =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { Cookie: cookie } });
const textOf = async (path: string, cookie: string) => (await get(path, cookie)).text();
const wordsOf = async (path: string, cookie: string) =>
  (await textOf(path, cookie)).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

function post(path: string, action: string, cookie: string, fields: Record<string, string>) {
  return fetch(`${site.url}${path}?_action=${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Sec-Fetch-Site': 'same-origin',
      Cookie: cookie,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields),
  });
}

describe('An upload with segments', () => {
  test('comes back marked, with what was typed, when one of them is none or nothing is sealed', async () => {
    const { slug } = await publicIncident('Typed wrongly');
    for (const [fields, reason] of [
      [{ segments: 'Reset by us: nothing' }, 'is written as NAME: column=value'],
      [{ segments: 'Reset by us: Kennfarbe=quittengelb', seal: 'answer_only' }, 'none are kept'],
    ] as const) {
      const answer = await upload(slug, fields);
      expect(answer.status).toBe(422);
      const page = await answer.text();
      expect(page).toContain(reason);
      expect(page).toMatch(new RegExp(`<textarea[^>]*name="segments"[^>]*>${fields.segments}<`));
    }
  });

  test('shows their counts to staff, offers them to who publishes, and nothing of them to anybody else', async () => {
    const { id, slug } = await publicIncident('Addresses were visible');
    const { db, now } = site.app;
    const sent = await upload(slug, {
      segments: 'Reset by us: kennfarbe=Quittengelb\nCalled by us: Kennfarbe=mausgrau\n',
    });
    expect(sent.status).toBe(303);
    await expect.poll(async () => (await listExposureLists(db, id)).length, { timeout: 20_000 }).toBe(1);
    const [list] = await listExposureLists(db, id);
    const page = `/admin/exposures/${list?.id}`;
    expect(await wordsOf(page, editor)).toMatch(/segment: Reset by us 2/);
    expect(await textOf(`${page}/figures.csv`, editor)).toContain('segment: Called by us,1');
    expect(JSON.parse(await textOf(`${page}/figures.json`, editor))).toMatchObject({
      figures: {
        segments: [
          { name: 'Reset by us', addresses: 2 },
          { name: 'Called by us', addresses: 1 },
        ],
      },
    });
    await applyExposureList(db, operator, list?.id ?? '', now());

    const statementId = await approvedStatement(id);
    const here = `/admin/statements/${statementId}/publish`;
    const words = await wordsOf(here, publisher);
    expect(words).toContain('Everybody exposed (3 addresses)');
    expect(words).toContain('Only the segment “Reset by us” (at most 2 addresses)');
    expect(words).toContain('Only the segment “Called by us” (at most 1 address)');
    expect(words).not.toContain('A corrected list is in force');
    const segment = (await listSegments(db, list?.id ?? '')).find(({ name }) => name === 'Reset by us');
    const choice = { statementId, draftBroadcasts: 'on', duty: `segment:${segment?.id}` };
    const outdated = await post(here, 'statements.publish', publisher, { ...choice, listVersion: '2' });
    expect(outdated.status).toBe(409);
    expect(await outdated.text()).toMatch(
      new RegExp(`<input[^>]*value="segment:${segment?.id}"[^>]*checked`),
    );
    const published = await post(here, 'statements.publish', publisher, { ...choice, listVersion: '1' });
    expect(published.status).toBe(303);

    const [duty] = (await listBroadcasts(db)).filter(({ purpose }) => purpose === 'duty');
    const broadcast = `/admin/broadcasts/${duty?.id}`;
    const named = 'The segment “Reset by us” of the exposed, by version 1 of the list';
    expect(await wordsOf(broadcast, releaser)).toContain(`${named}: at most 2 people`);
    expect(await wordsOf('/admin/broadcasts', releaser)).toContain(named);
    expect(await wordsOf('/admin', releaser)).toContain(named);
    const released = await post(broadcast, 'broadcasts.release', releaser, { broadcastId: duty?.id ?? '' });
    expect(released.status).toBe(303);

    const customer = await signedInCustomer(db, site.app.keys, 'ada@example.com', now());
    const cookie = `forthright=${customer.sessionToken}`;
    const shown = [
      await textOf(`${broadcast}/preview`, releaser),
      await textOf('/my', cookie),
      await textOf('/my/data', cookie),
      await textOf(`/incidents/${slug}`, ''),
    ];
    expect(shown[1]).toContain('Password reset');
    for (const text of shown) {
      for (const part of ['Reset by us', 'segment', 'kennfarbe', 'quittengelb']) {
        expect(text.toLowerCase()).not.toContain(part.toLowerCase());
      }
    }
  });
});
