import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forthright-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs until it ends; once `when` has been printed, `then` happens and it is asked to end. */
function run(
  args: readonly string[],
  variables: Record<string, string> = {},
  on?: { when: RegExp; then?: () => Promise<void> },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: '0',
        PUBLIC_URL: 'http://localhost:4321',
        MAIL_TRANSPORT: 'folder',
        MAIL_FROM: 'status@harbourline.example',
        DATA_DIR: join(folder, 'data'),
        KEYS_DIR: join(folder, 'keys'),
        ...variables,
      },
    });
    const ended = { stdout: '', stderr: '' };
    let met = false;
    const look = async () => {
      if (met || !on?.when.test(ended.stdout + ended.stderr)) return;
      met = true;
      await on.then?.();
      child.kill('SIGTERM');
    };
    child.stdout.on('data', (chunk: Buffer) => {
      ended.stdout += chunk.toString();
      void look();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ended.stderr += chunk.toString();
      void look();
    });
    child.once('exit', (code) => resolve({ code, ...ended }));
  });
}

const start = (variables?: Record<string, string>) => run(['src/start.ts'], variables);
const startUntil = (when: RegExp, then?: () => Promise<void>) =>
  run(['src/start.ts'], {}, { when, ...(then && { then }) });
const cliWith = (variables: Record<string, string>, ...args: string[]) =>
  run(['src/forthright.mjs', ...args], variables);
const cli = (...args: string[]) => cliWith({}, ...args);

