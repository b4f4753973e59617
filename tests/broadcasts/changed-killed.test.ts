import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import { migrate, openDatabase, type Store } from '#db/client.ts';
import { beginFreeze } from '#src/domain/broadcasts/freeze.ts';
import { getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import { startChild } from '#tests/support/child.ts';
import { testStore } from '#tests/support/database.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { databaseUrl } from '#tests/support/postgres-server.ts';
import { changedBroadcast, corrected, recipientsOf } from './changed-support.ts';
import { letterhead, rowsOf } from './support.ts';

const CHILD = fileURLToPath(new URL('./freezing-child.ts', import.meta.url));
const KILLS = 3;
/** Four of either list. */
const PAGES = 8;

const folder = mkdtempSync(join(tmpdir(), 'forthright-freezing-'));
const keysDir = join(folder, 'keys');
const keys = openKeyStore({ keysDir, mayCreate: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const people = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `p${from + index}@example.com`);

test('a freeze whose process is killed at any moment goes on, and everybody whose answer changed is in it once', async () => {
  const { address, use } = await sharedPlace();
  const id = await use(async (store) => {
    const { incident } = await corrected(
      store,
      keys,
      `address\n${people(0, 3200).join('\n')}\n`,
      `address\n${people(900, 4100).join('\n')}\n`,
    );
    const broadcastId = await changedBroadcast(store.db, keys, incident.id, 'everybody');
    await beginFreeze(store.db, keys, { letterhead, mailer: testOutbox() }, broadcastId);
    return broadcastId;
  });
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = startChild(CHILD, [address, keysDir, id]);
    // After a page, and a random share of the next one.
    await child.says(kill === 0 ? /freezing/ : /page|frozen/);
    await delay(Math.random() * 120);
    await child.kill();
    if (kill === 0) expect(child.lines).not.toContain('frozen');
  }
  const last = startChild(CHILD, [address, keysDir, id]);
  expect(await last.ended).toBe(0);
  expect(last.lines).toContain('frozen');
  expect(last.lines.filter((line) => line === 'page').length).toBeLessThan(PAGES - 1);
  await use(async ({ db }) => {
    expect(await recipientsOf(db, keys, id)).toEqual([...people(0, 900), ...people(3200, 4100)].sort());
    expect(await getBroadcast(db, id)).toMatchObject({ state: 'sending', audienceCount: 1800 });
  });
}, 240_000);

type Place = { address: string; use<T>(work: (store: Store) => Promise<T>): Promise<T> };

/** A database that this process and a child can open: a folder in turns, or a server. */
async function sharedPlace(): Promise<Place> {
  const template = inject('databaseTemplate');
  if (template.engine === 'postgres') {
    const store = await testStore();
    const [row] = await rowsOf<{ name: string }>(store.db, 'select current_database() as name');
    return { address: databaseUrl(template.serverUrl, row?.name ?? ''), use: (work) => work(store) };
  }
  const dataDir = join(folder, 'data');
  return {
    address: dataDir,
    async use(work) {
      const store = await openDatabase({ dataDir });
      try {
        await migrate(store);
        return await work(store);
      } finally {
        await store.close();
      }
    },
  };
}
