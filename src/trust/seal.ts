import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { drawBytes } from './random.ts';

const FORMAT = 1;
const HEADER_BYTES = 5;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** 32 bytes with the version that sealed values carry. */
export type Key = { readonly version: number; readonly bytes: Uint8Array };

/** The sealed value is not what was written for this place: other key, other row, or changed bytes. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/**
 * AES-256-GCM with a random nonce. `place` names the row and column the value belongs to: moved elsewhere it does
 * not open. Bytes: format (1), key version (4), nonce (12), ciphertext, tag (16).
 */
export function seal(key: Key, plaintext: string, place: string): Uint8Array {
  const nonce = drawBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', preparedKey(key), nonce);
  cipher.setAAD(Buffer.from(place, 'utf8'));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(FORMAT, 0);
  header.writeUInt32BE(key.version, 1);
  return Buffer.concat([
    header,
    nonce,
    cipher.update(plaintext, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Which version of the key a sealed value needs. */
export function sealedKeyVersion(sealed: Uint8Array): number {
  if (sealed.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORMAT) {
    throw new SealBroken('A sealed value has an unknown format.');
  }
  return Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).readUInt32BE(1);
}

/** @throws SealBroken unless this key sealed exactly these bytes for exactly this place. */
export function unseal(key: Key, sealed: Uint8Array, place: string): string {
  if (sealedKeyVersion(sealed) !== key.version)
    throw new SealBroken('A sealed value needs another key version.');
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    preparedKey(key),
    bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES),
  );
  decipher.setAAD(Buffer.from(place, 'utf8'));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const ciphertext = bytes.subarray(HEADER_BYTES + NONCE_BYTES, bytes.length - TAG_BYTES);
  try {
    return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new SealBroken('A sealed value does not open here.');
  }
}

const prepared = new WeakMap<Key, KeyObject>();

/** Made once for each key: to prepare it again for every value takes four times as long as the sealing itself. */
function preparedKey(key: Key): KeyObject {
  let object = prepared.get(key);
  if (!object) {
    object = createSecretKey(key.bytes);
    prepared.set(key, object);
  }
  return object;
}
