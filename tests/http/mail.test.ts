import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { providerEvents, subscriptions } from '#db/schema/index.ts';
import { accountBroadcast, listBroadcasts } from '#src/domain/broadcasts/queries.ts';
import { cookieName } from '#src/http/cookies.ts';
import { signedResendEvent } from '#tests/support/resend-double/events.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { customerSession } from '#tests/support/sessions.ts';
import { enrolledStaff, tellStory, type Story } from '#tests/support/story.ts';

const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of the tests').toString('base64')}`;
const reader = 'reader@customers.example';

let site: TestSite;
let story: Story;
beforeAll(async () => {
  site = await startSite({ variables: { RESEND_WEBHOOK_SECRET: WEBHOOK_SECRET } });
  story = await tellStory(site.app);
});
afterAll(() => site.close());

const get = (path: string, cookie = '') =>
  fetch(`${site.url}${path}`, { redirect: 'manual', headers: { cookie } });

type Fields = Record<string, string> | [string, string][];

/** A form as a browser sends it from our own page. */
function post(
  path: string,
  fields: Fields,
  headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin' },
) {
  const body = new URLSearchParams(fields);
  return fetch(`${site.url}${path}`, { method: 'POST', redirect: 'manual', headers, body });
}

/** Subscribed by double opt-in; the path at the foot of their mails. */
async function subscribed(address: string): Promise<void> {
  await post('/subscribe?_action=subscribers.subscribe', [
    ['address', address],
    ['topics', 'statements'],
    ['topics', 'notices'],
  ]);
  const letter = await site.mailTo(address, (mail) => mail.text.includes('/confirm/'));
  const path = /\/confirm\/[\w-]+/.exec(letter.text)?.[0] ?? '';
  const token = path.slice('/confirm/'.length);
  await post(`${path}?_action=subscribers.confirm`, [
    ['token', token],
    ['topics', 'statements'],
    ['topics', 'notices'],
  ]);
}

