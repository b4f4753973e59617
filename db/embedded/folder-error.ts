import { statfsSync } from 'node:fs';
import { StoreError } from '#db/store-error.ts';

/** A commit and the next checkpoint need room for some segments of 16 MB. */
const ROOM_BYTES_MIN = 40_000_000;

/** Why the embedded database cannot be kept in this folder, in words. */
export function folderError(folder: string, error: unknown): StoreError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || isFull(folder)) {
    return new StoreError(
      'full',
      `The disk under the data folder ${folder} is full. Free some space, then start again.`,
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StoreError(
      'folder',
      `The data folder ${folder} cannot be written to (${code}). Give it to the user that runs Forthright, or set DATA_DIR to ` +
        'a folder of that user.',
    );
  }
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'ENOENT') {
    return new StoreError(
      'folder',
      `The data folder ${folder} cannot be made: part of its path is missing or not a folder (${code}). Set DATA_DIR to another path.`,
    );
  }
  if (code === 'ENOTSUP' || code === 'EOPNOTSUPP') {
    return new StoreError(
      'folder',
      `The file system under the data folder ${folder} has no sockets (${code}). Set DATA_DIR to a folder on a local disk, or set DATABASE_URL.`,
    );
  }
  return new StoreError(
    'folder',
    `The embedded database in ${folder} cannot be opened: ${message}. See that the disk has space and works; if it does, restore the folder from a backup, or set DATA_DIR to another.`,
  );
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < ROOM_BYTES_MIN;
  } catch {
    return false;
  }
}
