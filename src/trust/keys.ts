import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  fileName,
  prepareFolder,
  refuseLostRoot,
  listKeys,
  newestRecipient,
  readRoots,
  parseRootKeys,
  unwrap,
  writeOnce,
  KeyStoreError,
  type KeyEntry,
  type KeyStoreSettings,
  type Recipient,
} from './key-files.ts';
import { seal, type Key } from './seal.ts';

/** What a key is for. One purpose, one key: `exposure-ID` belongs to one incident and dies with its data. */
export type KeyName = 'addresses' | 'tokens' | 'broadcasts' | 'sealing' | 'erasures' | `exposure-${string}`;

/** Keys live in a folder apart from the database, each wrapped by a root key. Destroying one is an erasure. */
export type KeyStore = {
  /** The newest version, made when there is none. */
  current(name: KeyName): Key;
  /** Every version that exists, newest first; empty when none was ever made or all are destroyed. */
  active(name: KeyName): readonly Key[];
  /** @throws KeyStoreError when this version is not in the folder. */
  get(name: KeyName, version: number): Key;
  /** Adds a version; the old ones stay until they are destroyed. */
  rotate(name: KeyName): Key;
  destroy(name: KeyName, version: number): void;
  list(): readonly KeyEntry[];
  /** The newest public half kept beside a key pair: enough to encrypt to it, useless to open. Plain text in the folder. */
  recipient(name: KeyName): Recipient | undefined;
  keepRecipient(name: KeyName, recipient: Recipient): void;
  /** True when this call of `openKeyStore` made the first root key: it must be backed up now. */
  readonly rootCreated: boolean;
};

const LISTING_MS = 1000;

export function openKeyStore(settings: KeyStoreSettings): KeyStore {
  const { keysDir } = settings;
  prepareFolder(keysDir);
  const given = settings.rootKeys === undefined ? undefined : parseRootKeys(settings.rootKeys);
  let roots = given ?? readRoots(keysDir);
  let rootCreated = false;
  if (roots.length === 0) {
    refuseLostRoot(settings);
    rootCreated = writeOnce(keysDir, 'root-1', `${randomBytes(32).toString('base64')}\n`);
    roots = readRoots(keysDir);
  }
  const opened = new Map<string, Key>();
  let listing: { entries: KeyEntry[]; readAt: number } | undefined;

  /** Read again at least every second, so that a key destroyed by another process is forgotten here too. */
  function entries(): KeyEntry[] {
    if (listing && performance.now() - listing.readAt < LISTING_MS) return listing.entries;
    const found = listKeys(keysDir);
    const names = new Set(found.map((entry) => fileName(entry.name, entry.version)));
    for (const name of opened.keys()) if (!names.has(name)) opened.delete(name);
    listing = { entries: found, readAt: performance.now() };
    return found;
  }

  function read(name: string, version: number): Key {
    const file = fileName(name, version);
    let key = opened.get(file);
    if (!key) {
      key = { version, bytes: Buffer.from(unwrap(keysDir, file, roots), 'base64') };
      opened.set(file, key);
    }
    return key;
  }

  function versions(name: string): number[] {
    return entries()
      .filter((entry) => entry.name === name)
      .map((entry) => entry.version)
      .sort((a, b) => b - a);
  }

  function add(name: string, version: number): Key {
    const file = fileName(name, version);
    const root = roots[0] as Key;
    const wrapped = Buffer.from(seal(root, randomBytes(32).toString('base64'), file));
    writeOnce(keysDir, file, `${wrapped.toString('base64')}\n`);
    listing = undefined;
    return read(name, version);
  }

  return {
    rootCreated,
    current(name) {
      const newest = versions(name)[0];
      return newest === undefined ? add(name, 1) : read(name, newest);
    },
    active(name) {
      return versions(name).map((version) => read(name, version));
    },
    get(name, version) {
      if (!versions(name).includes(version)) {
        throw new KeyStoreError(
          `The key "${name}" version ${version} is not in ${keysDir}. Restore the key folder from its backup; if the key was destroyed on purpose, what it protected is gone.`,
        );
      }
      return read(name, version);
    },
    rotate(name) {
      return add(name, (versions(name)[0] ?? 0) + 1);
    },
    destroy(name, version) {
      rmSync(join(keysDir, fileName(name, version)), { force: true });
      opened.delete(fileName(name, version));
      listing = undefined;
    },
    list: () => [...entries()],
    recipient: (name) => newestRecipient(keysDir, name),
    keepRecipient(name, { version, recipient }) {
      writeOnce(keysDir, `${name}.${version}.recipient`, `${recipient}\n`);
    },
  };
}
