import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { decodeBech32, encodeBech32 } from '#src/trust/bech32.ts';
import { isRecipient, readIdentity, recipientOf, writtenIdentity } from '#src/trust/identities.ts';

describe('bech32', () => {
  test.each([
    'A12UEL5L',
    'a12uel5l',
    '?1ezyfcl',
    '11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j',
  ])('reads %s of BIP 173', (text) => {
    const prefix = text.toLowerCase().slice(0, text.lastIndexOf('1'));
    expect(decodeBech32(prefix, text)).toBeDefined();
  });

  test.each(['A12UeL5L', 'a12uel5m', 'a12uel', 'a1b2uel5l', 'x1b4n0q5v', ''])('refuses %j', (text) => {
    expect(decodeBech32('a', text)).toBeUndefined();
  });

  test('gives back what was written, of every length', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 255);
      expect(decodeBech32('some-prefix-', encodeBech32('some-prefix-', bytes))).toEqual(bytes);
    }
  });
});

describe('a private half in age’s writing', () => {
  test('is read, written and recognised as age does it', async () => {
    for (let index = 0; index < 20; index += 1) {
      const identity = await generateX25519Identity();
      const bytes = readIdentity(`# created: 2026-11-01\n# public key: age1…\n${identity}\n`);
      if (!bytes) throw new Error('not read');
      const key = { version: 1, bytes };
      expect(writtenIdentity(key)).toBe(identity);
      expect(await recipientOf(key)).toBe(await identityToRecipient(identity));
    }
  });

  test.each([
    ['nothing', ''],
    ['only comments', '# public key: age1\n'],
    ['two', 'AGE-SECRET-KEY-1QQ\nAGE-SECRET-KEY-1QQ\n'],
    ['one that is cut off', 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZ'],
    ['a public half', 'age1cy0su9fwf3gf9mw868g5yut09p6nytfmmnktexz2ya5uqg9vl9sss4euqm'],
  ])('is not read from %s', (_, text) => {
    expect(readIdentity(text)).toBeUndefined();
  });

  test('is told from a public half', async () => {
    const identity = await generateX25519Identity();
    expect(isRecipient(await identityToRecipient(identity))).toBe(true);
    for (const other of [identity, 'age1', 'age1qqqq', 'ssh-ed25519 AAAA', ''])
      expect(isRecipient(other)).toBe(false);
  });
});
