import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '#db/client.ts';
import { touch } from '#src/domain/editions.ts';
import { openLog } from '#src/log.ts';
import { findDocument, type Document } from '#src/press/documents.ts';
import { openPress, type Press } from '#src/press/press.ts';
import { testStore } from '#tests/support/database.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(async () => {
  await store.close();
});

/** Renders a counter, so that two renderings of one path differ. */
function counting() {
  const renderings = new Map<string, number>();
  let failing = false;
  return {
    renderings,
    fail: (yes: boolean) => (failing = yes),
    render: async (path: string) => {
      if (failing) throw new Error('The database is gone.');
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (path.includes('nowhere')) return { status: 404, type: 'text/html', bytes: Buffer.from('404') };
      const number = (renderings.get(path) ?? 0) + 1;
      renderings.set(path, number);
      return { status: 200, type: 'text/html', bytes: Buffer.from(`${path} ${number}`) };
    },
  };
}

function documentAt(path: string): Document {
  const document = findDocument(path);
  if (!document) throw new Error(`${path} is no document`);
  return document;
}

async function textOf(press: Press, path: string): Promise<string | undefined> {
  const body = await press.find(documentAt(path));
  return body && Buffer.from(body.identity).toString();
}

describe('the press', () => {
  let pages: ReturnType<typeof counting>;
  let press: Press;
  beforeEach(async () => {
    pages = counting();
    press = await openPress({ store, log: openLog('silent'), render: pages.render });
    return () => press.close();
  });

  test('renders hot documents before anybody asks', () => {
    expect(press.isReady()).toBe(true);
    expect([...pages.renderings.keys()].sort()).toEqual(['/', '/faqs', '/feed.atom']);
  });

  test('renders a cold document once, however many ask at once', async () => {
    const texts = await Promise.all(Array.from({ length: 1000 }, () => textOf(press, '/statements/one')));
    expect(new Set(texts)).toEqual(new Set(['/statements/one 1']));
    expect(pages.renderings.get('/statements/one')).toBe(1);
  });

  test('keeps nothing of a document that does not exist', async () => {
    expect(await textOf(press, '/statements/nowhere')).toBeUndefined();
  });

  test('serves the new bytes after a commit, and only of what depends on it', async () => {
    await textOf(press, '/notices/one');
    await store.db.transaction((tx) => touch(tx, ['statements']));
    await expect.poll(() => textOf(press, '/'), { timeout: 5000 }).toBe('/ 2');
    expect(await textOf(press, '/faqs')).toBe('/faqs 1');
    expect(await textOf(press, '/notices/one')).toBe('/notices/one 1');
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
    pages.fail(true);
    await store.db.transaction((tx) => touch(tx, ['incidents']));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await textOf(press, '/')).toBe('/ 1');
    pages.fail(false);
    await expect.poll(() => textOf(press, '/'), { timeout: 5000 }).toBe('/ 2');
  });

  test('never shows one version beside another within an edition', async () => {
    const seen = new Set<string>();
    const reading = (async () => {
      const until = performance.now() + 600;
      while (performance.now() < until) {
        const [home, feed] = await Promise.all([textOf(press, '/'), textOf(press, '/feed.atom')]);
        seen.add(`${home?.split(' ')[1]}=${feed?.split(' ')[1]}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let change = 0; change < 5; change += 1) {
      await store.db.transaction((tx) => touch(tx, ['statements']));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await reading;
    expect([...seen].filter((pair) => pair.split('=')[0] !== pair.split('=')[1])).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  });
});

describe('which paths are documents', () => {
  test.each([
    ['/'],
    ['/faqs'],
    ['/feed.atom'],
    ['/incidents/visible-recipients'],
    ['/statements/what-happened'],
    ['/statements/what-happened.txt'],
    ['/statements/what-happened/revisions/2'],
    ['/notices/index-change'],
  ])('%s is one', (path) => {
    expect(findDocument(path)?.path).toBe(path);
  });

  test.each([
    ['/my'],
    ['/admin'],
    ['/sign-in'],
    ['/u/token'],
    ['/statements/'],
    ['/statements/What'],
    ['/statements/a/revisions/0'],
    ['/statements/../admin'],
    ['/statements/a%2fb'],
    [`/statements/${'a'.repeat(200)}`],
  ])('%s is none', (path) => {
    expect(findDocument(path)).toBeUndefined();
  });
});
