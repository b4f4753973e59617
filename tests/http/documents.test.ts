import { request } from 'node:http';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cookieName } from '#src/http/cookies.ts';
import { securityHeaders } from '#src/http/headers.ts';
import { splitLanguage } from '#src/http/language.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { exportSite } from '#src/press/export.ts';
import { listPublicPaths } from '#src/press/listing.ts';
import { renderPath } from '#src/press/render.ts';
import { forNobody } from '#src/server/site.ts';
import { loadBuild } from '#src/start.ts';
import { customerSession } from '#tests/support/sessions.ts';
import { startSite, type TestSite } from '#tests/support/site.ts';
import { tellStory, type Story } from '#tests/support/story.ts';

let site: TestSite;
let story: Story;
let cookies: Record<string, string>;
/** Every document there is, each with its bytes. */
const documents = new Map<string, Buffer>();

beforeAll(async () => {
  site = await startSite();
  story = await tellStory(site.app);
  const { db } = site.app;
  await editSite(db, story.owner.member, { ...(await getSite(db)), languages: ['es'] }, new Date());
  const { publicUrl } = site.settings;
  cookies = {
    anonymous: '',
    customer: `${cookieName('customer', publicUrl)}=${await customerSession(site, story.exposed)}`,
    staff: `${cookieName('staff', publicUrl)}=${story.owner.sessionToken}`,
  };
  await vi.waitFor(async () => expect((await fetch(`${site.url}/es`)).status).toBe(200), {
    timeout: 10_000,
    interval: 100,
  });
  for await (const { path, perhaps } of listPublicPaths(db, ['es'])) {
    const response = await fetch(`${site.url}${path}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!perhaps && !path.startsWith('/logo/')) expect([path, response.status]).toEqual([path, 200]);
    if (response.status === 200) documents.set(path, bytes);
  }
});
afterAll(() => site.close());

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; bytes: Buffer };

/** As it comes over the line: nothing is unpacked, and no header is added. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(site.url);
    request({ hostname, port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(chunks),
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('every public document', () => {
  test('is there: pages, texts, feeds, answers for machines, in both languages', () => {
    const found = [...documents.keys()];
    for (const path of [
      '/',
      '/es',
      '/faqs',
      '/es/faqs',
      '/feed.atom',
      `/es/statements/${story.statementSlug}`,
    ])
      expect(found).toContain(path);
    expect(found.length).toBeGreaterThan(20);
  });

  test('is the same bytes for nobody, for a customer and for staff, with any query and any header', async () => {
    for (const [path, plain] of documents) {
      for (const [who, cookie] of Object.entries(cookies)) {
        const answer = await ask(`${path}?_action=accounts.signOut&x=<script>`, {
          cookie,
          'accept-language': 'es',
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'https',
          'x-original-url': '/admin',
          'x-http-method-override': 'POST',
        });
        expect([path, who, answer.status, answer.bytes.equals(plain)]).toEqual([path, who, 200, true]);
        expect(answer.headers['set-cookie']).toBeUndefined();
      }
    }
  });

  test('names what it depends on, is told apart by encoding alone, and carries every header in every answer', async () => {
    const shared = securityHeaders(site.settings.publicUrl).filter((_, index) => index % 2 === 0);
    for (const path of documents.keys()) {
      const whole = await ask(path, { 'accept-encoding': 'br, gzip' });
      const etag = String(whole.headers['etag']);
      const head = await ask(path, { 'accept-encoding': 'br, gzip' }, 'HEAD');
      const again = await ask(path, { 'accept-encoding': 'br, gzip', 'if-none-match': etag });
      expect([path, head.status, head.bytes.length, again.status, again.bytes.length]).toEqual([
        ...[path, 200, 0, 304, 0],
      ]);
      expect(head.headers['content-length']).toBe(whole.headers['content-length']);
      if (path.startsWith('/api/')) expect(whole.headers['access-control-allow-origin']).toBe('*');
      for (const { headers } of [whole, head, again]) {
        expect(headers['vary']).toBe('Accept-Encoding');
        expect(headers['etag']).toBe(etag);
        expect(headers['cache-tag']).toMatch(/^[a-z0-9-]+(,[a-z0-9-]+)*$/);
        expect(headers['cache-control']).toContain('public, max-age=5');
        expect(headers['access-control-allow-origin']).toBe(whole.headers['access-control-allow-origin']);
        for (const name of shared) expect([path, name, headers[name.toLowerCase()]]).not.toContain(undefined);
      }
    }
  });

  test('is the same document in each encoding, each with its own strong ETag', async () => {
    for (const [path, plain] of documents) {
      const [br, gzip, identity] = await Promise.all(
        ['br', 'gzip', 'identity'].map((encoding) => ask(path, { 'accept-encoding': encoding })),
      );
      if (!br || !gzip || !identity) throw new Error('unreachable');
      expect(identity.bytes.equals(plain)).toBe(true);
      if (br.headers['content-encoding'] === undefined) continue; // A picture is compressed as it is.
      expect(brotliDecompressSync(br.bytes).equals(plain)).toBe(true);
      expect(gunzipSync(gzip.bytes).equals(plain)).toBe(true);
      expect(new Set([br, gzip, identity].map(({ headers }) => headers['etag'])).size).toBe(3);
    }
  });
});

describe('a static export', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'forthright-export-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function write(to: string) {
    const { app } = site;
    const { handler, assets } = await loadBuild(app.settings.publicUrl);
    const { host } = new URL(app.settings.publicUrl);
    return exportSite({
      db: app.db,
      languages: app.messages.languages,
      assets,
      folder: to,
      compressed: true,
      now: app.now(),
      render: (asked, db) => {
        const { path, language } = splitLanguage(asked, app.messages.languages);
        return renderPath(handler, forNobody({ ...app, db }, 'export', language), host, path);
      },
    });
  }

  test('has every document, byte for byte what the site answers', async () => {
    const to = join(folder, 'site');
    const written = await write(to);
    expect(written.documents).toBe(documents.size);
    for (const [path, live] of documents) {
      const type = (await fetch(`${site.url}${path}`, { method: 'HEAD' })).headers.get('content-type') ?? '';
      const file = type.startsWith('text/html') ? join(to, path, 'index.html') : join(to, path);
      expect([path, readFileSync(file).equals(live)]).toEqual([path, true]);
    }
    expect(
      gunzipSync(readFileSync(join(to, 'index.html.gz'))).equals(documents.get('/') ?? Buffer.of()),
    ).toBe(true);
    expect(readFileSync(join(to, '404.html'), 'utf8')).toContain('<html');
    const linked = [...readFileSync(join(to, 'index.html'), 'utf8').matchAll(/href="(\/_astro\/[^"]+)"/g)];
    for (const [, path = ''] of linked) expect(readFileSync(join(to, path)).length).toBeGreaterThan(0);
    expect(linked.length).toBeGreaterThan(0);
  });

  test('has what every link in it leads to, but for the pages that only the server has', async () => {
    const to = join(folder, 'linked');
    await write(to);
    const files = new Set(filesIn(to));
    const served = /^(?:\/es)?\/(?:my|subscribe|sign-in|search)(?:\/|$)/;
    const broken = new Set<string>();
    let links = 0;
    for (const file of files) {
      if (!file.endsWith('.html')) continue;
      const html = readFileSync(join(to, file), 'utf8');
      for (const [, address = ''] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
        const { origin, pathname } = new URL(address.replaceAll('&amp;', '&'), `${site.settings.publicUrl}/`);
        if (origin !== new URL(site.settings.publicUrl).origin || served.test(pathname)) continue;
        links += 1;
        const path = decodeURIComponent(pathname).slice(1);
        if (!files.has(path) && !files.has(join(path, 'index.html'))) broken.add(`${file} → ${pathname}`);
      }
    }
    expect([...broken]).toEqual([]);
    expect(links).toBeGreaterThan(300);
  });

  test('takes the place of an earlier one, and of nothing else', async () => {
    const to = join(folder, 'site');
    writeFileSync(join(to, 'left-over.html'), 'old');
    await write(to);
    expect(filesIn(to)).not.toContain('left-over.html');
    const other = join(folder, 'other');
    await write(other);
    rmSync(join(other, '.forthright-export'));
    await expect(write(other)).rejects.toThrow(/not made by an earlier export/);
    expect(readdirSync(folder).sort()).toEqual(['linked', 'other', 'site']);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
