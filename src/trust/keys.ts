import { randomBytes } from 'node:crypto';
import {
  fileName,
  prepareFolder,
  refuseLostRoot,
  listKeys,
  fileAgeMs,
  listRecipients,
  removeFile,
  replaceFile,
  rootVersionOf,
  wrapped,
  readRoots,
  parseRootKeys,
  unwrap,
  writeOnce,
  KeyStoreError,
  type KeyEntry,
  type KeyStoreSettings,
  type Recipient,
} from './key-files.ts';
import type { Key } from './seal.ts';

/** What a key is for. One purpose, one key: `exposure-ID` belongs to one incident and dies with its data. */
export type KeyName = 'addresses' | 'tokens' | 'broadcasts' | 'sealing' | 'erasures' | `exposure-${string}`;

/** Keys live in a folder apart from the database, each wrapped by a root key. Destroying one is an erasure. */
export type KeyStore = {
  /** The version to write with: the newest that every process knows by now. Made when there is none. */
  current(name: KeyName): Key;
  /** Every version that exists, newest first; empty when none was ever made or all are destroyed. */
  active(name: KeyName): readonly Key[];
  /** @throws KeyStoreError when this version is not in the folder. */
  get(name: KeyName, version: number): Key;
  /** Adds a version; the old ones stay until they are destroyed. Two processes that rotate at once add one. */
  rotate(name: KeyName): Key;
  /** Puts back what had been taken out of the folder. A version that is there stays as it is. */
  keep(name: KeyName, key: Key): void;
  destroy(name: KeyName, version: number): void;
  list(): readonly KeyEntry[];
  /** The newest public half kept beside a key pair: enough to encrypt to it, useless to open. Plain text in the folder. */
  recipient(name: KeyName): Recipient | undefined;
  keepRecipient(name: KeyName, recipient: Recipient): void;
  /** Every public half, newest first, whether or not the private half is in the folder. */
  recipients(name: KeyName): readonly Recipient[];
  /** Adds a version of which only the public half is in the folder. */
  addRecipient(name: KeyName, recipient: string): Recipient;
  /** Forgets the public half: nothing more is encrypted to it. */
  removeRecipient(name: KeyName, version: number): void;
  /**
   * Adds a root key, and wraps every key with it; the old one stays until it is destroyed. Where root keys are given, the
   * newest of them.
   */
  rotateRoot(): Key;
  /** @throws KeyStoreError while a key needs it, for the newest, and where root keys are given. */
  destroyRoot(version: number): void;
  /** Newest first. */
  roots(): readonly Key[];
  /** True when this call of `openKeyStore` made the first root key: it must be backed up now. */
  readonly rootCreated: boolean;
};

const LISTING_MS = 1000;

const recipientFile = (name: string, version: number) => `${name}.${version}.recipient`;

export function openKeyStore(settings: KeyStoreSettings): KeyStore {
  const { keysDir, settleMs = 0 } = settings;
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
  const settled = new Set<string>();
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

  function unwrapped(file: string): string {
    if (given) return unwrap(keysDir, file, roots);
    // Perhaps another process has made a root key since.
    if (!roots.some(({ version }) => version === rootVersionOf(keysDir, file))) roots = readRoots(keysDir);
    return unwrap(keysDir, file, roots);
  }

  /** Read anew: a root that was destroyed meanwhile wraps nothing more. */
  function newestRoot(): Key {
    if (!given) roots = readRoots(keysDir);
    return roots[0] as Key;
  }

  function read(name: string, version: number): Key {
    const file = fileName(name, version);
    let key = opened.get(file);
    if (!key) {
      key = { version, bytes: Buffer.from(unwrapped(file), 'base64') };
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

  function isSettled(name: string, version: number): boolean {
    const file = fileName(name, version);
    if (settleMs === 0 || settled.has(file)) return true;
    if (fileAgeMs(keysDir, file) < settleMs) return false;
    settled.add(file);
    return true;
  }

  /** The public halves count, too: one whose private half is elsewhere has its number. */
  function nextVersion(name: string): number {
    const recipients = listRecipients(keysDir, name).map(({ version }) => version);
    return Math.max(0, ...versions(name), ...recipients) + 1;
  }

  function write(name: string, version: number, bytes: Uint8Array): Key {
    const file = fileName(name, version);
    writeOnce(keysDir, file, wrapped(newestRoot(), file, Buffer.from(bytes).toString('base64')));
    listing = undefined;
    return read(name, version);
  }

  return {
    rootCreated,
    current(name) {
      const known = versions(name);
      const newest = known.find((version) => isSettled(name, version)) ?? known.at(-1);
      return newest === undefined ? write(name, nextVersion(name), randomBytes(32)) : read(name, newest);
    },
    active(name) {
      return versions(name).map((version) => read(name, version));
    },
    get(name, version) {
      // Perhaps it was added a moment ago.
      if (!versions(name).includes(version)) listing = undefined;
      if (!versions(name).includes(version)) {
        throw new KeyStoreError(
          `The key "${name}" version ${version} is not in ${keysDir}. Restore the key folder from its backup; if the key was destroyed on purpose, what it protected is gone.`,
        );
      }
      return read(name, version);
    },
    rotate(name) {
      listing = undefined;
      return write(name, nextVersion(name), randomBytes(32));
    },
    keep(name, { version, bytes }) {
      write(name, version, bytes);
    },
    destroy(name, version) {
      removeFile(keysDir, fileName(name, version));
      opened.delete(fileName(name, version));
      listing = undefined;
    },
    rotateRoot() {
      if (!given)
        writeOnce(keysDir, `root-${newestRoot().version + 1}`, `${randomBytes(32).toString('base64')}\n`);
      const root = newestRoot();
      for (const { name, version } of listKeys(keysDir)) {
        const file = fileName(name, version);
        if (rootVersionOf(keysDir, file) === root.version) continue;
        replaceFile(keysDir, file, wrapped(root, file, unwrapped(file)));
      }
      return root;
    },
    destroyRoot(version) {
      const needed = listKeys(keysDir).map((key) => rootVersionOf(keysDir, fileName(key.name, key.version)));
      if (given) {
        throw new KeyStoreError(
          'Root keys come from FORTHRIGHT_KEYS here. Rotate, then take the old one out of that setting.',
        );
      }
      if (newestRoot().version <= version || needed.includes(version)) {
        throw new KeyStoreError(
          `Root key ${version} is in use. Nothing was destroyed. Rotate first: forthright keys rotate root`,
        );
      }
      removeFile(keysDir, `root-${version}`);
      newestRoot();
    },
    roots: () => given ?? readRoots(keysDir),
    list: () => [...entries()],
    recipient: (name) => listRecipients(keysDir, name)[0],
    recipients: (name) => listRecipients(keysDir, name),
    addRecipient(name, recipient) {
      listing = undefined;
      const version = nextVersion(name);
      writeOnce(keysDir, recipientFile(name, version), `${recipient}\n`);
      return { version, recipient };
    },
    removeRecipient: (name, version) => removeFile(keysDir, recipientFile(name, version)),
    keepRecipient(name, { version, recipient }) {
      writeOnce(keysDir, recipientFile(name, version), `${recipient}\n`);
    },
  };
}
