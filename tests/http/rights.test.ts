import { eq } from '#db/drizzle.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addresses, customers, sessions, subscriptions } from '#db/schema/index.ts';
import { findSignedInCustomer } from '#src/domain/accounts/queries.ts';
import { chooseOwnPreferences } from '#src/domain/subscribers/commands.ts';
import { signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

const MINUTE = 60_000;

let site: TestSite;
let story: Story;

beforeAll(async () => {
  site = await startSite({ variables: { WORKER: 'off' } });
  story = await tellStory(site.app);
});
afterAll(() => site.close());

/** The exposed customer of the story, who has just signed in, with their cookie. */
async function exposedCustomer(address = story.exposed, minutesAgo = 0) {
  const { db, keys, now } = site.app;
  const { customer, sessionToken } = await signedInCustomer(db, keys, address, now());
  const createdAt = new Date(now().getTime() - minutesAgo * MINUTE);
  await db.update(sessions).set({ createdAt }).where(eq(sessions.customerId, customer.id));
  return { customer, cookie: `forthright=${sessionToken}`, sessionToken };
}

const get = (path: string, cookie: string) =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { Cookie: cookie } });

function post(path: string, cookie: string, fields: [string, string][] = [], headers = {}) {
  return fetch(`${site.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', Cookie: cookie, ...headers },
    body: new URLSearchParams(fields),
  });
}

const confirmed: [string, string] = ['confirmed', 'on'];
const stop = '/my/data/stop?_action=rights.stopMessages';
const hide = '/my/data/hide?_action=rights.hideResult';
const erase = '/my/data/erase?_action=rights.eraseEverything';

/** Before anything else: later tests erase what is told here. */
describe('/my/data', () => {
  test('is linked from one’s answer, and has a copy and three choices with their consequences', async () => {
    const { cookie } = await exposedCustomer();
    expect(await (await get('/my', cookie)).text()).toContain('href="/my/data"');
    const page = await (await get('/my/data', cookie)).text();
    expect(page).toContain('action="/my/data/copy"');
    for (const choice of ['stop', 'hide', 'erase']) expect(page).toContain(`href="/my/data/${choice}"`);
    expect(page.match(/cannot be undone/g)).toHaveLength(2);
  });

  test('ten minutes after the sign-in asks to sign in again, on every page and for every form', async () => {
    const { cookie, customer } = await exposedCustomer(story.exposed, 10);
    for (const path of ['/my/data', '/my/data/stop', '/my/data/hide', '/my/data/erase']) {
      const page = await (await get(path, cookie)).text();
      expect(page).toContain('less than 10 minutes old');
      expect(page).toContain('href="/sign-in?again"');
      expect(page).not.toMatch(/_action=rights|action="\/my\/data\/copy"/);
    }
    const addressIds = customer.addresses.map(({ id }): [string, string] => ['addressIds', id]);
    for (const form of [stop, hide, erase]) {
      const answer = await post(form, cookie, [...addressIds, confirmed]);
      expect([form, answer.status]).toEqual([form, 403]);
      expect(await answer.text()).toContain('less than 10 minutes ago');
    }
    const copy = await post('/my/data/copy', cookie);
    expect([copy.status, copy.headers.get('location')]).toEqual([303, '/my/data']);
    const { db } = site.app;
    expect(await db.select().from(customers).where(eq(customers.id, customer.id))).toHaveLength(1);
  });
});

describe('a copy', () => {
  test('is a JSON file that is stored nowhere on its way', async () => {
    const { cookie } = await exposedCustomer();
    const answer = await post('/my/data/copy', cookie);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="your-data.json"');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(await answer.json()).toMatchObject({
      addresses: [{ address: story.exposed }],
      answers: [{ verdict: 'exposed', measures: { password_reset: 'We reset your password.' } }],
    });
  });

  test('is not given by a link, to a stranger, or to a form of another site', async () => {
    const { cookie } = await exposedCustomer();
    expect((await get('/my/data/copy', cookie)).status).toBe(404);
    expect((await post('/my/data/copy', '')).headers.get('location')).toBe('/sign-in');
    const foreign = await post('/my/data/copy', cookie, [], { 'Sec-Fetch-Site': 'cross-site' });
    expect(foreign.status).toBe(403);
  });

  test('taken again and again has to wait', async () => {
    const { cookie } = await exposedCustomer('often@example.org');
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await post('/my/data/copy', cookie)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 303]);
    expect(await (await get('/my/data?copy=later', cookie)).text()).toContain('Try again in a minute');
  });
});

describe('each choice', () => {
  test('without its box ticked changes nothing and says so beside it', async () => {
    const { cookie, customer } = await exposedCustomer();
    const addressIds = customer.addresses.map(({ id }): [string, string] => ['addressIds', id]);
    for (const form of [stop, hide, erase]) {
      const answer = await post(form, cookie, addressIds);
      expect([form, answer.status]).toEqual([form, 400]);
      expect(await answer.text()).toContain('Tick this to confirm');
    }
    const none = await post(hide, cookie, [confirmed]);
    expect(await none.text()).toContain('Choose at least one address');
    expect(await (await get('/my', cookie)).text()).toContain('Your address was shown to other people');
  });

  test('stop: ends the subscriptions and keeps the answer', async () => {
    const { cookie, customer } = await exposedCustomer();
    const { db, keys, now } = site.app;
    const [address] = customer.addresses;
    await chooseOwnPreferences(
      db,
      keys,
      customer,
      { addressId: address?.id ?? '', topics: ['notices'] },
      now(),
    );
    const answer = await post(stop, cookie, [confirmed]);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain('Messages are stopped');
    expect(page).toContain('1 subscription has ended');
    const active = (await db.select().from(subscriptions)).filter(({ endedAt }) => endedAt === null);
    expect(active).toEqual([]);
    expect(await (await get('/my', cookie)).text()).toContain('Your address was shown to other people');
  });

  test('hide: the answer says neither yes nor no from then on', async () => {
    const { cookie, customer } = await exposedCustomer('three@example.org');
    const [address] = customer.addresses;
    const answer = await post(hide, cookie, [['addressIds', address?.id ?? ''], confirmed]);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('The result is hidden');
    const page = await (await get('/my', cookie)).text();
    expect(page).toContain('We no longer have an answer');
    expect(page).toContain('You asked us not to show this');
    expect(page).not.toMatch(/was not shown<|>Not shown|Not exposed|shown to other people/);
  });

  test('erase: signs out, clears the browser, leaves no account, and a new sign-in is not told “not exposed”', async () => {
    const { cookie, customer, sessionToken } = await exposedCustomer();
    const answer = await post(erase, cookie, [confirmed]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('clear-site-data')).toBe('"cache", "storage"');
    expect(answer.headers.getSetCookie().find((line) => line.startsWith('forthright='))).toMatch(
      /^forthright=(deleted)?; .*(Max-Age=0|Expires=Thu, 01 Jan 1970)/i,
    );
    const page = await answer.text();
    expect(page).toContain('Everything is erased');
    expect(page).toContain('What stays');
    expect(page).not.toContain(story.exposed);
    expect(page).not.toContain('/sign-out');
    const { db, keys, now } = site.app;
    expect(await findSignedInCustomer(db, keys, sessionToken, now())).toBeUndefined();
    expect(await db.select().from(addresses).where(eq(addresses.customerId, customer.id))).toEqual([]);
    expect((await get('/my/data', cookie)).headers.get('location')).toBe('/sign-in');

    const again = await exposedCustomer();
    expect(again.customer.id).not.toBe(customer.id);
    const own = await (await get('/my', again.cookie)).text();
    expect(own).toContain('had everything about it erased');
    expect(own).not.toMatch(/was not shown<|>Not shown|Not exposed|shown to other people/);
  });
});

test('nothing logged has an address or a token', () => {
  const lines = site.logged.join('\n');
  expect(lines).not.toContain('@');
  expect(lines).not.toMatch(/[\w-]{43}/);
});
