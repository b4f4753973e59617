import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a piece lies in the file. */
export type Place = { readonly at: number; readonly bytes: number };

/** The folder for scratch files cannot be written to, or its disk is full. */
export class ScratchFailed extends Error {
  override readonly name = 'ScratchFailed';
}

/**
 * A file for what one piece of work cannot hold in memory. It is encrypted (AES-256-GCM) with a key that is nowhere but in this
 * object, and has no name from its first moment on: however the process ends, nothing is left that anybody could find
 * or read. Reads and writes block, so it belongs in a thread of its own.
 */
export class ScratchFile {
  readonly #file: number;
  readonly #key = createSecretKey(randomBytes(32));
  #end = 0;
  #pieces = 0;

  /** @throws ScratchFailed */
  constructor(folder: string) {
    const path = join(folder, `.scratch-${randomBytes(8).toString('hex')}`);
    this.#file = attempt(folder, () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return file;
    });
    this.#folder = folder;
  }
  readonly #folder: string;

  /** @throws ScratchFailed when the disk is full. */
  append(plain: Uint8Array): Place {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#pieces));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const numbered = Buffer.alloc(4);
    numbered.writeUInt32BE(this.#pieces);
    this.#pieces += 1;
    const place = { at: this.#end, bytes: numbered.length + sealed.length };
    attempt(this.#folder, () => {
      this.#end += writeWhole(this.#file, numbered, this.#end);
      this.#end += writeWhole(this.#file, sealed, this.#end);
    });
    return place;
  }

  read({ at, bytes }: Place): Buffer {
    const piece = Buffer.allocUnsafe(bytes);
    for (let read = 0; read < bytes;) {
      const more = readSync(this.#file, piece, read, bytes - read, at + read);
      if (more === 0) throw new ScratchFailed('A scratch file ends before what was written into it.');
      read += more;
    }
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonceOf(piece.readUInt32BE(0)));
    decipher.setAuthTag(piece.subarray(bytes - TAG_BYTES));
    return Buffer.concat([decipher.update(piece.subarray(4, bytes - TAG_BYTES)), decipher.final()]);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The key is used in one file only, and no number twice. */
function nonceOf(piece: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(piece, NONCE_BYTES - 4);
  return nonce;
}

function writeWhole(file: number, bytes: Buffer, at: number): number {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written, bytes.length - written, at + written);
  }
  return bytes.length;
}

function attempt<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ScratchFailed(
      code === 'ENOSPC'
        ? `The disk that holds ${folder} is full. Make room there, and do it again.`
        : `${folder} cannot be written to (${code}). Give this user the right to, or set DATA_DIR to a folder where it has.`,
    );
  }
}
