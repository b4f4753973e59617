import { normalisedAddress, NORM_VERSION, type EmailAddress } from '#src/text/email-address.ts';
import { hmac } from '#src/trust/hmac.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { seal, SealBroken, sealedKeyVersion, unseal, type Key } from '#src/trust/seal.ts';

/** Keyed for one broadcast alone: two broadcasts cannot be laid side by side to see who got both. */
export function recipientKeyMaker(key: Key, broadcastId: string): (address: EmailAddress) => Buffer {
  const own = hmac(key.bytes, `broadcast/v1|${broadcastId}`);
  return (address) => Buffer.from(hmac(own, `recipient/v1|${NORM_VERSION}|${normalisedAddress(address)}`));
}

/** Encrypts an address for one delivery, under the `broadcasts` key. */
export function sealRecipient(key: Key, deliveryId: string, address: EmailAddress): Buffer {
  return Buffer.from(seal(key, address, placeOf(deliveryId)));
}

/**
 * Undefined when there is nothing to open, or when it was moved or changed.
 *
 * @throws KeyStoreError when the key is not in the folder.
 */
export function openRecipient(
  keys: KeyStore,
  deliveryId: string,
  sealed: Uint8Array | null,
): EmailAddress | undefined {
  try {
    if (!sealed) return undefined;
    const key = keys.get('broadcasts', sealedKeyVersion(sealed));
    return unseal(key, sealed, placeOf(deliveryId)) as EmailAddress;
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

function placeOf(deliveryId: string): string {
  return `deliveries:${deliveryId}`;
}
