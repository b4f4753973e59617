import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { openDatabase, type Store } from '#db/client.ts';
import { operator } from '#src/domain/actors.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { openImportThreads } from '#src/domain/exposures/import/import-threads.ts';
import { sweepDeadImports } from '#src/domain/exposures/import/liveness.ts';
import { findCurrentList, listExposureLists } from '#src/domain/exposures/queries.ts';
import { findIncidentBySlug } from '#src/domain/incidents/queries.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import { testStore } from '#tests/support/database.ts';
import { databaseUrl } from '#tests/support/postgres-server.ts';
import { now, rowsOf, until } from './support.ts';

const CHILD = fileURLToPath(new URL('./importing-child.ts', import.meta.url));
const SLUG = 'killed';
const LINES = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'forthright-killed-'));
const keysDir = join(folder, 'keys');
const scratchDir = join(folder, 'scratch');
const keys = openKeyStore({ keysDir, mayCreate: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('An import whose process is killed', () => {
  test('while it reads or writes leaves no list in force, and the same import succeeds afterwards', async () => {
    const place = await sharedPlace();
    for (const phase of ['reading', 'counting', 'writing'] as const) {
      await killAt(place.address, phase);
      await place.use(async (store) => {
        const incident = await findIncidentBySlug(store.db, SLUG);
        if (incident) {
          expect(await findCurrentList(store.db, incident.id)).toBeUndefined();
          expect(await listExposureLists(store.db, incident.id)).toEqual([]);
        }
        const loading = await rowsOf(store, `select id from exposure_lists where state = 'loading'`);
        expect(loading).toHaveLength(phase === 'writing' ? 1 : 0);
      });
    }
    await place.use(async (store) => {
      expect(await untilSwept(store)).toBe(1);
      for (const table of ['exposure_lists', 'exposures', 'leaked_batches', 'sealed_originals']) {
        expect(await rowsOf(store, `select 1 from ${table}`)).toEqual([]);
      }
      expect(await sweepDeadImports(store.db)).toBe(0);
    });
    expect(await finish(place.address)).toEqual(['reading', 'counting', 'writing', 'imported']);
    expect(await finish(place.address)).toEqual(['reading', 'counting', 'already_imported']);
    await place.use(async (store) => {
      const [list] = await listExposureLists(store.db);
      expect(list).toMatchObject({
        version: 1,
        state: 'draft',
        report: { distinctAddresses: LINES + 1, sealed: LINES },
      });
      expect(await rowsOf(store, 'select count(*)::int as rows from exposures')).toEqual([
        { rows: LINES + 1 },
      ]);
    });
  }, 180_000);
});

describe('An import that is alive', () => {
  test('is not swept away by another one', async () => {
    const place = await sharedPlace();
    await place.use(async (store) => {
      let swept = -1;
      const lines = Array.from({ length: 5000 }, (_, index) => `person${index}@example.org`);
      async function* bytes() {
        yield Buffer.from(['address', ...lines].join('\n'));
      }
      const sweeping: Promise<void>[] = [];
      await importExposures(
        { store, keys, importThreads: openImportThreads(scratchDir) },
        operator,
        {
          sources: [{ name: 'alive.csv', bytes: bytes() }],
          incidentSlug: 'alive',
          newTitle: 'Addresses shown',
          seal: { until },
          dryRun: false,
          onProgress({ phase }) {
            if (phase !== 'writing' || swept !== -1) return;
            swept = 0;
            sweeping.push(sweepDeadImports(store.db).then((lists) => void (swept = lists)));
          },
        },
        now,
      );
      await Promise.all(sweeping);
      expect(sweeping).toHaveLength(1);
      expect(swept).toBe(0);
    });
  });
});

type Place = { address: string; use(work: (store: Store) => Promise<void>): Promise<void> };

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
          await work(store);
        } finally {
          await store.close();
        }
      },
    };
  }
  const store = await serverStore();
  const [row] = await rowsOf<{ name: string }>(store, 'select current_database() as name');
  return { address: databaseUrl(template.serverUrl, row?.name ?? ''), use: (work) => work(store) };
}

let onServer: Promise<Store> | undefined;
const serverStore = () => (onServer ??= testStore());

function start(address: string) {
  return spawn(process.execPath, [CHILD, address, keysDir, SLUG, String(LINES), scratchDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function killAt(address: string, phase: string): Promise<void> {
  const child = start(address);
  let said = '';
  for await (const text of child.stdout) {
    said += String(text);
    if (said.includes(phase)) break;
  }
  expect(said).toContain(phase);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function finish(address: string): Promise<string[]> {
  const child = start(address);
  let said = '';
  child.stdout.on('data', (text) => (said += String(text)));
  await once(child, 'close');
  return said.trim().split('\n');
}

/** A server notices that a process is gone when it next hears from it, or does not. */
async function untilSwept(store: Store): Promise<number> {
  for (let round = 0; round < 100; round += 1) {
    const swept = await sweepDeadImports(store.db);
    if (swept > 0) return swept;
    await delay(100);
  }
  return 0;
}
