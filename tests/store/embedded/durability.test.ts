import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { sql } from '#db/drizzle.ts';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '#db/client.ts';
import { DurablePGlite } from '#db/embedded/durable-pglite.ts';
import { startChild } from '#tests/support/child.ts';

const PROGRAM = 'tests/support/store-program.ts';
const folder = mkdtempSync(join(tmpdir(), 'forthright-durability-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const dataDir = join(folder, 'data');

async function storedNumbers(): Promise<number[]> {
  const store = await openDatabase({ dataDir });
  const { rows } = (await store.db.execute(sql`select number from acknowledged order by number`)) as {
    rows: { number: number }[];
  };
  await store.close();
  return rows.map((row) => row.number);
}

describe('the embedded database on disk', () => {
  test('is made whole or not at all, in folders that only its user can enter', async () => {
    const store = await openDatabase({ dataDir });
    await store.ping();
    await store.close();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'database')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'database.unfinished'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('syncs every commit, and at a checkpoint every file that has changed', async () => {
    const pg = await DurablePGlite.open(join(dataDir, 'database'));
    for (const table of ['one', 'two', 'three']) await pg.query(`create table ${table} (number integer)`);
    const before = pg.syncCount;
    for (let number = 0; number < 100; number += 1) await pg.query('insert into one values ($1)', [number]);
    const committed = pg.syncCount;
    expect(committed - before).toBeGreaterThanOrEqual(100);
    await pg.exec('begin; insert into two values (1); insert into three values (1); commit');
    const beforeCheckpoint = pg.syncCount;
    await pg.query('checkpoint');
    expect(pg.syncCount - beforeCheckpoint).toBeGreaterThanOrEqual(5);
    const beforeReading = pg.syncCount;
    await pg.query('select * from one');
    expect(pg.syncCount).toBe(beforeReading);
    await pg.close();
  });

  test('does not start when a new PGlite no longer lets commits through to the disk', async () => {
    const init = NodeFS.prototype.init;
    const spy = vi.spyOn(NodeFS.prototype, 'init').mockImplementation(async function (
      this: NodeFS,
      pg,
      options,
    ) {
      const made = await init.call(this, pg, options);
      made.emscriptenOpts.preRun?.push((engine) => {
        const files = engine.NODEFS as unknown as { stream_ops: object };
        Object.defineProperty(files.stream_ops, 'fsync', { get: () => () => 0, set: () => {} });
      });
      return made;
    });
    await expect(openDatabase({ dataDir })).rejects.toMatchObject({
      code: 'not_durable',
      message: expect.stringMatching(/does not write its commits through.*0 syncs.*npm ci/),
    });
    spy.mockRestore();
    await (await openDatabase({ dataDir })).close();
  });

  test('a process killed at any moment loses no acknowledged commit', async () => {
    for (const afterMs of [40, 150, 400]) {
      const child = startChild(PROGRAM, ['write', dataDir]);
      await child.says(/^\d+$/);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await child.kill();
      const acknowledged = child.lines.filter((line) => /^\d+$/.test(line)).map(Number);
      expect(acknowledged.length).toBeGreaterThan(0);
      const stored = new Set(await storedNumbers());
      expect(acknowledged.filter((number) => !stored.has(number))).toEqual([]);
    }
  });

  test('when the disk takes no more it says so, stops, acknowledges nothing, and is whole when there is room', async () => {
    const before = (await storedNumbers()).length;
    const pg = await DurablePGlite.open(join(dataDir, 'database'));
    await pg.query('select pg_switch_wal()');
    await pg.close();
    // In blocks of 512 bytes: no file may grow beyond 4 MB, and the log ends in the middle of its new segment.
    const child = startChild(PROGRAM, ['write', dataDir], 'ulimit -f 8192');
    expect(await child.ended).toBe(0);
    const acknowledged = child.lines.filter((line) => /^\d+$/.test(line));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(child.lines.at(-1)).toMatch(
      /^stopped: The embedded database in .* has stopped: .* then start Forthright again\.$/,
    );
    expect((await storedNumbers()).length).toBeGreaterThanOrEqual(before + acknowledged.length);
  });
});
