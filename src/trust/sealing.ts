import { Decrypter, Encrypter } from 'age-encryption';
import { randomBytes } from 'node:crypto';
import { privateHalf, recipientOf } from './identities.ts';
import { KeyStoreError } from './key-files.ts';
import type { KeyStore } from './keys.ts';
import type { Key } from './seal.ts';

/** One list's own key, and the same encrypted to the key pair whose private half only a sending worker uses. */
export type DataKey = { key: Key; sealedKey: Uint8Array };

/** A new data key. Needs the public half alone, so that who seals cannot open. */
export async function newDataKey(keys: KeyStore): Promise<DataKey> {
  const bytes = randomBytes(32);
  const encrypter = new Encrypter();
  encrypter.addRecipient(await sealingRecipient(keys));
  return { key: { version: 1, bytes }, sealedKey: await encrypter.encrypt(bytes) };
}

/** @throws KeyStoreError when the private half is not in the key folder (kept offline, lost, or destroyed). */
export async function openDataKey(keys: KeyStore, sealedKey: Uint8Array): Promise<Key> {
  const decrypter = new Decrypter();
  const held = keys.active('sealing');
  for (const key of held) decrypter.addIdentity(await privateHalf(key));
  try {
    if (held.length > 0) return { version: 1, bytes: await decrypter.decrypt(sealedKey) };
  } catch {
    // None of the versions at hand: said below, with what to do.
  }
  throw new KeyStoreError(
    'The sealed addresses cannot be opened: the private half of the sealing key they were sealed to is not in the key folder. If it is kept elsewhere, bring it (forthright keys bring sealing FILE) and resume; otherwise restore the key folder from its backup. Nothing is lost.',
  );
}

/** The public half, in age's writing. An operator who keeps the private half offline puts a newer one in the folder. */
async function sealingRecipient(keys: KeyStore): Promise<string> {
  const kept = keys.recipient('sealing');
  const versions = keys.list().filter((entry) => entry.name === 'sealing');
  if (kept && versions.every((entry) => entry.version <= kept.version)) return kept.recipient;
  const key = keys.current('sealing');
  const recipient = await recipientOf(key);
  keys.keepRecipient('sealing', { version: key.version, recipient });
  return recipient;
}

/**
 * Encrypts a stream to somebody's public half (`age1…`), so that only they can read it: `age --decrypt -i KEY FILE`.
 *
 * @throws RangeError when that is no recipient of age's.
 */
export async function encryptedTo(
  recipient: string,
  bytes: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new RangeError(
      `"${recipient}" is no public key of age. It begins with age1; age-keygen makes one.`,
    );
  }
  return encrypter.encrypt(bytes);
}
