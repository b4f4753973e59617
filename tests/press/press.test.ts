import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '#db/client.ts';
import { operator } from '#src/domain/actors.ts';
import { listVersions, touch, type Dependency } from '#src/domain/editions.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { openLog } from '#src/log.ts';
import { openMessages } from '#src/messages/messages.ts';
import { Busy } from '#src/press/lanes.ts';
import { openPress, type Press } from '#src/press/press.ts';
import { testStore } from '#tests/support/database.ts';
import { countingPages, textOf, type CountingPages } from './support.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(async () => {
  await store.close();
});

const messages = openMessages();
const change = (...dependencies: Dependency[]) => store.db.transaction((tx) => touch(tx, dependencies));

describe('the press', () => {
  let pages: CountingPages;
  let press: Press;
  beforeEach(async () => {
    pages = countingPages();
    press = await openPress({ store, log: openLog('silent'), messages, render: pages.render });
    return () => press.close();
  });

  test('renders hot documents before anybody asks', () => {
    expect(press.isReady()).toBe(true);
    expect([...pages.renderings.keys()]).toEqual(
      expect.arrayContaining(['/', '/faqs', '/feed.atom', '/api/v2/summary.json', '/badge.svg']),
    );
    expect(press.peek('/')?.identity).toEqual(Buffer.from('/ 1'));
  });

  test('renders a cold document once, however many ask at once', async () => {
    const texts = await Promise.all(Array.from({ length: 1000 }, () => textOf(press, '/statements/one')));
    expect(new Set(texts)).toEqual(new Set(['/statements/one 1']));
    expect(pages.renderings.get('/statements/one')).toBe(1);
  });

  test('keeps nothing of a document that does not exist', async () => {
    expect(await textOf(press, '/statements/nowhere')).toBeUndefined();
    expect(press.peek('/statements/nowhere')).toBeUndefined();
  });

  test('asks once whether there is a document, until something changes', async () => {
    let asked = 0;
    pages.fail((path) => path === '/statements/nowhere' && (asked += 1) < 0);
    for (let time = 0; time < 3; time += 1) expect(await press.find('/statements/nowhere')).toBeUndefined();
    expect(asked).toBe(1);
    await change('statements');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    expect(await press.find('/statements/nowhere')).toBeUndefined();
    expect(asked).toBe(2);
  });

  test('refuses what would have to wait behind hundreds of others', async () => {
    const late = Promise.withResolvers<void>();
    const paths = Array.from({ length: 300 }, (_, number) => `/statements/late-${number}`);
    for (const path of paths) pages.hold(path, late.promise);
    const all = Promise.allSettled(paths.map((path) => press.find(path)));
    late.resolve();
    const refused = (await all).filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(90);
    for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toBeInstanceOf(Busy);
  });

  test('renders again by itself what it held and a change has dropped', async () => {
    await textOf(press, '/statements/old');
    await change('statement:old');
    await expect
      .poll(() => press.peek('/statements/old')?.identity.toString(), { timeout: 20_000 })
      .toBe('/statements/old 2');
  });

  test('has pages that stand in for others, and answers none of them at its own path', async () => {
    for (const path of ['/404', '/unavailable']) {
      expect(press.peek(path)).toBeUndefined();
      expect(await press.find(path)).toBeUndefined();
      expect(press.standIn(path, 'es')?.identity.toString()).toBe(`${path} 1`);
    }
  });

  test('serves the new bytes after a commit, and only of what depends on it', async () => {
    await textOf(press, '/notices/one');
    await change('statements');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    expect(await textOf(press, '/faqs')).toBe('/faqs 1');
    expect(await textOf(press, '/notices/one')).toBe('/notices/one 1');
  });

  test('renders of two things only the one that has changed', async () => {
    await Promise.all([textOf(press, '/notices/one'), textOf(press, '/notices/two')]);
    await change('notice:two');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    expect(await textOf(press, '/notices/one')).toBe('/notices/one 1');
    expect(await textOf(press, '/notices/two')).toBe('/notices/two 2');
    await change('notice:one');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 3');
    expect(await textOf(press, '/notices/one')).toBe('/notices/one 2');
    expect(await textOf(press, '/notices/two')).toBe('/notices/two 2');
  });

  test('serves nothing new after a transaction that was rolled back', async () => {
    await store.db
      .transaction(async (tx) => {
        await touch(tx, ['statements']);
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(await textOf(press, '/')).toBe('/ 1');
  });

  test('keeps the last edition when rendering fails, and recovers by itself', async () => {
    pages.fail(() => true);
    await change('incidents');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await textOf(press, '/')).toBe('/ 1');
    pages.fail(() => false);
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
  });

  test('does not let one page that cannot be rendered hold back the news for good', async () => {
    pages.fail((path) => path === '/feed.json');
    await change('incidents');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).not.toBe('/ 1');
    expect(press.peek('/feed.json')).toBeUndefined();
    pages.fail(() => false);
    expect(await textOf(press, '/feed.json')).toBe('/feed.json 2');
  }, 30_000);

  test('does not keep what was rendered before a change that came meanwhile', async () => {
    const late = Promise.withResolvers<void>();
    pages.hold('/statements/late', late.promise);
    const asked = textOf(press, '/statements/late');
    // The embedded database lets nobody in while a page is rendered from it; a server does.
    const changed = change('statement:late');
    if (store.engine === 'postgres') {
      await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    }
    late.resolve();
    await changed;
    await asked;
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    expect(await textOf(press, '/statements/late')).toBe('/statements/late 2');
  });

  test('renders open incidents ahead of any reader, until they have ended', async () => {
    const now = new Date();
    const { id, slug } = await openIncident(
      store.db,
      operator,
      { title: 'Orders wait', slug: 'orders-wait', nature: 'service', impact: 'minor' },
      now,
    );
    await postIncidentUpdate(
      store.db,
      operator,
      { incidentId: id, status: 'investigating', body: 'We look.' },
      now,
    );
    await expect.poll(() => press.peek(`/incidents/${slug}`), { timeout: 20_000 }).toBeDefined();
    const rendered = pages.renderings.get(`/incidents/${slug}`);
    await postIncidentUpdate(store.db, operator, { incidentId: id, status: 'resolved', body: 'Done.' }, now);
    await expect.poll(() => press.edition()?.hot.has(`/incidents/${slug}`), { timeout: 20_000 }).toBe(false);
    // Then once more behind all others, because it was held: the database may go.
    await expect.poll(() => press.peek(`/incidents/${slug}`), { timeout: 20_000 }).toBeDefined();
    expect(pages.renderings.get(`/incidents/${slug}`)).toBe((rendered ?? 0) + 1);
  });

  test('gives its turn to others between two renderings', async () => {
    pages.busy(8);
    const before = total(pages);
    const seen = new Set<number>();
    const clock = setInterval(() => seen.add(total(pages)), 0);
    await change('site');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    clearInterval(clock);
    // On a busy machine a turn may come late, but not only before the first and after the last.
    expect(total(pages) - before).toBeGreaterThan(10);
    expect(seen.size).toBeGreaterThan(5);
  });

  test('renders every hot document that a change concerns before one swap, and no other', async () => {
    const before = new Map(pages.renderings);
    pages.busy(10);
    await change('faqs');
    await expect.poll(() => press.peek('/faqs')?.identity.toString(), { timeout: 20_000 }).toBe('/faqs 2');
    const again = [...pages.renderings].filter(([path, count]) => count !== before.get(path));
    expect(again.map(([path]) => path)).toEqual(['/faqs']);
    await change('statements');
    await expect.poll(() => press.peek('/')?.identity.toString(), { timeout: 20_000 }).toBe('/ 2');
    for (const path of ['/feed.atom', '/feed.rss', '/feed.json', '/api/v2/summary.json']) {
      expect(press.peek(path)?.identity.toString()).toBe(`${path} 2`);
    }
  });

  test('renders what a page names itself again when that has changed', async () => {
    pages.name('/statements/named', ['incident:other']);
    expect(await textOf(press, '/statements/named')).toBe('/statements/named 1');
    expect(await textOf(press, '/statements/unnamed')).toBe('/statements/unnamed 1');
    await change('incident:other');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    expect(await textOf(press, '/statements/named')).toBe('/statements/named 2');
    expect(await textOf(press, '/statements/unnamed')).toBe('/statements/unnamed 1');
  });

  test('renders what it is told to keep, and leaves out what is not there', async () => {
    await press.warm(['/', '/notices/one', '/notices/nowhere', '/my']);
    expect(press.peek('/notices/one')?.identity.toString()).toBe('/notices/one 1');
    expect(press.peek('/notices/nowhere')).toBeUndefined();
    expect(pages.renderings.get('/')).toBe(1);
  });
});

