import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seal, SealBroken, sealedKeyVersion, unseal, type Key } from '#src/trust/seal.ts';

const key: Key = { version: 3, bytes: randomBytes(32) };

describe('a sealed value', () => {
  test('opens with its key at its place to what was sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, place) => {
        expect(unseal(key, seal(key, text, place), place)).toBe(text);
      }),
    );
  });

  test('moved to another row does not open', () => {
    const sealed = seal(key, 'mara@example.com', 'addresses:one');
    expect(() => unseal(key, sealed, 'addresses:two')).toThrow(SealBroken);
  });

  test('with any one bit changed does not open', () => {
    const sealed = Buffer.from(seal(key, 'mara@example.com', 'addresses:one'));
    for (let index = 5; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] as number) ^ 1;
      expect(() => unseal(key, changed, 'addresses:one')).toThrow(SealBroken);
    }
  });

  test('with another key of the same version does not open', () => {
    const other = { version: 3, bytes: randomBytes(32) };
    expect(() => unseal(other, seal(key, 'x', 'p'), 'p')).toThrow(SealBroken);
  });

  test('says which version of the key it needs', () => {
    expect(sealedKeyVersion(seal(key, 'x', 'p'))).toBe(3);
    expect(() => unseal({ ...key, version: 4 }, seal(key, 'x', 'p'), 'p')).toThrow(SealBroken);
  });

  test('is never the same bytes twice', () => {
    expect(seal(key, 'x', 'p')).not.toEqual(seal(key, 'x', 'p'));
  });

  test.each([[new Uint8Array(0)], [new Uint8Array(10)], [new Uint8Array(64)]])(
    'that is no sealed value is refused',
    (bytes) => {
      expect(() => unseal(key, bytes, 'p')).toThrow(SealBroken);
    },
  );
});
