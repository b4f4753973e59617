import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyStoreError } from '#src/trust/key-files.ts';
import { openKeyStore } from '#src/trust/keys.ts';

let keysDir: string;
beforeEach(() => {
  keysDir = mkdtempSync(join(tmpdir(), 'forthright-keys-'));
});
afterEach(() => {
  chmodSync(keysDir, 0o700);
  rmSync(keysDir, { recursive: true, force: true });
});

const open = (mayCreate = true) => openKeyStore({ keysDir, mayCreate });

describe('the key store', () => {
  test('makes a root key once and says so once', () => {
    expect(open().rootCreated).toBe(true);
    expect(open().rootCreated).toBe(false);
  });

  test('gives the same key again, in this process and in the next', () => {
    const first = open().current('addresses');
    expect(open().current('addresses')).toEqual(first);
    expect(first.bytes).toHaveLength(32);
  });

  test('gives every purpose a key of its own', () => {
    const keys = open();
    expect(keys.current('addresses').bytes).not.toEqual(keys.current('tokens').bytes);
  });

  test('two processes that make the same key at once end up with the same one', () => {
    const [one, two] = [open(), open()];
    expect(one.current('exposure-abc')).toEqual(two.current('exposure-abc'));
  });

  test('keeps older versions after a rotation, newest first', () => {
    const keys = open();
    const first = keys.current('tokens');
    const second = keys.rotate('tokens');
    expect(keys.active('tokens')).toEqual([second, first]);
    expect(keys.current('tokens')).toEqual(second);
  });

  test('writes with a new version only once every process has had time to see it', () => {
    const settling = () => openKeyStore({ keysDir, mayCreate: true, settleMs: 10_000 });
    const keys = settling();
    const first = keys.current('addresses');
    const second = keys.rotate('addresses');
    for (const store of [keys, settling()]) {
      expect(store.current('addresses')).toEqual(first);
      expect(store.active('addresses')).toEqual([second, first]);
    }
    const longAgo = Date.now() / 1000 - 11;
    utimesSync(join(keysDir, 'addresses.2.key'), longAgo, longAgo);
    for (const store of [keys, settling()]) expect(store.current('addresses')).toEqual(second);
  });

  test('finds a version at once that another process has added and written with', () => {
    const [here, there] = [open(), open()];
    here.current('addresses');
    const second = there.rotate('addresses');
    expect(here.get('addresses', 2)).toEqual(second);
  });

  test('two processes that rotate at once add one version', () => {
    const [one, two] = [open(), open()];
    one.current('tokens');
    two.current('tokens');
    expect(readdirSync(keysDir)).toContain('tokens.1.key');
    const made = one.rotate('tokens');
    expect(two.active('tokens')).toHaveLength(1);
    expect(two.rotate('tokens').version).toBe(made.version + 1);
  });

  test('what a killed process left of a key is no key, and goes when the key is destroyed', () => {
    const keys = open();
    const first = keys.current('addresses');
    keys.rotate('addresses');
    const half = readFileSync(join(keysDir, 'addresses.1.key'), 'utf8');
    writeFileSync(join(keysDir, '.addresses.1.key.0badc0ffee00'), half);
    writeFileSync(join(keysDir, '.addresses.3.key.0badc0ffee11'), half.slice(0, 20));
    expect(open().active('addresses')).toHaveLength(2);
    expect(open().rotate('addresses').version).toBe(3);
    expect(open().get('addresses', 1)).toEqual(first);
    open().destroy('addresses', 1);
    expect(readdirSync(keysDir).filter((file) => file.includes('addresses.1.'))).toEqual([]);
  });

  test('numbers a key pair whose private half is elsewhere like any other', () => {
    const keys = open();
    keys.current('sealing');
    expect(keys.addRecipient('sealing', 'age1away')).toEqual({ version: 2, recipient: 'age1away' });
    expect(keys.recipient('sealing')?.recipient).toBe('age1away');
    expect(keys.rotate('sealing').version).toBe(3);
    keys.keep('sealing', { version: 2, bytes: Buffer.alloc(32, 5) });
    expect(keys.active('sealing').map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  test('wraps every key with a new root, after which the old one can go', () => {
    const [keys, running] = [open(), open()];
    const made = [keys.current('addresses'), keys.current('tokens')];
    running.current('tokens');
    expect(() => keys.destroyRoot(1)).toThrow(/in use.*rotate root/);
    expect(keys.rotateRoot().version).toBe(2);
    for (const store of [keys, running, open(false)]) {
      expect([store.current('addresses'), store.current('tokens')]).toEqual(made);
    }
    expect(() => keys.destroyRoot(2)).toThrow(/in use/);
    keys.destroyRoot(1);
    expect(readdirSync(keysDir).filter((file) => file.startsWith('root'))).toEqual(['root-2']);
    const later = running.current('broadcasts');
    const again = open(false);
    expect([again.current('addresses'), again.current('tokens')]).toEqual(made);
    expect(again.current('broadcasts')).toEqual(later);
    for (const file of readdirSync(keysDir)) expect(statSync(join(keysDir, file)).mode & 0o777).toBe(0o600);
  });

  test('half wrapped with a new root opens, and is wrapped to the end by the next rotation', () => {
    const keys = open();
    const made = [keys.current('addresses'), keys.current('tokens')];
    const before = readFileSync(join(keysDir, 'tokens.1.key'));
    keys.rotateRoot();
    // As if the process had been killed before this one.
    writeFileSync(join(keysDir, 'tokens.1.key'), before);
    const again = open(false);
    expect([again.current('addresses'), again.current('tokens')]).toEqual(made);
    expect(() => again.destroyRoot(1)).toThrow(/in use/);
    again.rotateRoot();
    again.destroyRoot(1);
    again.destroyRoot(2);
    expect([open(false).current('addresses'), open(false).current('tokens')]).toEqual(made);
  });

  test('wraps with the newest of the root keys that are given, and destroys none of them', () => {
    const root = (version: number) => `${version}:${Buffer.alloc(32, version).toString('base64')}`;
    const made = openKeyStore({ keysDir, rootKeys: root(1), mayCreate: false }).current('addresses');
    const both = openKeyStore({ keysDir, rootKeys: `${root(1)},${root(2)}`, mayCreate: false });
    expect(both.rotateRoot().version).toBe(2);
    expect(() => both.destroyRoot(1)).toThrow(/FORTHRIGHT_KEYS/);
    expect(openKeyStore({ keysDir, rootKeys: root(2), mayCreate: false }).current('addresses')).toEqual(made);
    expect(readdirSync(keysDir)).toEqual(['addresses.1.key']);
  });

  test('a destroyed key is gone, from the folder and from memory', () => {
    const keys = open();
    keys.current('exposure-abc');
    keys.destroy('exposure-abc', 1);
    expect(keys.active('exposure-abc')).toEqual([]);
    expect(() => keys.get('exposure-abc', 1)).toThrow(KeyStoreError);
    expect(readdirSync(keysDir).some((file) => file.startsWith('exposure'))).toBe(false);
  });

  test('writes files that only their owner can read, and no key in the clear but the root', () => {
    const keys = open();
    const { bytes } = keys.current('addresses');
    for (const file of readdirSync(keysDir)) {
      expect(statSync(join(keysDir, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(keysDir, file), 'utf8')).not.toContain(Buffer.from(bytes).toString('base64'));
    }
  });

  test('takes root keys from the environment and writes none', () => {
    const rootKeys = `1:${Buffer.alloc(32, 1).toString('base64')},2:${Buffer.alloc(32, 2).toString('base64')}`;
    const first = openKeyStore({ keysDir, rootKeys, mayCreate: false }).current('addresses');
    expect(readdirSync(keysDir)).toEqual(['addresses.1.key']);
    expect(openKeyStore({ keysDir, rootKeys, mayCreate: false }).current('addresses')).toEqual(first);
  });

  test('refuses to make a new root where data already needs an old one', () => {
    expect(() => open(false)).toThrow(/no root key.*Restore/s);
    expect(readdirSync(keysDir)).toEqual([]);
  });

  test('refuses to make a new root beside keys that another root wrapped', () => {
    open().current('addresses');
    rmSync(join(keysDir, 'root-1'));
    expect(() => open()).toThrow(/no root key/);
  });

  test('a key wrapped by another root says that it does not open and what to do', () => {
    open().current('addresses');
    writeFileSync(join(keysDir, 'root-1'), Buffer.alloc(32, 7).toString('base64'));
    expect(() => open().current('addresses')).toThrow(/does not open.*restore/s);
  });

  test('a root file with something else in it is refused without repeating it', () => {
    writeFileSync(join(keysDir, 'root-1'), 'hunter2');
    expect(() => open()).toThrow(KeyStoreError);
    expect(() => open()).not.toThrow(/hunter2/);
  });

  test('a folder that cannot be made says which and what to do', () => {
    writeFileSync(join(keysDir, 'file'), '');
    expect(() => openKeyStore({ keysDir: join(keysDir, 'file', 'keys'), mayCreate: true })).toThrow(
      /cannot be used.*KEYS_DIR/s,
    );
  });
});