test('one version is never shown beside another, hot or cold, whatever is committed meanwhile', async () => {
  const press = await openPress({
    store,
    log: openLog('silent'),
    messages,
    render: async (path, db) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const version = (await listVersions(db)).get('statements') ?? 0;
      return { status: 200, type: 'text/plain', headers: {}, bytes: Buffer.from(`${path} ${version}`) };
    },
  });
  const paths = ['/', '/feed.atom', '/api/v2/summary.json', '/incidents/cold', '/incidents/colder'];
  const seen = new Set<string>();
  let done = false;
  const reading = (async () => {
    while (!done) {
      const texts = paths.flatMap((path) => press.peek(path)?.identity.toString() ?? []);
      seen.add([...new Set(texts.map((text) => text.split(' ')[1]))].join(' beside '));
      await Promise.all(paths.slice(3).map((path) => press.find(path)));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  for (let turn = 0; turn < 20; turn += 1) {
    await change('statements');
    await new Promise((resolve) => setTimeout(resolve, turn * 5));
  }
  done = true;
  await reading;
  await press.close();
  expect([...seen].filter((versions) => versions.includes('beside'))).toEqual([]);
  expect(seen.size).toBeGreaterThan(1);
}, 60_000);

describe('the hot documents of a new day', () => {
  test('are rendered again at midnight in the site’s time zone', async () => {
    const pages = countingPages();
    let now = new Date('2026-03-01T23:59:50Z');
    const press = await openPress({
      store,
      log: openLog('silent'),
      messages,
      render: pages.render,
      now: () => now,
    });
    expect(await textOf(press, '/')).toBe('/ 1');
    now = new Date('2026-03-02T00:00:01Z');
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    expect(await textOf(press, '/faqs')).toBe('/faqs 1');
    await press.close();
  });
});

function total({ renderings }: CountingPages): number {
  return [...renderings.values()].reduce((sum, count) => sum + count, 0);
}
