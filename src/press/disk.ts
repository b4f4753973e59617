import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MAGIC = 'forthright-edition 1\n';
const HASH_BYTES = 32;
const FILE_BYTES_MAX = 512 * 1024 * 1024;
const LEFTOVER_MS = 3_600_000;

/** A document or a file of the build as it is kept on disk: uncompressed, without the headers that all have. */
export type KeptEntry = {
  path: string;
  type: string;
  headers: Readonly<Record<string, string>>;
  bytes: Uint8Array;
  /** A file of the build that made the pages. */
  asset: boolean;
};

export type KeptEdition = { language: string; entries: readonly KeptEntry[] };

type Index = {
  language: string;
  entries: (Omit<KeptEntry, 'bytes'> & { length: number })[];
};

/** The edition on disk cannot be used; the message says why. */
export class DamagedEdition extends Error {
  override readonly name = 'DamagedEdition';
}

/**
 * Takes the place of the one before in one step: whoever dies meanwhile leaves the old one.
 *
 * @throws the signal's reason when it is no longer wanted; then nothing is replaced.
 */
export async function writeEdition(
  folder: string,
  edition: KeptEdition,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const chunks = async function* () {
    const index: Index = {
      language: edition.language,
      entries: edition.entries.map(({ bytes, ...entry }) => ({ ...entry, length: bytes.byteLength })),
    };
    const line = Buffer.from(`${MAGIC}${JSON.stringify(index)}\n`);
    const hash = createHash('sha256').update(line);
    yield line;
    for (const { bytes } of edition.entries) {
      hash.update(bytes);
      yield bytes;
    }
    yield hash.digest();
  };
  await replaceFile(folder, 'edition', chunks, signal);
}

/** It may say what was withdrawn: it must not come back, not even after a power cut. */
export async function removeEdition(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(join(folder, 'edition'), { force: true });
  await syncFolder(folder);
}

/** Until when the edition on disk is known to have been what the database says. */
export async function writeKnownAt(folder: string, at: Date): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(folder, 'known-at', async function* () {
    yield Buffer.from(`${at.toISOString()}\n`);
  });
}

/**
 * The last edition that was written whole, and as of when it is true; undefined when there is none.
 *
 * @throws DamagedEdition
 */
export async function readEdition(folder: string): Promise<(KeptEdition & { knownAt: Date }) | undefined> {
  const path = join(folder, 'edition');
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (found.size > FILE_BYTES_MAX) throw new DamagedEdition('it is larger than any edition');
  const bytes = await readFile(path);
  const body = bytes.subarray(0, -HASH_BYTES);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(-HASH_BYTES))) {
    throw new DamagedEdition('it is not whole');
  }
  return { ...entriesOf(body), knownAt: await readKnownAt(folder, found.mtime) };
}

/** The documents of the edition on disk; none where there is none that can be read. */
export async function listKeptPaths(folder: string): Promise<string[]> {
  const kept = await readEdition(folder).catch(() => undefined);
  return kept?.entries.flatMap(({ path, asset }) => (asset ? [] : [path])) ?? [];
}

function entriesOf(body: Buffer): KeptEdition {
  if (body.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new DamagedEdition('it was written by another version');
  }
  const end = body.indexOf('\n', MAGIC.length);
  const index = JSON.parse(body.toString('utf8', MAGIC.length, end)) as Index;
  let from = end + 1;
  const entries = index.entries.map(({ length, ...entry }) => {
    const bytes = body.subarray(from, from + length);
    from += length;
    return { ...entry, bytes };
  });
  return { language: index.language, entries };
}

async function readKnownAt(folder: string, writtenAt: Date): Promise<Date> {
  const text = await readFile(join(folder, 'known-at'), 'utf8').catch(() => '');
  const at = new Date(text.trim());
  // The edition is written after its moment: without the other file its own time is the best there is.
  return Number.isNaN(at.getTime()) ? writtenAt : at;
}

/** Written beside it, brought to the disk, moved to its place: a reader sees the old file or the new one. */
async function replaceFile(
  folder: string,
  name: string,
  chunks: () => AsyncGenerator<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const unfinished = join(folder, `${name}.${process.pid}.unfinished`);
  const file = await open(unfinished, 'w', 0o600);
  try {
    for await (const chunk of chunks()) {
      signal?.throwIfAborted();
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  signal?.throwIfAborted();
  await rename(unfinished, join(folder, name));
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Removes what processes that died while they wrote have left behind. */
export async function removeLeftovers(folder: string, now = Date.now()): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => name.endsWith('.unfinished'))) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found && now - found.mtimeMs > LEFTOVER_MS) await rm(join(folder, name), { force: true });
  }
}
