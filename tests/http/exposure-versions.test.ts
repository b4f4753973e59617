import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { findCurrentList, getExposureList } from '#src/domain/exposures/queries.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { importFiles, replaceList, staffMember } from '#tests/exposures/support.ts';
import { setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

let site: TestSite;
let approver: string;
let owner: string;
const editor: StaffMember = staffMember('editor');

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  const { db, keys, now } = site.app;
  const cookieOf = async (role: 'approver' | 'owner') => {
    const person = { role, address: `${role}@harbourline.example` };
    return `forthright-staff=${(await setUpStaff(db, keys, person, now())).sessionToken}`;
  };
  approver = await cookieOf('approver');
  owner = await cookieOf('owner');
});
afterAll(() => site.close());

async function publicIncident(title: string): Promise<{ id: string; slug: string }> {
  const { db, now } = site.app;
  const incident = await openIncident(db, operator, { title, nature: 'data', impact: 'major' }, now());
  const update = { incidentId: incident.id, status: 'investigating', body: 'We look into it.' } as const;
  await postIncidentUpdate(db, operator, update, now());
  return incident;
}

async function draftOf(slug: string, ...addresses: string[]): Promise<string> {
  const csv = `address\n${addresses.join('\n')}\n`;
  const { list } = await importFiles(site.app.store, site.app.keys, slug, { 'a.csv': csv }, { as: editor });
  return list?.id ?? '';
}

async function listInForce(slug: string, ...addresses: string[]): Promise<string> {
  const listId = await draftOf(slug, ...addresses);
  await applyExposureList(site.app.db, operator, listId, site.app.now());
  return listId;
}

const pageOf = (listId: string) => `/admin/exposures/${listId}`;
const get = (path: string, cookie = '') =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { Cookie: cookie } });
const wordsOf = async (answer: Promise<Response>) =>
  (await (await answer).text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

function act(path: string, action: string, cookie: string, fields: Record<string, string>) {
  return fetch(`${site.url}${path}?_action=exposures.${action}`, {
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

describe('A corrected list', () => {
  test('cannot be put in force before its difference was seen, and not without a reason', async () => {
    const { id, slug } = await publicIncident('A leak that was counted twice');
    await listInForce(slug, 'ada@example.com', 'bo@example.com');
    const listId = await draftOf(slug, 'bo@example.com', 'cy@example.com', 'di@example.com');
    const here = pageOf(listId);
    const before = await wordsOf(get(here, approver));
    expect(before).toContain('Compare with version 1');
    expect(before).not.toContain('Put this list in force');
    const blind = await act(here, 'apply', approver, { listId });
    expect([blind.status, await wordsOf(Promise.resolve(blind))]).toEqual([
      409,
      expect.stringContaining('Compare them first'),
    ]);
    const compared = await act(here, 'compare', approver, { listId });
    expect([compared.status, compared.headers.get('location')]).toEqual([303, `${here}?done=compared`]);
    const seen = await wordsOf(get(here, approver));
    for (const row of ['Newly exposed 2', 'No longer exposed 1', 'gone from the list 1', 'Unchanged 0']) {
      expect(seen).toContain(row);
    }
    expect(seen).toContain('Changed answer 1');
    const silent = await act(here, 'apply', approver, { listId, version: '1', reason: ' ' });
    expect(await wordsOf(Promise.resolve(silent))).toContain('Say why the number changes');
    expect(await findCurrentList(site.app.db, id)).toMatchObject({ version: 1 });
    const reason = 'Two batches had been left out.';
    const applied = await act(here, 'apply', approver, { listId, version: '1', reason });
    expect([applied.status, applied.headers.get('location')]).toEqual([303, `${here}?done=applied`]);
    expect(await findCurrentList(site.app.db, id)).toMatchObject({ version: 2, appliedReason: reason });
  });

  test('is refused when another came in force after the difference was seen', async () => {
    const { slug } = await publicIncident('A leak with two corrections');
    await listInForce(slug, 'ada@example.com');
    const second = await draftOf(slug, 'bo@example.com');
    const third = await draftOf(slug, 'cy@example.com');
    await act(pageOf(third), 'compare', approver, { listId: third });
    await replaceList(site.app.store, second);
    const fields = { listId: third, version: '1', reason: 'Corrected.' };
    const stale = await act(pageOf(third), 'apply', approver, fields);
    expect([stale.status, await wordsOf(Promise.resolve(stale))]).toEqual([
      409,
      expect.stringContaining('by now version 2 is in force'),
    ]);
    expect(await wordsOf(get(pageOf(third), approver))).toContain('Compare with version 2');
  });
});

describe('The public number', () => {
  test('stands on the incident’s page with what it was and why it changed', async () => {
    const { slug } = await publicIncident('A leak with a history');
    const path = `/incidents/${slug}`;
    expect(await wordsOf(get(path))).not.toContain('How many addresses');
    await listInForce(slug, 'ada@example.com');
    const second = await draftOf(slug, 'ada@example.com', 'bo@example.com');
    await expect.poll(() => wordsOf(get(path))).toContain('1 address was shown to other people');
    expect(await wordsOf(get(path))).not.toContain('2 addresses');
    await replaceList(site.app.store, second);
    await expect.poll(() => wordsOf(get(path))).toContain('2 addresses were shown to other people');
    expect(await wordsOf(get(path))).toMatch(
      /Earlier, on .+, we said 1 address\. Why it changed: Some batches had been counted twice\./,
    );
  });
});

describe('The end of an incident’s data', () => {
  test('takes an owner who types the name, and is then told to everybody', async () => {
    const { id, slug } = await publicIncident('A leak that is over');
    const listId = await listInForce(slug, 'ada@example.com');
    const { app } = site;
    await closeExposureList(app.db, operator, listId, app.now());
    const here = pageOf(listId);
    expect(await wordsOf(get(here, approver))).not.toContain('Destroy the addresses');
    const fields = { incidentId: id, slug };
    expect((await act(here, 'destroy', approver, fields)).status).toBe(403);
    const mistyped = await act(here, 'destroy', owner, { ...fields, slug: 'another' });
    expect(await wordsOf(Promise.resolve(mistyped))).toContain('Nothing was destroyed');
    expect(await getExposureList(app.db, listId)).toMatchObject({ destroyedAt: null });
    const destroyed = await act(here, 'destroy', owner, fields);
    expect([destroyed.status, destroyed.headers.get('location')]).toEqual([303, `${here}?done=destroyed`]);
    expect(app.keys.active(`exposure-${id}`)).toEqual([]);
    const page = await wordsOf(get(here, owner));
    expect(page).toContain('Destroyed with the incident’s data');
    expect(page).not.toContain('Destroy the addresses');
    for (const address of ['ada@example.com', 'zoe@example.com']) {
      const { sessionToken } = await signedInCustomer(app.db, app.keys, address, app.now());
      const answers = await (await get('/my', `forthright=${sessionToken}`)).text();
      const card =
        answers
          .split('<article')
          .slice(1)
          .find((part) => part.includes('A leak that is over')) ?? '';
      expect(card).toContain('We can no longer answer');
      expect(card).toContain('This says nothing about your address');
      expect(card).not.toContain('was not shown</');
    }
    await expect
      .poll(() => wordsOf(get(`/incidents/${slug}`)))
      .toContain('The addresses themselves were destroyed on');
  });
});
