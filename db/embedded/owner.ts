import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { folderError } from './folder-error.ts';
import { StoreError } from '#db/store-error.ts';

export type Ownership = { release(): Promise<void> };

const OWNER = 'forthright.sock';
const CANDIDATE = /^forthright-[0-9a-f]{8}\.sock$/;
/** sun_path is 108 bytes on Linux, 104 elsewhere, with a zero at the end. */
const SOCKET_PATH_BYTES_MAX = 103;
const PATIENCE_MS = 10_000;
const ROUND_MS = 20;
const ANSWER_MS = 1_000;

/**
 * Makes this process the only one that uses the folder, until it releases it or dies: it listens on `forthright.sock` there.
 *
 * Two starters can meet, so each first listens under a name of its own, then looks for the others, and only takes the
 * owner's name when it sees nobody. Whoever looks second sees the first, and of two that see each other the smaller
 * name stays. No lock file is left by a killed process: a name whose process is gone refuses connections, for ever.
 *
 * @throws StoreError `occupied` when another process owns the folder; `folder` when no socket can be made in it.
 */
export async function claimFolder(folder: string): Promise<Ownership> {
  const sockets = socketsIn(folder);
  const name = `forthright-${randomBytes(4).toString('hex')}`;
  const candidate = `${name}.sock`;
  let standing = 'starting';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${standing} ${process.pid}\n`, () => socket.destroy());
  });
  try {
    // Out of sight until it listens: before that it refuses connections as if it were dead.
    await listen(server, sockets.address(`${name}.new`));
    server.unref();
    chmodSync(join(folder, `${name}.new`), 0o600);
    renameSync(join(folder, `${name}.new`), join(folder, candidate));
    await outlastRivals(folder, candidate, sockets.address);
    renameSync(join(folder, candidate), join(folder, OWNER));
    standing = 'owner';
  } catch (error) {
    await close(server);
    rmSync(join(folder, candidate), { force: true });
    sockets.close();
    throw error instanceof StoreError ? error : folderError(folder, error);
  }
  return {
    async release() {
      // The name goes while it still answers, so that nobody else's can be taken away.
      rmSync(join(folder, OWNER), { force: true });
      await close(server);
      sockets.close();
    },
  };
}

/** Returns when nobody else answers on any of the folder's sockets. */
async function outlastRivals(
  folder: string,
  candidate: string,
  address: (name: string) => string,
): Promise<void> {
  let pid: string | undefined;
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    // The list before the questions: a rival that takes the owner's name in between is met under that name, or has
    // vanished from its own, which is reason to look again.
    const rivals = readdirSync(folder).filter((name) => CANDIDATE.test(name) && name !== candidate);
    const answers = await Promise.all(
      [...rivals, OWNER].map(async (name) => ({ name, ...(await ask(address(name))) })),
    );
    const first = answers.find(
      ({ name, standing }) =>
        standing === 'owner' ||
        (standing === 'silent' && name === OWNER) ||
        (standing === 'starting' && name < candidate),
    );
    if (first) throw occupied(folder, first.pid);
    for (const { name, standing } of answers) {
      if (standing === 'dead' && name !== OWNER) rmSync(join(folder, name), { force: true });
    }
    const quiet = answers.every(
      ({ name, standing }) => standing === 'dead' || (standing === 'absent' && name === OWNER),
    );
    if (quiet) return;
    pid = answers.find((answer) => answer.pid !== undefined)?.pid;
    await delay(ROUND_MS);
  }
  throw occupied(folder, pid);
}

type Answer = { standing: 'owner' | 'starting' | 'silent' | 'dead' | 'absent' | 'unclear'; pid?: string };

/** Only a refused connection is dead. Whoever takes the connection and says nothing is alive and busy. */
function ask(address: string): Promise<Answer> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(address);
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_MS, () => {
      resolve({ standing: 'silent' });
      socket.destroy();
    });
    socket.on('data', (text: string) => {
      said += text;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve({ standing: 'dead' });
      else if (error.code === 'ENOENT') resolve({ standing: 'absent' });
      // Reset, say: it was just going. Asked again, it is clear; asked for ever, it counts as alive.
      else resolve({ standing: 'unclear' });
    });
    socket.on('close', () => {
      const [, standing, pid] = /^(owner|starting) (\d+)\n$/.exec(said) ?? [];
      resolve(pid ? { standing: standing as 'owner' | 'starting', pid } : { standing: 'unclear' });
    });
  });
}

function occupied(folder: string, pid: string | undefined): StoreError {
  return new StoreError(
    'occupied',
    `The data folder ${folder} is in use by another Forthright process${pid ? ` (process ${pid})` : ''}, and an ` +
      'embedded database has room for one. Do this in the admin area of the running site, or stop that process first, ' +
      'or set DATABASE_URL to a PostgreSQL database, which has room for many.',
  );
}

/**
 * Addresses for sockets in a folder. A path too long for a socket is reached through the open folder, which Linux
 * offers as a short path; a socket elsewhere, under a temporary folder say, is not seen by a process that has another
 * one, and both would write.
 */
function socketsIn(folder: string): { address(name: string): string; close(): void } {
  const longest = join(folder, 'forthright-00000000.sock');
  if (Buffer.byteLength(longest) <= SOCKET_PATH_BYTES_MAX) {
    return { address: (name) => join(folder, name), close: () => {} };
  }
  if (!existsSync('/proc/self/fd')) {
    throw new StoreError(
      'folder',
      `The path of the data folder is too long for a socket in it: ${folder}. Set DATA_DIR to a path of at most ` +
        `${SOCKET_PATH_BYTES_MAX - Buffer.byteLength('/forthright-00000000.sock')} bytes.`,
    );
  }
  const opened = openSync(folder, 'r');
  return { address: (name) => `/proc/self/fd/${opened}/${name}`, close: () => closeSync(opened) };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

/** A server that never listened is closed already. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
