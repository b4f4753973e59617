import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database, Store } from '#db/client.ts';
import { touch } from '#src/domain/editions.ts';
import { openLog } from '#src/log.ts';
import { openMessages } from '#src/messages/messages.ts';
import { readEdition } from '#src/press/disk.ts';
import { openKeeper } from '#src/press/keeper.ts';
import { openPress } from '#src/press/press.ts';
import { testStore } from '#tests/support/database.ts';
import { countingPages, textOf } from './support.ts';

let store: Store;
let folder: string;
beforeAll(async () => {
  store = await testStore();
  folder = mkdtempSync(join(tmpdir(), 'forthright-away-'));
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const messages = openMessages();
const log = openLog('silent');

/** The same store; while `away`, nothing answers. */
function leaving(): { store: Store; leave(): void; comeBack(): void } {
  let away = false;
  const refuse = () => {
    throw new Error('The database does not answer.');
  };
  const db = new Proxy(store.db, {
    get: (target, name: keyof Database) => {
      if (away) refuse();
      const value: unknown = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    store: { ...store, db },
    leave: () => (away = true),
    comeBack: () => (away = false),
  };
}

test('pages say as of when while the database does not answer, and stop when it does', async () => {
  const { store: mine, leave, comeBack } = leaving();
  const pages = countingPages('text/html; charset=utf-8');
  const options = { store: mine, log, messages, render: pages.render, awayAfterMs: 300 };
  const press = await openPress(options);
  await textOf(press, '/notices/one');
  const before = await textOf(press, '/');
  const hashBefore = press.peek('/')?.hash;
  leave();
  await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toContain('Our database does not answer.');
  expect(await textOf(press, '/notices/one')).toContain('This page shows what we knew at');
  expect(press.peek('/')?.hash).not.toBe(hashBefore);
  expect(press.asOf()).toBeInstanceOf(Date);
  await expect(press.find('/notices/two')).rejects.toThrow();
  comeBack();
  await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe(before);
  expect(press.asOf()).toBeUndefined();
  expect(await textOf(press, '/notices/one')).not.toContain('what we knew');
  expect(await textOf(press, '/notices/two')).toContain('/notices/two 1');
  await press.close();
});

test('what has changed meanwhile is shown when the database is back, without a note', async () => {
  const { store: mine, leave, comeBack } = leaving();
  const pages = countingPages('text/html; charset=utf-8');
  const press = await openPress({ store: mine, log, messages, render: pages.render, awayAfterMs: 300 });
  leave();
  await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toContain('Our database does not answer.');
  await store.db.transaction((tx) => touch(tx, ['incidents']));
  comeBack();
  await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toContain('>/ 2<');
  await press.close();
});

test('two presses on one database both swap', async () => {
  const pages = [countingPages(), countingPages()];
  const presses = await Promise.all(
    pages.map((each) => openPress({ store, log, messages, render: each.render })),
  );
  await store.db.transaction((tx) => touch(tx, ['incidents']));
  for (const press of presses) {
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    await press.close();
  }
});

test('the edition that is served is on disk a moment later, cold documents and all', async () => {
  const keeper = openKeeper({ folder, log });
  const press = await openPress({
    store,
    log,
    messages,
    render: countingPages().render,
    onSwap: (edition, changed) => keeper.keep(edition, changed.length > 0),
    onKnown: (at) => keeper.known(at),
  });
  const kept = async (path: string) => {
    const edition = await readEdition(folder);
    const entry = edition?.entries.find((each) => each.path === path);
    return entry && Buffer.from(entry.bytes).toString();
  };
  await expect.poll(() => kept('/'), { timeout: 20_000 }).toBe('/ 1');
  await textOf(press, '/notices/one');
  await store.db.transaction((tx) => touch(tx, ['incidents']));
  await expect.poll(() => kept('/'), { timeout: 20_000 }).toBe('/ 2');
  expect(await kept('/notices/one')).toBe('/notices/one 1');
  await textOf(press, '/notices/two');
  await press.close();
  await keeper.close();
  expect(await kept('/notices/two')).toBe('/notices/two 1');
});

describe('the edition on disk, when a text was changed or withdrawn', () => {
  const withKeeper = async () => {
    const own = mkdtempSync(join(folder, 'own-'));
    const keeper = openKeeper({ folder: own, log });
    const press = await openPress({
      store,
      log,
      messages,
      render: countingPages().render,
      beforeSwap: (changed) => keeper.change(changed),
      onSwap: (edition, changed) => keeper.keep(edition, changed.length > 0),
    });
    const path = join(own, 'edition');
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    const close = async () => {
      await press.close();
      await keeper.close();
    };
    return { own, path, keeper, press, close };
  };

  test('is gone before the new one is served', async () => {
    const { path, keeper, press, close } = await withKeeper();
    await keeper.change(['today', 'components']);
    expect(existsSync(path)).toBe(true);
    await keeper.change(['statements', 'statement:one']);
    expect(existsSync(path)).toBe(false);
    await store.db.transaction((tx) => touch(tx, ['statement:one']));
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    await close();
  });

  test('does not stay when the new one cannot be written, and that is no secret', async () => {
    const { own, path, keeper, press, close } = await withKeeper();
    const obstacle = join(own, `edition.${process.pid}.unfinished`);
    mkdirSync(obstacle);
    await store.db.transaction((tx) => touch(tx, ['statement:one']));
    await expect.poll(() => textOf(press, '/'), { timeout: 20_000 }).toBe('/ 2');
    await expect.poll(() => keeper.isFailing(), { timeout: 20_000 }).toBe(true);
    expect(existsSync(path)).toBe(false);
    rmdirSync(obstacle);
    await close();
    expect(keeper.isFailing()).toBe(false);
    expect(existsSync(path)).toBe(true);
  });

  test('does not come back from a writing that had begun before', async () => {
    const { path, keeper, press, close } = await withKeeper();
    const edition = press.edition();
    if (!edition) throw new Error('unreachable');
    await keeper.change(['statements']);
    keeper.keep(edition, true);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await keeper.change(['statements']);
    expect(existsSync(path)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(existsSync(path)).toBe(false);
    await close();
  });
});
