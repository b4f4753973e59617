import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { decodeBech32, encodeBech32 } from './bech32.ts';
import type { Key } from './seal.ts';

/** What X25519 private keys are wrapped in (PKCS #8, RFC 8410): the platform imports nothing shorter. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const IDENTITY_PREFIX = 'age-secret-key-';
const IDENTITY_LINE = /^AGE-SECRET-KEY-1[0-9A-Z]+$/i;

/** The private half as the platform uses it. */
export function privateHalf(key: Key): Promise<CryptoKey> {
  const wrapped = new Uint8Array(Buffer.concat([PKCS8_PREFIX, key.bytes]));
  return crypto.subtle.importKey('pkcs8', wrapped, { name: 'X25519' }, false, ['deriveBits']);
}

/** The public half, in age's writing. */
export async function recipientOf(key: Key): Promise<string> {
  return identityToRecipient(await privateHalf(key));
}

/** The private half, in age's writing: `AGE-SECRET-KEY-1…`. */
export function writtenIdentity(key: Key): string {
  return encodeBech32(IDENTITY_PREFIX, key.bytes).toUpperCase();
}

/**
 * The private half in a file that age-keygen wrote; lines that begin with # are its comments. Undefined when there is none,
 * or more than one.
 */
export function readIdentity(text: string): Uint8Array | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const written = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const [only = ''] = written;
  if (written.length !== 1 || !IDENTITY_LINE.test(only)) return undefined;
  const bytes = decodeBech32(IDENTITY_PREFIX, only);
  return bytes?.length === 32 ? bytes : undefined;
}

/** Is this a public half that can be encrypted to? `age1…`, for X25519. */
export function isRecipient(text: string): boolean {
  if (decodeBech32('age', text)?.length !== 32) return false;
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/** Does the private half open it? */
export async function opens(key: Key, sealed: Uint8Array): Promise<boolean> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(await privateHalf(key));
  try {
    await decrypter.decrypt(sealed);
    return true;
  } catch {
    return false;
  }
}
