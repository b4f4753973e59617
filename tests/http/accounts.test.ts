import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { eq } from '#db/drizzle.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { staff } from '#db/schema/index.ts';
import { startStaffSession } from '#src/domain/accounts/sessions.ts';
import { askedForCode, setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';

let site: TestSite;

beforeAll(async () => {
  // The worker is off: what a request leaves behind can be looked at.
  site = await startSite({ variables: { WORKER: 'off' } });
});
afterAll(() => site.close());

type Posted = {
  path: string;
  action: string;
  fields: Record<string, string>;
  headers?: Record<string, string>;
};

/** A form as a browser sends it from our own page. */
function post({
  path,
  action,
  fields,
  headers = { 'Sec-Fetch-Site': 'same-origin' },
}: Posted): Promise<Response> {
  return fetch(`${site.url}${path}?_action=accounts.${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields),
  });
}

const get = (path: string, headers = {}) => fetch(`${site.url}${path}`, { redirect: 'manual', headers });

describe('no oracle', () => {
  /** What is seen from outside, but for what is random or the time. */
  async function seen(path: string, action: string, address: string) {
    const answer = await post({ path, action, fields: { address } });
    const cookie = answer.headers.getSetCookie().map((line) => line.replace(/=[\w-]{43};/, '=…;'));
    const secret = /=([\w-]{43});/.exec(answer.headers.getSetCookie()[0] ?? '')?.[1];
    const page = await get(`${path}/code`, { Cookie: `${cookie[0]?.split('=')[0]}=${secret}` });
    const headersOf = (response: Response) =>
      [...response.headers].filter(([name]) => !['date', 'set-cookie'].includes(name));
    return {
      answer: [answer.status, headersOf(answer), cookie, await answer.text()],
      page: [page.status, headersOf(page), (await page.text()).replaceAll(address, '…')],
    };
  }

  test.each([
    ['/sign-in', 'requestSignIn'],
    ['/admin/sign-in', 'requestStaffSignIn'],
  ])(
    '%s answers unknown, known, team’s and throttled addresses with the same status, headers and body',
    async (path, action) => {
      const { app } = site;
      const now = app.now();
      const kind = action.toLowerCase();
      await signedInCustomer(app.db, app.keys, `known-${kind}@x.example`, now);
      await setUpStaff(app.db, app.keys, { address: `team-${kind}@x.example` }, now);
      for (let count = 0; count < 8; count += 1) await seen(path, action, `often-${kind}@x.example`);
      const unknown = await seen(path, action, `nobody-${kind}@x.example`);
      expect(unknown.answer[0]).toBe(303);
      expect(unknown.page[0]).toBe(200);
      for (const who of ['known', 'team', 'often']) {
        expect(await seen(path, action, `${who}-${kind}@x.example`)).toEqual(unknown);
      }
    },
  );

  test('a text that is no address is refused for what it is, with what was typed', async () => {
    const answer = await post({
      path: '/sign-in',
      action: 'requestSignIn',
      fields: { address: 'a b@x.example' },
    });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(page).toContain('it contains a space');
    expect(page).toContain('value="a b@x.example"');
  });
});

describe('the team’s gates', () => {
  const ownerActions = ['addStaff', 'inviteAgain', 'changeRole', 'deactivateStaff'];
  const fields = { name: 'X', address: 'x@x.example', role: 'owner', staffId: 'x' };

  test.each(ownerActions)(
    '%s is refused to anonymous, customer and everybody below owner, on any route',
    async (action) => {
      const { app } = site;
      const { sessionToken } = await signedInCustomer(app.db, app.keys, `${action}@x.example`, app.now());
      const cookies = ['', `forthright=${sessionToken}`, `forthright-staff=${sessionToken}`];
      for (const role of ['viewer', 'editor', 'approver'] as const) {
        const member = await setUpStaff(
          app.db,
          app.keys,
          { address: `${action}-${role}@x.example`, role },
          app.now(),
        );
        cookies.push(`forthright-staff=${member.sessionToken}`);
        const halfway = await startStaffSession(
          app.db,
          member.staff.id,
          { secondFactorGiven: false },
          app.now(),
        );
        cookies.push(`forthright-staff=${halfway}`);
      }
      for (const cookie of cookies) {
        for (const path of ['/sign-in', '/admin/sign-in', '/admin/second-factor']) {
          const headers = { 'Sec-Fetch-Site': 'same-origin', ...(cookie && { Cookie: cookie }) };
          const answer = await post({ path, action, fields, headers });
          // A page that sends elsewhere has not been asked what the action came to; nothing was done either way.
          expect([401, 403, 303]).toContain(answer.status);
        }
      }
      expect(await app.db.select().from(staff).where(eq(staff.role, 'owner'))).toEqual([]);
    },
  );

  test('half signed in, every page of the team leads to the second factor', async () => {
    const { app } = site;
    const { staff: member } = await setUpStaff(app.db, app.keys, { address: 'halfway@x.example' }, app.now());
    const token = await startStaffSession(app.db, member.id, { secondFactorGiven: false }, app.now());
    const answer = await get('/admin/staff', { Cookie: `forthright-staff=${token}` });
    expect(answer.headers.get('location')).toBe('/admin/second-factor');
  });

  test('a form that comes after the session has ended is answered with a way to send it again', async () => {
    const answer = await post({ path: '/admin/staff', action: 'addStaff', fields });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('reload this page');
  });
});

describe('signing in', () => {
  test('pages with a secret in their address tell it to nobody', async () => {
    for (const path of [
      `/sign-in/${'x'.repeat(43)}`,
      `/admin/sign-in/${'x'.repeat(43)}`,
      `/set-up/${'x'.repeat(43)}`,
    ]) {
      const answer = await get(path);
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
    }
  });

  test('starts a session of its own, whatever cookie was there before', async () => {
    const { app } = site;
    const planted = await signedInCustomer(app.db, app.keys, 'planted@x.example', app.now());
    const { browserSecret, code } = await askedForCode(
      app.db,
      app.keys,
      { address: 'victim@x.example' },
      app.now(),
    );
    const answer = await post({
      path: '/sign-in/code',
      action: 'signIn',
      fields: { code },
      headers: {
        'Sec-Fetch-Site': 'same-origin',
        Cookie: `forthright=${planted.sessionToken}; forthright-asked=${browserSecret}`,
      },
    });
    expect(answer.headers.get('location')).toBe('/my');
    const cookies = answer.headers.getSetCookie();
    const session = cookies.find((line) => line.startsWith('forthright='));
    expect(session).toMatch(/^forthright=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(session).not.toContain(planted.sessionToken);
    const old = await get('/my/addresses', { Cookie: `forthright=${planted.sessionToken}` });
    expect(old.headers.get('location')).toBe('/sign-in');
  });

  test('signing out ends the session on the server', async () => {
    const { app } = site;
    const { sessionToken } = await signedInCustomer(app.db, app.keys, 'leaves@x.example', app.now());
    const headers = { Cookie: `forthright=${sessionToken}`, 'Sec-Fetch-Site': 'same-origin' };
    expect((await get('/my/addresses', headers)).status).toBe(200);
    const out = await fetch(`${site.url}/sign-out`, { method: 'POST', redirect: 'manual', headers });
    expect(out.headers.get('clear-site-data')).toBe('"cache", "storage"');
    expect((await get('/my/addresses', headers)).headers.get('location')).toBe('/sign-in');
  });
});

test('nothing logged has an address, a code or a token', () => {
  const lines = site.logged.join('\n');
  expect(lines).not.toContain('@x.example');
  expect(lines).not.toMatch(/[\w-]{43}/);
});

test('without the database nobody is taken for nobody: the answer is that it failed', async () => {
  const failing = await startSite({ variables: { WORKER: 'off' } });
  try {
    const { app, url } = failing;
    const { sessionToken } = await signedInCustomer(app.db, app.keys, 'unlucky@x.example', app.now());
    await app.store.close();
    const headers = { Cookie: `forthright=${sessionToken}` };
    const answer = await fetch(`${url}/my/addresses`, { redirect: 'manual', headers });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('30');
    expect((await fetch(`${url}/sign-in`)).status).toBe(503);
  } finally {
    // Its database is closed already, which is as far as closing comes.
    await failing.close().catch(() => undefined);
    rmSync(dirname(failing.settings.dataDir), { recursive: true, force: true });
  }
});
