import { hmac } from './hmac.ts';
import type { Key } from './seal.ts';

/** A short public name of a key, to see whether two machines hold the same one. Tells nothing about the key. */
export function keyFingerprint(key: Key): string {
  return Buffer.from(hmac(key.bytes, 'fingerprint/v1')).toString('hex').slice(0, 16);
}
