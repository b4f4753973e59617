import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
