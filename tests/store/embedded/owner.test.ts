import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDatabase } from '#db/client.ts';
import { claimFolder } from '#db/embedded/owner.ts';
import { startChild } from '#tests/support/child.ts';

const PROGRAM = 'tests/support/claim-program.ts';
const folder = mkdtempSync(join(tmpdir(), 'forthright-owner-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const sockets = (path: string) => readdirSync(path).filter((name) => name.endsWith('.sock'));

describe('a data folder has one owner', () => {
  test('a second open is refused, with the ways out, until the first is closed', async () => {
    const dataDir = join(folder, 'opened');
    const first = await openDatabase({ dataDir });
    await expect(openDatabase({ dataDir })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'occupied',
      message: expect.stringMatching(
        new RegExp(
          `in use by another Forthright process \\(process ${process.pid}\\).*admin area.*stop that process.*DATABASE_URL`,
        ),
      ),
    });
    await first.ping();
    await first.close();
    await (await openDatabase({ dataDir })).close();
    expect(sockets(dataDir)).toEqual([]);
  });

  test('only its user may connect to the socket', async () => {
    const path = newFolder('mode');
    const ownership = await claimFolder(path);
    expect(statSync(join(path, 'forthright.sock')).mode & 0o777).toBe(0o600);
    expect(sockets(path)).toEqual(['forthright.sock']);
    await ownership.release();
  });

  test('what a killed owner leaves behind is taken over at once', async () => {
    const path = newFolder('killed');
    const child = startChild(PROGRAM, [path]);
    await child.says(/ready/);
    child.tell('go');
    await child.says(/owner/);
    await expect(claimFolder(path)).rejects.toMatchObject({ code: 'occupied' });
    await child.kill();
    expect(sockets(path)).toEqual(['forthright.sock']);
    const ownership = await claimFolder(path);
    await ownership.release();
  });

  test('an owner that is too busy to answer is still the owner', async () => {
    const path = newFolder('busy');
    const child = startChild(PROGRAM, [path]);
    await child.says(/ready/);
    child.tell('go');
    await child.says(/owner/);
    child.signal('SIGSTOP');
    await expect(claimFolder(path)).rejects.toMatchObject({ code: 'occupied' });
    await child.kill();
  });

  test('of several that start at the same moment on what a killed one left, exactly one wins', async () => {
    const path = newFolder('race');
    for (let round = 0; round < 5; round += 1) {
      const starters = Array.from({ length: 4 }, () => startChild(PROGRAM, [path]));
      await Promise.all(starters.map((starter) => starter.says(/ready/)));
      for (const starter of starters) starter.tell('go');
      const said = await Promise.all(starters.map((starter) => starter.says(/^(owner|occupied)/)));
      expect(said.filter((line) => line === 'owner')).toHaveLength(1);
      await Promise.all(starters.map((starter) => starter.kill()));
      expect(sockets(path)).toEqual(['forthright.sock']);
    }
  });

  test('of many in one process, exactly one wins each time', async () => {
    const path = newFolder('crowd');
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => claimFolder(path)));
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await won[0]?.value.release();
      expect(sockets(path)).toEqual([]);
    }
  });

  test('a path too long for a socket works all the same', async () => {
    const path = newFolder(join('a'.repeat(60), 'b'.repeat(60)));
    const ownership = await claimFolder(path);
    await expect(claimFolder(path)).rejects.toMatchObject({ code: 'occupied' });
    await ownership.release();
    expect(sockets(path)).toEqual([]);
  });

  test('a folder that cannot be made or used is said to be so', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(openDatabase({ dataDir: join(file, 'data') })).rejects.toMatchObject({
      code: 'folder',
      message: expect.stringMatching(/cannot be made.*Set DATA_DIR/),
    });
  });
});
