import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { cookieName } from '#src/http/cookies.ts';
import { openMessages } from '#src/messages/messages.ts';
import { askedForCode, signedInCustomer } from '#tests/support/people.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

const messages = fileURLToPath(new URL('../../src/messages/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'forthright-messages-'));
let site: TestSite;
let story: Story;
let cookie: string;

beforeAll(async () => {
  cpSync(messages, folder, { recursive: true });
  const english = JSON.parse(readFileSync(join(folder, 'en.json'), 'utf8')) as Record<string, string>;
  const catalan = { ...english, 'language.name': 'Català', 'nav.faqs': 'Preguntes' };
  writeFileSync(join(folder, 'ca.json'), JSON.stringify(catalan));
  site = await startSite({ messages: openMessages(folder), variables: { WORKER: 'off' } });
  story = await tellStory(site.app);
  const { app } = site;
  await editSite(app.db, operator, { languages: ['es'] }, app.now());
  const { sessionToken } = await signedInCustomer(app.db, app.keys, story.exposed, app.now());
  cookie = `${cookieName('customer', site.url)}=${sessionToken}`;
});
afterAll(async () => {
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${site.url}${path}`, { headers, redirect: 'manual' });
const textOf = async (path: string) => (await get(path)).text();
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${site.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', ...headers },
    body: new URLSearchParams(fields),
  });

/** Pages of ours that a page links to; the choice of a language leads out of it on purpose. */
function linksIn(html: string): string[] {
  const links = html.replace(/<a [^>]*hreflang[^>]*>/g, '').matchAll(/<a [^>]*href="(\/[^"#]*)"/g);
  return [...links].map((match) => match[1] as string);
}

describe('a page in another language that the site offers', () => {
  test('says what it is, and links to pages in the same language only', async () => {
    for (const path of ['', '/subscribe', '/privacy', '/sign-in', '/u/broken', '/nothing-here']) {
      const html = await textOf(`/es${path}`);
      expect([path, /<html lang="es" dir="ltr"/.test(html)]).toEqual([path, true]);
      const links = linksIn(html);
      expect(links.length).toBeGreaterThan(0);
      expect([path, links.filter((href) => !/^\/es(\/|$)/.test(href))]).toEqual([path, []]);
    }
  });

  test('keeps what was searched for when the language changes; other pages keep nothing of what was asked', async () => {
    expect(await textOf('/search?q=two+words&x=1')).toContain('href="/es/search?q=two+words"');
    expect(await textOf('/es/search?q=%22%3E%3Cb')).toContain('href="/search?q=%22%3E%3Cb"');
    expect(await textOf('/search')).toContain('href="/es/search"');
    expect(await textOf('/subscribe?q=two')).toContain('href="/es/subscribe"');
  });

  test('tells machines where it is in each language, and which one is meant for everybody else', async () => {
    for (const [path, inSpanish] of [
      ['/', '/es'],
      ['/subscribe', '/es/subscribe'],
      [`/incidents/${story.incidentSlug}`, `/es/incidents/${story.incidentSlug}`],
    ] as const) {
      for (const [asked, canonical] of [
        [path, path],
        [inSpanish, inSpanish],
      ] as const) {
        const html = await textOf(asked);
        expect(html).toContain(`<link rel="canonical" href="${site.url}${canonical}">`);
        expect(html).toContain(`<link rel="alternate" hreflang="en" href="${site.url}${path}">`);
        expect(html).toContain(`<link rel="alternate" hreflang="es" href="${site.url}${inSpanish}">`);
        expect(html).toContain(`<link rel="alternate" hreflang="x-default" href="${site.url}${path}">`);
      }
    }
  });

  test('can be changed to the others by a plain link, each by its own name', async () => {
    const html = await textOf('/es/subscribe');
    expect(html).toMatch(/<a href="\/subscribe" hreflang="en" lang="en"\s*>\s*English/);
    expect(html).toMatch(
      /<a href="\/es\/subscribe" hreflang="es" lang="es" aria-current="true"\s*>\s*Español/,
    );
  });

  test('is no page where the site does not offer it, nor twice where it is the site’s own', async () => {
    expect((await get('/ca')).status).toBe(404);
    expect((await get('/en')).status).toBe(404);
    expect((await get('/es/admin')).status).toBe(404);
  });
});

describe('a form in another language', () => {
  test('leads on in that language', async () => {
    const asked = await post('/es/sign-in?_action=accounts.requestSignIn', { address: 'a@readers.example' });
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/es/sign-in/code']);
    const { app } = site;
    const { browserSecret, code } = await askedForCode(
      app.db,
      app.keys,
      { address: 'a@readers.example' },
      app.now(),
    );
    const asking = `${cookieName('customer_asked', site.url)}=${browserSecret}`;
    const signedIn = await post('/es/sign-in/code?_action=accounts.signIn', { code }, { cookie: asking });
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/es/my']);
    const out = await post('/es/sign-out', {}, { cookie });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/es']);
    expect((await get('/es/my')).headers.get('location')).toBe('/es/sign-in');
  });

  test.each([
    ['/es/subscribe?_action=subscribers.subscribe', { address: 'a b' }, 'no tiene @'],
    ['/es/subscribe?_action=subscribers.subscribe', { address: 'a@b.example' }, 'Elija al menos una opción.'],
    ['/es/sign-in?_action=accounts.requestSignIn', { address: 'a@' }, 'no hay nada después de la @'],
    ['/es/sign-in?_action=accounts.requestSignIn', {}, 'Escriba una dirección de correo electrónico.'],
    ['/es/sign-in/code?_action=accounts.signIn', { code: '' }, 'Introduzca el código.'],
    ['/es/sign-in/code?_action=accounts.signIn', { code: 'wrong' }, 'Este código no sirve'],
    [
      '/es/confirm/x?_action=subscribers.confirm',
      { token: 'x', topics: 'statements' },
      'Este enlace ya no funciona',
    ],
  ])('%s is refused in its words', async (path, fields, words) => {
    const { app } = site;
    const asked = await askedForCode(app.db, app.keys, { address: 'b@readers.example' }, app.now());
    const answer = await post(path, fields as Record<string, string>, {
      cookie: `${cookieName('customer_asked', site.url)}=${asked.browserSecret}`,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).toContain(words);
  });

  test('of another site is refused in its words', async () => {
    const answer = await post('/es/subscribe', { address: 'x' }, { 'Sec-Fetch-Site': 'cross-site' });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('desde otro sitio')]);
  });
});

describe('a file with the words of a language', () => {
  test('is all it takes to offer that language', async () => {
    const { app } = site;
    await editSite(app.db, operator, { languages: ['es', 'ca'] }, app.now());
    await expect.poll(async () => (await get('/ca')).status, { timeout: 10_000 }).toBe(200);
    const html = await textOf('/ca');
    expect(html).toContain('<html lang="ca" dir="ltr"');
    expect(html).toMatch(/hreflang="ca"[^>]*>\s*Català/);
    expect(html).toMatch(/href="\/ca\/faqs"[^>]*>\s*Preguntes/);
    await expect.poll(() => textOf('/'), { timeout: 10_000 }).toMatch(/href="\/ca" hreflang="ca"/);
  });
});

describe('what no page answers', () => {
  test('is refused in the language of the path', async () => {
    const answer = await fetch(`${site.url}/es/faqs`, { method: 'PUT' });
    expect([answer.status, await answer.text()]).toEqual([
      405,
      'Aquí se leen páginas y se envían formularios, y nada más.\n',
    ]);
    const large = await post('/es/subscribe', { address: 'x'.repeat(3 * 1024 * 1024) });
    expect([large.status, await large.text()]).toEqual([
      413,
      'Es más de lo que admite este formulario (2 MB).\n',
    ]);
  });
});

describe('without the database', () => {
  test('the page of the failure still speaks the language of the path', async () => {
    const failing = await startSite({ variables: { WORKER: 'off' } });
    try {
      await failing.app.store.close();
      const answer = await fetch(`${failing.url}/es/sign-in`);
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain('Algo ha fallado por nuestra parte');
      const api = await fetch(`${failing.url}/api/forthright/v1/incidents/leak.json`);
      expect([api.status, api.headers.get('access-control-allow-origin')]).toEqual([503, '*']);
      expect(api.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await api.json()).toMatchObject({ code: 'unavailable', message: expect.any(String) });
    } finally {
      // Its database is closed already, which is as far as closing comes.
      await failing.close().catch(() => undefined);
    }
  });
});
