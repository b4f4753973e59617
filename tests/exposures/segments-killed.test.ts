import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import { openDatabase, type Store } from '#db/client.ts';
import { sweepDeadImports } from '#src/domain/exposures/import/liveness.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import { startChild } from '#tests/support/child.ts';
import { testStore } from '#tests/support/database.ts';
import { databaseUrl } from '#tests/support/postgres-server.ts';
import { rowsOf } from './support.ts';

const CHILD = fileURLToPath(new URL('./segments-child.ts', import.meta.url));
const LINES = 40_000;

const folder = mkdtempSync(join(tmpdir(), 'forthright-segments-'));
const keysDir = join(folder, 'keys');
openKeyStore({ keysDir, mayCreate: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an import whose process is killed while it seals a segment leaves nothing of it, and succeeds when it is done again', async () => {
  const { address, use } = await sharedPlace();
  const words = [address, keysDir, 'killed-segments', String(LINES), join(folder, 'scratch')];
  const first = startChild(CHILD, words);
  await first.says(/segment/);
  await first.kill();
  expect(first.lines).not.toContain('imported');
  await use(async (store) => {
    expect(await rowsOf(store, `select 1 from exposure_segments`)).toEqual([]);
    // A server notices that a process is gone when it next hears from it.
    for (let round = 0; round < 100 && (await sweepDeadImports(store.db)) === 0; round += 1) await delay(100);
    for (const table of ['exposure_lists', 'exposure_segments', 'sealed_originals']) {
      expect(await rowsOf(store, `select 1 from ${table}`)).toEqual([]);
    }
  });
  const again = startChild(CHILD, words);
  expect(await again.ended).toBe(0);
  expect(again.lines).toContain('imported');
  await use(async (store) => {
    expect(await rowsOf(store, 'select name, addresses from exposure_segments')).toEqual([
      { name: 'Reset by us', addresses: LINES },
    ]);
    const [blocks] = await rowsOf(
      store,
      'select count(*)::int as all, count(segment_id)::int as segments from sealed_originals',
    );
    expect(blocks).toEqual({ all: (2 * LINES) / 100, segments: LINES / 100 });
  });
}, 180_000);

type Place = { address: string; use<Result>(work: (store: Store) => Promise<Result>): Promise<Result> };

/** A database that this process and a child can open: a folder in turns, or a server. */
async function sharedPlace(): Promise<Place> {
  const template = inject('databaseTemplate');
  if (template.engine === 'pglite') {
    const dataDir = join(folder, 'data');
    return {
      address: dataDir,
      async use(work) {
        const store = await openDatabase({ dataDir });
        try {
          return await work(store);
        } finally {
          await store.close();
        }
      },
    };
  }
  const store = await testStore();
  const [row] = await rowsOf<{ name: string }>(store, 'select current_database() as name');
  return { address: databaseUrl(template.serverUrl, row?.name ?? ''), use: (work) => work(store) };
}
