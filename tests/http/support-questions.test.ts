import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eq } from '#db/drizzle.ts';
import { exposureLists, incidents, site as siteTable, supportQuestions } from '#db/schema/index.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import { cookieName } from '#src/http/cookies.ts';
import { setUpStaff, signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
/** Cookie header by role. */
const team: Record<string, string> = {};

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  story = await tellStory(site.app);
  const { db, keys, now } = site.app;
  for (const role of ['viewer', 'editor', 'approver', 'owner'] as const) {
    const person = { role, name: `An ${role}`, address: `${role}@team.example` };
    const { sessionToken } = await setUpStaff(db, keys, person, now());
    team[role] = `${cookieName('staff', site.settings.publicUrl)}=${sessionToken}`;
  }
});
afterAll(() => site.close());

async function signIn(address: string): Promise<{ customer: Customer; cookie: string }> {
  const { db, keys, now } = site.app;
  const { customer, sessionToken } = await signedInCustomer(db, keys, address, now());
  return { customer, cookie: `${cookieName('customer', site.settings.publicUrl)}=${sessionToken}` };
}

const get = (path: string, cookie = '') =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { Cookie: cookie } });
const read = async (path: string, cookie = '') => (await get(path, cookie)).text();

function post(path: string, cookie: string, fields: Record<string, string>, headers = {}) {
  return fetch(`${site.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: cookie, ...headers },
    body: new URLSearchParams(fields),
  });
}

const MAKE = '/my/support?_action=supportQuestions.makeCode';
const ANSWER = '/admin/support?_action=supportQuestions.answer';
const codeIn = (page: string) => /class="code-shown">([A-Z0-9]{4}-[A-Z0-9]{4})</.exec(page)?.[1] ?? '';

async function madeCode({ customer, cookie }: Awaited<ReturnType<typeof signIn>>, prefix = '') {
  const made = await post(`${prefix}${MAKE}`, cookie, { addressId: customer.addresses[0]?.id ?? '' });
  expect(made.status).toBe(200);
  expect(made.headers.get('cache-control')).toContain('no-store');
  return codeIn(await made.text());
}

describe('a customer', () => {
  test('finds the way to a code from their answer, and sees it once', async () => {
    const mara = await signIn(story.exposed);
    expect(await read('/my', mara.cookie)).toContain('href="/my/support"');
    expect(codeIn(await read('/my/support', mara.cookie))).toBe('');
    const code = await madeCode(mara);
    expect(code).not.toBe('');
    expect(await read('/my/support', mara.cookie)).not.toContain(code);
    expect(await madeCode(mara)).not.toBe(code);
  });

  test('reads it in Spanish', async () => {
    const { db } = site.app;
    const [{ languages } = { languages: ['en'] }] = await db.select().from(siteTable);
    await db.update(siteTable).set({ languages: ['en', 'es'] });
    const ana = await signIn('ana@example.net');
    const page = await (
      await post(`/es${MAKE}`, ana.cookie, { addressId: ana.customer.addresses[0]?.id ?? '' })
    ).text();
    expect(page).toContain('Sirve una vez');
    expect(codeIn(page)).not.toBe('');
    const stranger = await post(`/es${MAKE}`, ana.cookie, { addressId: 'abcdefghijkl' });
    expect([stranger.status, /no está entre las suyas/.test(await stranger.text())]).toEqual([404, true]);
    await db.update(siteTable).set({ languages });
  });

  test('gets none for somebody else’s address, without a session, or by a form of another site', async () => {
    const mara = await signIn(story.exposed);
    const other = await signIn(story.notExposed);
    const theirs = { addressId: other.customer.addresses[0]?.id ?? '' };
    expect((await post(MAKE, mara.cookie, theirs)).status).toBe(404);
    expect((await post(MAKE, '', theirs)).status).toBe(303);
    expect((await post(`/sign-in?_action=supportQuestions.makeCode`, '', theirs)).status).toBe(401);
    expect((await post(MAKE, other.cookie, theirs, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    const questions = await site.app.db
      .select()
      .from(supportQuestions)
      .where(eq(supportQuestions.customerId, other.customer.id));
    expect(questions).toEqual([]);
  });

  test('sees under “Your data” that our support looked, and when', async () => {
    const one = await signIn('looked@example.net');
    expect(await read('/my/data', one.cookie)).toContain('has not looked at any answer of yours');
    await post(ANSWER, team['owner'] ?? '', { code: await madeCode(one) });
    const page = await read('/my/data', one.cookie);
    expect(page).toMatch(/Looked at the answer about looked@example\.net, <time/);
    expect(page).not.toContain('has not looked');
    const copy = await (await post('/my/data/copy', one.cookie, {})).json();
    expect(copy).toMatchObject({ support: [{ address: 'looked@example.net' }] });
  });
});

describe('our support', () => {
  test('reads the verdict in the customer’s words, and neither the address nor a figure', async () => {
    const mara = await signIn(story.exposed);
    const answered = await post(ANSWER, team['editor'] ?? '', { code: await madeCode(mara) });
    expect(answered.status).toBe(200);
    expect(answered.headers.get('cache-control')).toContain('no-store');
    const page = await answered.text();
    expect(page).toContain('m***@customers.example');
    expect(page).toContain('Your address was shown to other people');
    expect(page).not.toContain(story.exposed);
    expect(page).not.toMatch(/other address|We reset your password/);
  });

  test('gets nothing a second time, nor with a code that never was, in the same words', async () => {
    const code = await madeCode(await signIn(story.notExposed));
    const page = await (await post(ANSWER, team['approver'] ?? '', { code })).text();
    expect(page).toContain('Your address was not shown');
    const said = [];
    for (const tried of [code, 'AAAA-AAAA']) {
      const refused = await post(ANSWER, team['approver'] ?? '', { code: tried });
      said.push([refused.status, /This code does not work[^<]*/.exec(await refused.text())?.[0]]);
    }
    expect(said[0]).toEqual([404, expect.stringContaining('Ask the customer')]);
    expect(said[1]).toEqual(said[0]);
  });

  test('is answered from the role editor on; a viewer reads who may answer, everybody else nothing', async () => {
    const code = await madeCode(await signIn('roles@example.net'));
    expect((await get('/admin/support')).status).toBe(303);
    const customer = await signIn('not-staff@example.net');
    expect((await get('/admin/support', customer.cookie)).status).toBe(303);
    expect(await read('/admin/support', team['viewer'])).not.toContain('name="code"');
    expect((await post(ANSWER, team['viewer'] ?? '', { code })).status).toBe(403);
    expect((await post('/subscribe?_action=supportQuestions.answer', customer.cookie, { code })).status).toBe(
      401,
    );
    for (const role of ['editor', 'approver', 'owner']) {
      expect(await read('/admin/support', team[role])).toContain('name="code"');
    }
    expect((await post(ANSWER, team['owner'] ?? '', { code })).status).toBe(200);
  });

  test('leaves no code and no address in the log', async () => {
    const code = await madeCode(await signIn('canary@example.net'));
    await post(ANSWER, team['owner'] ?? '', { code });
    const log = site.logged.join('\n');
    expect(log.length).toBeGreaterThan(100);
    for (const secret of [code, code.replace('-', ''), 'canary', '@']) expect(log).not.toContain(secret);
  });
});

describe('somebody who has no account here', () => {
  test('reads at the sign-in that they need none, and is answered', async () => {
    expect(await read('/sign-in')).toContain('former customers are answered');
    const former = await signIn('was-here-once@elsewhere.example');
    const page = await read('/my', former.cookie);
    expect(page).toContain('Your address was not shown');
    expect(page).toContain('whether you have an account with us today or not');
    expect(page).toContain('had one once, or never had one');
  });

  test('reads, if their address was shown, that it has or had an account', async () => {
    const former = await signIn('four@example.org');
    const page = await read('/my', former.cookie);
    expect(page).toContain('Your address was shown to other people');
    expect(page).toContain('That this address has or had an account here');
  });

  test('is nowhere told of an account of theirs: not on the way in, not in the answer, not about their data', async () => {
    const former = await signIn('was-here-once@elsewhere.example');
    for (const path of ['/sign-in', '/my', '/my/addresses', '/my/support', '/my/data', '/my/data/erase']) {
      const words = (await read(path, former.cookie)).replace(/<[^>]+>/g, ' ');
      expect([path, /\byour account\b/i.exec(words)]).toEqual([path, null]);
    }
  });
});

describe('the figures of a list', () => {
  const files = ['figures.csv', 'figures.json'];
  const listId = async () => {
    const [list] = await site.app.db
      .select({ id: exposureLists.id })
      .from(exposureLists)
      .innerJoin(incidents, eq(incidents.id, exposureLists.incidentId));
    return list?.id ?? '';
  };

  test('can be taken away by everybody of the team and nobody else, and are stored nowhere on their way', async () => {
    const here = `/admin/exposures/${await listId()}`;
    const customer = await signIn(story.exposed);
    for (const file of files) {
      for (const cookie of ['', customer.cookie]) {
        const refused = await get(`${here}/${file}`, cookie);
        expect([refused.status, refused.headers.get('location')]).toEqual([303, '/admin/sign-in']);
      }
      for (const role of ['viewer', 'owner']) {
        const answer = await get(`${here}/${file}`, team[role]);
        expect([file, role, answer.status]).toEqual([file, role, 200]);
        expect(answer.headers.get('cache-control')).toContain('no-store');
        expect(answer.headers.get('content-disposition')).toMatch(
          /^attachment; filename="[a-z0-9-]+-version-1\./,
        );
      }
      expect((await get(`/admin/exposures/abcdefghijkl/${file}`, team['owner'])).status).toBe(404);
    }
    expect(await read(`${here}/figures.csv`, team['viewer'])).toContain('leaked batches,2\r\n');
    const json = JSON.parse(await read(`${here}/figures.json`, team['viewer'])) as Record<string, unknown>;
    expect(json).toMatchObject({
      figures: { leakedBatches: 2 },
      batchSizes: [{ from: 3, to: 3, messages: 2 }],
    });
  });

  test('are drawn on the list’s page as bars that are tables, too', async () => {
    const page = await read(`/admin/exposures/${await listId()}`, team['viewer']);
    expect(page).toMatch(/<table class="bars">[^]*Messages by addresses in them/);
    expect(page).toMatch(/Contain a name[^]*<svg class="bar"[^>]*aria-hidden="true"/);
    expect(page).not.toMatch(/<script|style="/);
    expect(page).toContain('/figures.csv');
  });
});
