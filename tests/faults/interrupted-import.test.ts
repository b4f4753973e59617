import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openDatabase } from '#db/client.ts';
import { exposureLists, incidents } from '#db/schema/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'forthright-interrupted-'));
const dataDir = join(folder, 'data');
const keysDir = join(folder, 'keys');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'an import that gets %s is undone, says so, and ends with %i',
  async (signal, code) => {
    const pipe = join(folder, `${signal}.csv`);
    execFileSync('mkfifo', [pipe]);
    const args = ['exposures', 'import', pipe, '--incident', 'leak', '--new', 'A leak'];
    const child = spawn(process.execPath, ['src/forthright.mjs', ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, KEYS_DIR: keysDir },
    });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const closed = once(child, 'close');
    // Opened when the import reads it: from here on it is under way.
    const writing = await open(pipe, 'w');
    const lines = Array.from({ length: 2000 }, (_, index) => `person${index}@example.com\n`);
    await writing.write(`address\n${lines.join('')}`);
    await delay(300);
    child.kill(signal);
    await expect.poll(() => stderr, { timeout: 15_000 }).toContain('Cancelled. Nothing was imported.');
    await writing.close();
    expect(await closed).toEqual([code, null]);
    expect(stderr).not.toContain('@');
    const store = await openDatabase({ dataDir });
    try {
      expect(await store.db.select().from(exposureLists)).toEqual([]);
      expect(await store.db.select().from(incidents)).toEqual([]);
    } finally {
      await store.close();
    }
    expect(readdirSync(keysDir).filter((name) => name.startsWith('exposure-'))).toEqual([]);
    expect(readdirSync(dataDir).filter((name) => name.includes('scratch'))).toEqual([]);
  },
  60_000,
);