describe('the start', () => {
  test('prints the first owner’s link on the terminal, never in the log, and ends in order when asked', async () => {
    const ended = await startUntil(/set-up\//);
    expect(ended.stderr).toMatch(/Open this link once[^]*\n\n {2}http:\/\/localhost:4321\/set-up\/\S{40,}/);
    expect(ended.stdout).not.toContain('set-up/');
    expect(ended.code).toBe(0);
  });

  test('tells to back up the root key when it makes one, and only then', async () => {
    expect((await startUntil(/set-up\//)).stderr).toMatch(
      /root key was made in .*keys[^]*Back that folder up/,
    );
    expect((await startUntil(/set-up\//)).stderr).not.toMatch(/root key was made/);
  });

  test('stops with every wrong setting at once', async () => {
    const ended = await start({ PORT: 'many', MAIL_TRANSPORT: 'pigeon', WORKER: 'perhaps' });
    expect(ended.code).toBe(1);
    for (const name of ['PORT', 'MAIL_TRANSPORT', 'WORKER']) expect(ended.stderr).toContain(`- ${name}`);
  });

  test('says that a port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await start({ PORT: String(port) });
    other.close();
    expect(ended.stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(ended.code).toBe(1);
  });

  test('says that a key file cannot be read', async () => {
    mkdirSync(join(folder, 'keys', 'root-1'), { recursive: true });
    const ended = await start();
    expect(ended.stderr).toMatch(/key file .*root-1 cannot be read/);
    expect(ended.code).toBe(1);
  });

  test('refuses to make new keys for a database that needs old ones', async () => {
    await startUntil(/set-up\//);
    rmSync(join(folder, 'keys'), { recursive: true });
    const ended = await start();
    expect(ended.stderr).toMatch(/no root key in .*Restore/);
    expect(ended.code).toBe(1);
  });

  test('says that the database is down, without its password', async () => {
    const ended = await start({ DATABASE_URL: 'postgres://forthright:hunter2@127.0.0.1:1/forthright' });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/127\.0\.0\.1/);
    expect(ended.stderr + ended.stdout).not.toContain('hunter2');
    expect(ended.stderr).not.toContain('    at ');
  });

  test('says that the data folder is a file', async () => {
    writeFileSync(join(folder, 'data'), '');
    const ended = await start();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(join(folder, 'data'));
    expect(ended.stderr).not.toContain('    at ');
  });
});

describe('the command line', () => {
  test('is refused while the server owns the embedded database, with the way out', async () => {
    let refused: Ended | undefined;
    await startUntil(/set-up\//, async () => {
      refused = await cli('doctor');
    });
    expect(refused?.code).toBe(1);
    expect(refused?.stderr).toMatch(/admin area[^]*stop[^]*DATABASE_URL/i);
    expect((await cli('doctor')).code).toBe(0);
  });

  test.each([
    [['--help'], 0],
    [['exposures', '--help'], 0],
    [['broadcasts', '--help'], 0],
    [['staff', 'add', '--help'], 0],
    [[], 2],
    [['nonsense'], 2],
    [['staff', 'add'], 2],
    [['staff', 'add', 'no-address', '--name', 'N'], 2],
    [['staff', 'add', 'a@example.com', '--name', 'N', '--role', 'king'], 2],
    [['exposures', 'import'], 2],
    [['exposures', 'import', '/nowhere.mbox', '--incident', 'x', '--new', 'X'], 1],
    [['broadcasts', 'account', 'nothere'], 1],
    [['keys', 'rotate', 'hats'], 1],
    [['keys', 'new', 'root'], 1],
    [['staff', 'link'], 2],
    [['staff', 'link', 'nobody@example.com'], 1],
    [['exposures', 'diff'], 2],
    [['exposures', 'diff', 'nothere'], 1],
  ])('forthright %j ends with %i, says something, and shows no stack', async (args, code) => {
    const ended = await cli(...args);
    expect([ended.code, ended.stderr.includes('    at ')]).toEqual([code, false]);
    expect(ended.stdout + ended.stderr).not.toBe('');
  });

  test('adds staff and prints a link; the log stays whole', async () => {
    const added = await cli('staff', 'add', 'ines@harbourline.example', '--name', 'Ines', '--role', 'owner');
    expect(added.stdout).toMatch(/^http:\/\/localhost:4321\/set-up\/\S{40,}\n$/);
    expect((await cli('log', 'verify')).stdout).toMatch(/whole: 2 entries/);
  });

  test('tells to back up the root key when a command makes it, and only then', async () => {
    expect((await cli('migrate')).stderr).toMatch(/root key was made in .*keys[^]*Back that folder up/);
    expect((await cli('migrate')).stderr).not.toContain('root key was made');
  });

  test('doctor lists what the start would refuse, after it has checked the rest', async () => {
    const local = await cliWith({ PUBLIC_URL: '', MAIL_TRANSPORT: '' }, 'doctor');
    expect(local.code).toBe(1);
    expect(local.stdout).toMatch(/settings +npm start would refuse[^]*database[^]*keys[^]*mail +not chosen/);
    expect(local.stderr).toContain('- PUBLIC_URL is missing.\n  - MAIL_TRANSPORT is missing.');
    const wrong = await cliWith({ PUBLIC_URL: '', PORT: 'many' }, 'doctor');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/- PORT=many[^]*- PUBLIC_URL is missing[^]*were not checked/);
    const fine = await cli('doctor');
    expect(fine.code).toBe(0);
    expect(fine.stdout).toMatch(/settings +fine; links lead to http:\/\/localhost:4321/);
  });

  test('gives a new link to who is in the team already, and says when it leads to this machine only', async () => {
    const ines = ['ines@harbourline.example', '--name', 'Ines'];
    const added = await cliWith({ PUBLIC_URL: '' }, 'staff', 'add', ...ines);
    expect(added.stderr).toMatch(/leads to localhost, because PUBLIC_URL is not set/);
    const twice = await cli('staff', 'add', ...ines);
    expect(twice.code).toBe(1);
    expect(twice.stderr).toContain('forthright staff link');
    const link = await cli('staff', 'link', 'Ines@harbourline.example');
    expect(link.stdout).toMatch(/^http:\/\/localhost:4321\/set-up\/\S{40,}\n$/);
    expect(link.stdout).not.toBe(added.stdout);
    expect(link.stderr).not.toContain('PUBLIC_URL');
  });

  test('makes the first version of a key once', async () => {
    expect((await cli('keys', 'new', 'broadcasts')).stdout).toContain('broadcasts is made: version 1');
    const again = await cli('keys', 'new', 'broadcasts');
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('broadcasts exists.')]);
  });

  test('shows a draft list beside the one in force, and says when there is nothing to compare', async () => {
    const leak = (name: string, people: readonly string[]) => {
      const path = join(folder, name);
      writeFileSync(path, ['address,batch', ...people.map((person) => `${person},1`), ''].join('\n'));
      return path;
    };
    const of = ['--incident', 'leak'];
    const first = leak('first.csv', ['ada.lovelace@example.com', 'bo@example.com', 'wrong']);
    await cli('exposures', 'import', first, ...of, '--new', 'Leak');
    const early = await cli('exposures', 'diff', ...of);
    expect([early.code, early.stderr]).toEqual([1, expect.stringMatching(/No list of "leak" is in force/)]);
    await cli('exposures', 'apply', ...of);
    const none = await cli('exposures', 'diff', ...of);
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/no draft[^]*nothing to compare/)]);
    const second = leak('second.csv', ['bo@example.com', 'cy@example.com', 'di@example.com']);
    await cli('exposures', 'import', second, ...of);
    const diff = await cli('exposures', 'diff', ...of);
    expect(diff.code).toBe(0);
    expect(diff.stdout).toMatch(/in force +draft +difference/);
    expect(diff.stdout).toMatch(/ {2}exposed +2 +3 +\+1\n/);
    expect(diff.stdout).toMatch(/ {4}it has no @ +1 +0 +-1\n/);
    expect(diff.stdout).not.toContain('example.com');
  });
});
