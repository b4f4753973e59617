import { randomInt } from 'node:crypto';
import { hmac } from './hmac.ts';
import type { Key } from './seal.ts';

/** Letters and digits that are not mistaken for one another: no 0 O, 1 I L, 5 S, 2 Z, 8 B. */
const CODE_ALPHABET = 'ACDEFGHJKMNPQRTUVWXY34679';
const CODE_LENGTH = 8;

/**
 * A 32-byte token (base64url) from a random seed under a key that is not in the database: the same letter can be
 * written again at every attempt, and a stolen table has neither token nor code.
 */
export function derivedToken(key: Key, purpose: string, seed: Uint8Array): string {
  const text = `token/v1|${purpose}|${Buffer.from(seed).toString('hex')}`;
  return Buffer.from(hmac(key.bytes, text)).toString('base64url');
}

/** What is stored of a token or code: useless without the key. */
export function keyedTokenHash(key: Key, purpose: string, token: string): Uint8Array {
  return hmac(key.bytes, `token-hash/v1|${purpose}|${token}`);
}

/** The 8-character code that stands for a token on paper. About 37 bits: only ever checked with few tries. */
export function codeOf(key: Key, token: string): string {
  const bytes = hmac(key.bytes, `code/v1|${token}`);
  let code = '';
  // Two bytes for each character keep the bias under 0.04 %.
  for (let index = 0; index < CODE_LENGTH; index += 1) {
    const number = (bytes[index * 2] as number) * 256 + (bytes[index * 2 + 1] as number);
    code += CODE_ALPHABET[number % CODE_ALPHABET.length];
  }
  return code;
}

/** A random code in the same letters, 4.6 bits each. */
export function randomCode(length: number): string {
  let code = '';
  for (let index = 0; index < length; index += 1) code += CODE_ALPHABET[randomInt(CODE_ALPHABET.length)];
  return code;
}

/** A code as it is shown: in groups of four that the eye can keep. */
export function writtenCode(code: string): string {
  return code.replace(/.{4}(?=.)/g, '$&-');
}

/** A code as people type it: any case, with spaces or a dash. */
export function typedCode(text: string): string {
  return text.toUpperCase().replace(/[\s-]/g, '').slice(0, 64);
}
