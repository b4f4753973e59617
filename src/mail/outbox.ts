import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type Outbox = {
  dir: string;
  /** The file of this id; undefined when there is none. */
  read(id: string): Promise<Uint8Array | undefined>;
  /** Writes all files or none, safely on disk when it returns. A file that is there is replaced in one step. */
  write(files: readonly { id: string; raw: Uint8Array }[]): Promise<void>;
};

const PART_AGE_MAX_MS = 3_600_000;
/** Node works on four files at once; more only hold descriptors. */
const WRITES_AT_ONCE = 8;

/** A folder of `<id>.eml` files that only this user can read. It is created when it is first needed. */
export function openOutbox(dir: string): Outbox {
  let ready: Promise<void> | undefined;
  const prepared = () =>
    (ready ??= prepare(dir).catch((error: unknown) => {
      ready = undefined;
      throw error;
    }));
  return {
    dir,
    async read(id) {
      await prepared();
      return readFile(join(dir, `${id}.eml`)).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      });
    },
    async write(files) {
      if (files.length === 0) return;
      await prepared();
      await writeAll(dir, files).catch((error: unknown) => {
        // The folder may have been taken away: look again next time.
        ready = undefined;
        throw error;
      });
    },
  };
}

/** What stands in the way, in plain words; undefined when the error does not come from the file system. */
export function outboxFault(error: unknown, dir: string): string | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return `The disk that holds the outbox folder ${dir} is full. Free some space: sending goes on by itself.`;
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `The outbox folder ${dir} cannot be written to (${code}). Give the user that runs Forthright the right to write there.`;
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return `The outbox folder ${dir} cannot be used: a file stands where a folder is needed. Move it, or set OUTBOX_DIR.`;
  }
  return `The outbox folder ${dir} cannot be used (${code}). Check the disk, or set OUTBOX_DIR.`;
}

/** A killed process leaves `.part` files, which hold an address: old ones go; a young one may be in the making. */
async function prepare(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.part')) continue;
    const part = await stat(join(dir, name)).catch(() => undefined);
    if (part && Date.now() - part.mtimeMs > PART_AGE_MAX_MS) await rm(join(dir, name), { force: true });
  }
}

async function writeAll(dir: string, files: readonly { id: string; raw: Uint8Array }[]): Promise<void> {
  const turn = randomBytes(6).toString('hex');
  const partOf = (id: string) => join(dir, `.${id}.${turn}.part`);
  try {
    for (let start = 0; start < files.length; start += WRITES_AT_ONCE) {
      const some = files.slice(start, start + WRITES_AT_ONCE);
      await settled(some.map(({ id, raw }) => writeSynced(partOf(id), raw)));
    }
    for (const { id } of files) await rename(partOf(id), join(dir, `${id}.eml`));
  } catch (error) {
    await Promise.allSettled(files.map(({ id }) => rm(partOf(id), { force: true })));
    throw error;
  }
  await sync(dir);
}

/** Waits for every one before it fails, so that no write is under way while its file is cleared away. */
async function settled(writes: Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(writes))
    if (outcome.status === 'rejected') throw outcome.reason;
}

async function writeSynced(path: string, raw: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(raw);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // Only system errors carry `syscall` or an errno beside the code; a fault of the program must not pass for a full disk.
  return typeof code === 'string' && error instanceof Error && 'errno' in error ? code : undefined;
}
