import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);

/** What a measurement needs and this machine does not have; its message says what to install. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

const PLACES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** The path of a program. @throws Missing */
export async function program(name: string, debianPackage: string): Promise<string> {
  for (const place of PLACES) {
    const path = join(place, name);
    if (await isThere(path)) return path;
  }
  throw new Missing(`${name} is missing. On Debian: apt-get install ${debianPackage}`);
}

/** Where PostgreSQL's own programs are. @throws Missing */
export async function postgresPrograms(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  if (!newest) throw new Missing('PostgreSQL is missing. On Debian: apt-get install postgresql');
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** A folder of its own, gone after the work. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forthright-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export type Started = { process: ChildProcess; pid: number; stop(): Promise<void> };

/** Starts a program that stays. What it says is heard only when it ends by itself and in disorder. */
export function startProgram(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Started {
  const child = spawn(path, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk) => (said = `${said}${chunk}`.slice(-4000)));
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code) => {
      if (code) process.stderr.write(said);
      resolve();
    }),
  );
  return {
    process: child,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Asks again until it is so. */
export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await isSo().catch(() => false)) return;
    await pause(50);
  }
  throw new Error(`${what} took longer than ${timeoutMs / 1000} s.`);
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
