import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { codeOf, derivedToken, keyedTokenHash, typedCode } from '#src/trust/tokens.ts';

const key = { version: 1, bytes: randomBytes(32) };
const seed = randomBytes(32);

describe('a token', () => {
  test('is 32 bytes, the same for the same seed, purpose and key', () => {
    const token = derivedToken(key, 'sign-in', seed);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(derivedToken(key, 'sign-in', seed)).toBe(token);
  });

  test('differs by seed, purpose and key', () => {
    const tokens = [
      derivedToken(key, 'sign-in', seed),
      derivedToken(key, 'sign-in', randomBytes(32)),
      derivedToken(key, 'add-address', seed),
      derivedToken({ version: 1, bytes: randomBytes(32) }, 'sign-in', seed),
    ];
    expect(new Set(tokens).size).toBe(4);
  });

  test('cannot be read from what is stored', () => {
    const token = derivedToken(key, 'sign-in', seed);
    expect(Buffer.from(keyedTokenHash(key, 'sign-in', token)).toString('base64url')).not.toContain(token);
  });
});

describe('a code', () => {
  test('has 8 characters that are not mistaken for one another', () => {
    for (let tries = 0; tries < 500; tries += 1) {
      expect(codeOf(key, randomBytes(32).toString('base64url'))).toMatch(/^[ACDEFGHJKMNPQRTUVWXY34679]{8}$/);
    }
  });

  test.each([
    ['acde-fghj', 'ACDEFGHJ'],
    [' ACDE FGHJ ', 'ACDEFGHJ'],
    ['acdefghj', 'ACDEFGHJ'],
  ])('typed as %j means %s', (typed, code) => {
    expect(typedCode(typed)).toBe(code);
  });
});