describe('subscribing', () => {
  test('answers every address alike, echoing it as it was typed', async () => {
    await subscribed('known@customers.example');
    const pages = [];
    for (const address of ['known@customers.example', 'unknown@customers.example', story.exposed]) {
      const response = await post('/subscribe?_action=subscribers.subscribe', {
        address,
        topics: 'statements',
      });
      const headers = [...response.headers].filter(([name]) => name !== 'date');
      pages.push([response.status, headers, (await response.text()).replaceAll(address, '…')]);
    }
    expect(pages[0]?.[0]).toBe(200);
    expect(pages[1]).toEqual(pages[0]);
    expect(pages[2]).toEqual(pages[0]);
  });

  test('shows a mistake beside its field and keeps what was typed', async () => {
    const response = await post('/subscribe?_action=subscribers.subscribe', { address: 'no "address" <x>' });
    const page = await response.text();
    expect(response.status).toBe(400);
    expect(page).toContain('value="no &quot;address&quot; <x>"');
    expect(page).toContain('id="address-error"');
    expect(page).toContain('Choose at least one.');
  });

  test('opening the link in the letter changes nothing; the button on its page confirms', async () => {
    await post('/subscribe?_action=subscribers.subscribe', { address: reader, topics: 'notices' });
    const letter = await site.mailTo(reader, (mail) => mail.text.includes('/confirm/'));
    expect(letter.recipients).toBe(1);
    const path = /\/confirm\/[\w-]+/.exec(letter.text)?.[0] ?? '';
    const before = await site.app.db.select().from(subscriptions);
    for (const method of ['GET', 'HEAD', 'GET']) {
      const opened = await fetch(`${site.url}${path}`, { method });
      expect(opened.status).toBe(200);
      expect(opened.headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect(await site.app.db.select().from(subscriptions)).toEqual(before);
    const token = path.slice('/confirm/'.length);
    const confirmed = await post(`${path}?_action=subscribers.confirm`, { token, topics: 'statements' });
    expect([confirmed.status, confirmed.headers.get('location')]).toEqual([303, '/subscribe?done=confirmed']);
    expect(await (await get('/subscribe?done=confirmed')).text()).toContain('Your address is confirmed.');
  });

  test('a link that was never ours is a page that says what to do', async () => {
    const response = await get('/confirm/nonsense');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('subscribe again');
  });

  test('a signed-in customer chooses for their own address at once', async () => {
    const session = await customerSession(site, story.notExposed);
    const cookie = `${cookieName('customer', site.settings.publicUrl)}=${session}`;
    const page = await (await get('/my/preferences', cookie)).text();
    expect(page).toContain(story.notExposed);
    const addressId = /name="addressId" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const headers = { cookie, 'Sec-Fetch-Site': 'same-origin' };
    const saved = await post(
      '/my/preferences?_action=subscribers.choose',
      { addressId, topics: 'notices' },
      headers,
    );
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/my/preferences?done=saved']);
    expect(await (await get('/my/preferences', cookie)).text()).toMatch(
      /value="notices"[^>]*checked|checked[^>]*value="notices"/,
    );
  });
});

describe('a broadcast, from the admin area', () => {
  let broadcastId: string;
  let owner: string;
  let second: string;

  beforeAll(async () => {
    const cookie = cookieName('staff', site.settings.publicUrl);
    const approver = {
      name: 'Petra Voss',
      title: '',
      role: 'approver' as const,
      address: 'petra@harbourline.example',
    };
    owner = `${cookie}=${story.owner.sessionToken}`;
    second = `${cookie}=${(await enrolledStaff(site.app, approver)).sessionToken}`;
    broadcastId = story.broadcasts.find(({ purpose }) => purpose === 'update')?.id ?? '';
  });

  const asStaff = (cookie: string) => ({ cookie, 'Sec-Fetch-Site': 'same-origin' });

  test('shows the exact message, who gets it, and to its drafter why they cannot release it', async () => {
    const page = await (await get(`/admin/broadcasts/${broadcastId}`, owner)).text();
    expect(page).toContain('another person has to release it');
    expect(page).not.toContain('_action=broadcasts.release');
    expect(page).toContain('Subscribers to statements');
    expect(page).not.toContain(reader);
    const preview = await get(`/admin/broadcasts/${broadcastId}/preview`, owner);
    expect(preview.headers.get('content-security-policy')).toContain(
      "default-src 'none'; style-src 'unsafe-inline'",
    );
    expect(await preview.text()).toContain('/u/preview');
    const tried = await post(
      `/admin/broadcasts/${broadcastId}?_action=broadcasts.release`,
      { broadcastId },
      asStaff(owner),
    );
    expect(tried.status).toBe(403);
  });

  test('released by a second person it goes out, each message to one reader, and the page tells the account', async () => {
    const path = `/admin/broadcasts/${broadcastId}`;
    expect(await (await get(path, second)).text()).toContain('_action=broadcasts.release');
    const released = await post(`${path}?_action=broadcasts.release`, { broadcastId }, asStaff(second));
    expect([released.status, released.headers.get('location')]).toEqual([303, `${path}?done=released`]);
    const mail = await site.mailTo(reader, ({ raw }) =>
      raw.includes('List-Unsubscribe-Post: List-Unsubscribe=One-Click'),
    );
    expect(mail.recipients).toBe(1);
    await expect
      .poll(async () => (await accountBroadcast(site.app.db, broadcastId)).closes, { timeout: 10_000 })
      .toBe(true);
    await expect
      .poll(async () => (await listBroadcasts(site.app.db)).find(({ id }) => id === broadcastId)?.state, {
        timeout: 10_000,
      })
      .toBe('done');
    const page = await (await get(path, owner)).text();
    expect(page).toContain('The account closes');
    expect(page).not.toContain(reader);
    expect(await (await get('/admin/broadcasts', owner)).text()).toContain(path);
    const again = await post(`${path}?_action=broadcasts.release`, { broadcastId }, asStaff(second));
    expect(again.status).toBe(409);
  });

  test('nobody who may not stop it can', async () => {
    for (const headers of [asStaff(''), { cookie: owner, 'Sec-Fetch-Site': 'cross-site' }]) {
      const response = await post('/admin/broadcasts?_action=broadcasts.stop', { broadcastId }, headers);
      expect([401, 403]).toContain(response.status);
    }
  });
});

describe('the unsubscribe link of a mail', () => {
  async function linkOf(address: string): Promise<string> {
    const mail = await site.mailTo(address, ({ raw }) => raw.includes('List-Unsubscribe-Post'));
    return /<http:\/\/localhost:\d+(\/u\/[\w-]+)>/.exec(mail.raw.replace(/\r\n\s+/g, ' '))?.[1] ?? '';
  }
  const activeOf = async () =>
    (await site.app.db.select().from(subscriptions)).filter((row) => row.confirmedAt && !row.endedAt).length;

  test('opened by a scanner, however often, changes nothing', async () => {
    const path = await linkOf(reader);
    const before = await site.app.db.select().from(subscriptions);
    for (const method of ['GET', 'HEAD', 'GET']) {
      const opened = await fetch(`${site.url}${path}`, { method, redirect: 'manual' });
      expect(opened.status).toBe(200);
      expect(opened.headers.get('cache-control')).toContain('no-store');
      expect(opened.headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect(await site.app.db.select().from(subscriptions)).toEqual(before);
  });

  test('takes RFC 8058 posts of both kinds, from anywhere, without a redirect, as often as they come', async () => {
    const path = await linkOf(reader);
    const before = await activeOf();
    const one = { 'List-Unsubscribe': 'One-Click' };
    const multipart = new FormData();
    multipart.set('List-Unsubscribe', 'One-Click');
    for (const headers of [
      {},
      { Origin: 'https://mail.example' },
      { 'Sec-Fetch-Site': 'cross-site', cookie: 'x=y' },
    ]) {
      const response = await post(path, one, headers as Record<string, string>);
      expect(response.status).toBe(200);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
    const response = await fetch(`${site.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      body: multipart,
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('You are unsubscribed');
    expect(await activeOf()).toBe(before - 1);
  });

  test('offers topics while it is active, and after its end only the way through a new confirmation', async () => {
    const path = await linkOf(reader);
    await site.app.db.update(subscriptions).set({ endedAt: null });
    const chosen = await post(path, { intent: 'preferences', topics: 'notices' });
    expect(chosen.status).toBe(200);
    expect(await chosen.text()).toContain('Your choice is saved.');
    const none = await post(path, { intent: 'preferences' });
    expect(await none.text()).toContain('You are unsubscribed');
    const before = await activeOf();
    const again = await post(path, { intent: 'preferences', topics: 'notices' });
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('href="/subscribe"');
    expect(await activeOf()).toBe(before);
  });

  test('that is cut off is a page that says so, and a post to it changes nothing', async () => {
    const path = (await linkOf(reader)).slice(0, -1);
    const before = await site.app.db.select().from(subscriptions);
    expect((await get(path)).status).toBe(404);
    expect((await post(path, { 'List-Unsubscribe': 'One-Click' }, {})).status).toBe(404);
    expect(await site.app.db.select().from(subscriptions)).toEqual(before);
  });
});

describe('the provider’s webhook', () => {
  const send = ({ rawBody, headers }: { rawBody: string; headers: Headers }) =>
    fetch(`${site.url}/webhooks/resend`, { method: 'POST', headers, body: rawBody });
  const event = {
    type: 'email.delivered',
    created_at: new Date().toISOString(),
    data: { email_id: 'nothing-of-ours' },
  };
  const signed = (secret = WEBHOOK_SECRET, at = new Date()) =>
    signedResendEvent({ secret, id: 'msg_1', at, event });

  test('records a signed event once, and the worker acts on it', async () => {
    expect((await send(signed())).status).toBe(200);
    expect((await send(signed())).status).toBe(200);
    const handled = async () =>
      (await site.app.db.select().from(providerEvents)).map(({ id, handledAt }) => [id, handledAt !== null]);
    await expect.poll(handled, { timeout: 10_000 }).toEqual([['msg_1', true]]);
  });

  test('refuses another secret, an old event, and a changed body', async () => {
    const other = `whsec_${Buffer.from('another secret').toString('base64')}`;
    expect((await send(signed(other))).status).toBe(400);
    expect((await send(signed(WEBHOOK_SECRET, new Date(Date.now() - 600_000)))).status).toBe(400);
    expect((await send({ ...signed(), rawBody: '{"type":"email.bounced"}' })).status).toBe(400);
    expect((await get('/webhooks/resend')).status).toBe(404);
  });
});

test('nothing that was logged names a reader or holds a token', async () => {
  const log = site.logged.join('\n');
  expect(log).not.toContain('@');
  const mail = await site.mailTo(reader, ({ raw }) => raw.includes('List-Unsubscribe-Post'));
  for (const [, token] of mail.text.matchAll(/\/u\/([\w-]{20,})/g)) expect(log).not.toContain(token);
});
