import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { seal, SealBroken, sealedKeyVersion, unseal, type Key } from './seal.ts';

export type KeyEntry = { name: string; version: number };

/** The key folder cannot be used: what happened and what to do. */
export class KeyStoreError extends Error {
  override readonly name = 'KeyStoreError';
}

/** The public half of a key pair, written as age does: `age1…`. */
export type Recipient = { version: number; recipient: string };

export type KeyStoreSettings = {
  keysDir: string;
  /** `1:base64,2:base64` from FORTHRIGHT_KEYS: root keys that never touch the disk. */
  rootKeys?: string | undefined;
  /** May a first root key be made? Not when the database already holds something sealed. */
  mayCreate: boolean;
  /**
   * How long a new version is only looked up with before it is written with, so that every process knows it by then: a
   * process reads the folder each second. 0 where there is one process. Milliseconds.
   */
  settleMs?: number;
};

const WRAPPED_FILE = /^([a-z0-9-]+)\.(\d+)\.key$/;
const RECIPIENT_FILE = /^([a-z0-9-]+)\.(\d+)\.recipient$/;
const ROOT_FILE = /^root-(\d+)$/;

export function fileName(name: string, version: number): string {
  return `${name}.${version}.key`;
}

export function prepareFolder(keysDir: string): void {
  try {
    mkdirSync(keysDir, { recursive: true, mode: 0o700 });
    readdirSync(keysDir);
  } catch (error) {
    throw new KeyStoreError(
      `The key folder ${keysDir} cannot be used (${codeOf(error)}). Make it readable and writable for the user that runs Forthright, or set KEYS_DIR to another folder.`,
    );
  }
}

export function refuseLostRoot(settings: KeyStoreSettings): void {
  if (settings.mayCreate && listKeys(settings.keysDir).length === 0) return;
  throw new KeyStoreError(
    `There is no root key in ${settings.keysDir}, but keys or data that need one exist. Restore the key folder from its backup, or set KEYS_DIR or FORTHRIGHT_KEYS to where the root key is. A new key could not open the old data.`,
  );
}

export function listKeys(keysDir: string): KeyEntry[] {
  return readdirSync(keysDir).flatMap((file) => {
    const match = WRAPPED_FILE.exec(file);
    return match ? [{ name: match[1] as string, version: Number(match[2]) }] : [];
  });
}

/** Newest first. */
export function listRecipients(keysDir: string, name: string): Recipient[] {
  return readdirSync(keysDir)
    .flatMap((file) => {
      const match = RECIPIENT_FILE.exec(file);
      if (match?.[1] !== name) return [];
      return [{ version: Number(match[2]), recipient: readKeyFile(keysDir, file).trim() }];
    })
    .sort((a, b) => b.version - a.version);
}

/** How long ago a file was written, in milliseconds; 0 when it is gone. */
export function fileAgeMs(keysDir: string, file: string): number {
  const found = statSync(join(keysDir, file), { throwIfNoEntry: false });
  return found ? Date.now() - found.mtimeMs : 0;
}

export function readRoots(keysDir: string): Key[] {
  return readdirSync(keysDir)
    .flatMap((file) => {
      const match = ROOT_FILE.exec(file);
      return match ? [rootKey(Number(match[1]), readKeyFile(keysDir, file).trim(), join(keysDir, file))] : [];
    })
    .sort((a, b) => b.version - a.version);
}

export function parseRootKeys(text: string): Key[] {
  return text
    .split(',')
    .map((part) => {
      const [version = '', base64 = ''] = part.trim().split(/:(.*)/s);
      return rootKey(Number(version), base64, 'FORTHRIGHT_KEYS');
    })
    .sort((a, b) => b.version - a.version);
}

function rootKey(version: number, base64: string, source: string): Key {
  const bytes = Buffer.from(base64, 'base64');
  if (!Number.isInteger(version) || version < 1 || bytes.length !== 32) {
    throw new KeyStoreError(
      `${source} does not hold a root key. Expected a version from 1 and 32 bytes in base64; restore it from its backup.`,
    );
  }
  return { version, bytes };
}

export function unwrap(keysDir: string, file: string, roots: readonly Key[]): string {
  const wrapped = Buffer.from(readKeyFile(keysDir, file), 'base64');
  for (const root of roots) {
    try {
      return unseal(root, wrapped, file);
    } catch {
      // Sealed by another root version: try the next.
    }
  }
  throw damaged(keysDir, file);
}

function damaged(keysDir: string, file: string): KeyStoreError {
  return new KeyStoreError(
    `The key file ${join(keysDir, file)} does not open with the root keys at hand. It belongs to another root key or is damaged: restore the key folder from its backup.`,
  );
}

/** The root key that a key file needs. */
export function rootVersionOf(keysDir: string, file: string): number {
  try {
    return sealedKeyVersion(Buffer.from(readKeyFile(keysDir, file), 'base64'));
  } catch (error) {
    throw error instanceof SealBroken ? damaged(keysDir, file) : error;
  }
}

/** The file's text, with the key wrapped by this root. */
export function wrapped(root: Key, file: string, base64: string): string {
  return `${Buffer.from(seal(root, base64, file)).toString('base64')}\n`;
}

/** Puts another text in the place of a file that is there: before and after a death in between there is a whole one. */
export function replaceFile(keysDir: string, file: string, content: string): void {
  const draft = join(keysDir, `.${file}.${randomBytes(6).toString('hex')}`);
  try {
    const { atime, mtime } = statSync(join(keysDir, file));
    writeDraft(draft, content);
    // Its age says since when every process knows it.
    utimesSync(draft, atime, mtime);
    renameSync(draft, join(keysDir, file));
    syncFolder(keysDir);
  } catch (error) {
    throw notWritten(keysDir, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readKeyFile(keysDir: string, file: string): string {
  try {
    return readFileSync(join(keysDir, file), 'utf8');
  } catch (error) {
    throw new KeyStoreError(
      `The key file ${join(keysDir, file)} cannot be read (${codeOf(error)}). Make it readable for the user that runs Forthright, mode 0600.`,
    );
  }
}

/** Written whole or not at all; when another process was first, its file stays and this says false. */
export function writeOnce(keysDir: string, file: string, content: string): boolean {
  const path = join(keysDir, file);
  const draft = join(keysDir, `.${file}.${randomBytes(6).toString('hex')}`);
  try {
    writeDraft(draft, content);
    linkSync(draft, path);
    syncFolder(keysDir);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw notWritten(keysDir, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDraft(draft: string, content: string): void {
  const descriptor = openSync(draft, 'wx', 0o600);
  writeSync(descriptor, content);
  fsyncSync(descriptor);
  closeSync(descriptor);
  chmodSync(draft, 0o600);
}

function notWritten(keysDir: string, error: unknown): KeyStoreError {
  return new KeyStoreError(
    `A key could not be written to ${keysDir} (${codeOf(error)}). Make room and make the folder writable for the user that runs Forthright.`,
  );
}

/** Removes a key for good, and with it what a process left behind that was killed while it wrote it. */
export function removeFile(keysDir: string, file: string): void {
  for (const found of readdirSync(keysDir)) {
    if (found === file || found.startsWith(`.${file}.`)) rmSync(join(keysDir, found), { force: true });
  }
  syncFolder(keysDir);
}

/** A name outlives a loss of power only once its folder is on the disk. */
function syncFolder(keysDir: string): void {
  const descriptor = openSync(keysDir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
