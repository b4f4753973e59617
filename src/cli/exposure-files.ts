import type { BigIntStats, Stats } from 'node:fs';
import { access, constants, open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { shownName, type Source } from '#src/domain/exposures/readers/lines.ts';
import { CommandRefused } from './context.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file to import, looked at before anything begins. @throws CommandRefused when it is missing, a folder or unreadable. */
export async function fileSource(path: string): Promise<Source> {
  const found = await lookedAt(path);
  if (found.isDirectory()) throw new CommandRefused(`${path} is a folder. Name the file in it.`);
  // A pipe has no size.
  const size = found.isFile() ? found.size : undefined;
  return { name: basename(resolve(path)), bytes: bytesOf(path), size };
}

/** @throws CommandRefused when there is nothing of this name that may be read. */
export async function lookedAt(path: string): Promise<Stats> {
  try {
    const found = await stat(path);
    await access(path, constants.R_OK);
    return found;
  } catch (error) {
    throw new CommandRefused(fileMessage(path, error));
  }
}

/** What stands in the file. @throws CommandRefused when it cannot be read, or changes while it is. */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const before = await file.stat({ bigint: true });
      let bytes = 0n;
      const stream = file.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES });
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += BigInt(chunk.length);
        yield chunk;
      }
      if (before.isFile() && hasChanged(before, await file.stat({ bigint: true }), bytes)) {
        throw changedMeanwhile(path);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandRefused) throw error;
    throw new CommandRefused(`${fileMessage(path, error)} Nothing was imported.`);
  }
}

export function changedMeanwhile(path: string): CommandRefused {
  return new CommandRefused(
    `${shownName(path)} changed while it was read. Nothing was imported. Wait until nothing writes to it any more, or import a copy.`,
  );
}

function hasChanged(before: BigIntStats, after: BigIntStats, bytes: bigint): boolean {
  return before.size !== after.size || before.mtimeNs !== after.mtimeNs || bytes !== before.size;
}

function fileMessage(path: string, error: unknown): string {
  const name = shownName(path);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT') return `There is no file ${name}. Check the spelling and where you are.`;
  if (code === 'EACCES') return `${name} may not be read by this user. Change its permissions, or copy it.`;
  return `${name} cannot be read (${code}). Copy it to another disk and try again.`;
}
