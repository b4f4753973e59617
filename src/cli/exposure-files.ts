import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Source } from '#src/domain/exposures/readers/lines.ts';
import { CommandRefused } from './context.ts';

/** A file to import, looked at before anything begins. @throws CommandRefused when it is missing, a folder or unreadable. */
export async function fileSource(path: string): Promise<Source> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new CommandRefused(`${path} is a folder. Name the files in it, for example ${path}/*.eml`);
    }
    await access(path, constants.R_OK);
  } catch (error) {
    throw error instanceof CommandRefused ? error : new CommandRefused(fileMessage(path, error));
  }
  return { name: basename(path), bytes: bytesOf(path) };
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw new CommandRefused(`${fileMessage(path, error)} Nothing was imported.`);
  }
}

function fileMessage(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT') return `There is no file ${path}. Check the spelling and where you are.`;
  if (code === 'EACCES') return `${path} may not be read by this user. Change its permissions, or copy it.`;
  return `${path} cannot be read (${code}). Copy it to another disk and try again.`;
}
