import { NORM_VERSION, normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { hmac } from '#src/trust/hmac.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { seal, sealedKeyVersion, unseal, type Key } from '#src/trust/seal.ts';

/** How customers', subscribers' and staff's addresses are found: HMAC-SHA-256 under the `addresses` key, 32 bytes. */
export function addressKey(key: Key, address: EmailAddress): Uint8Array {
  return hmac(key.bytes, `address/v1|${NORM_VERSION}|${normalisedAddress(address)}`);
}

/** The keyed hash under every active version, newest first: look-ups do the same work whatever they find. */
export function addressKeys(keys: KeyStore, address: EmailAddress): Uint8Array[] {
  keys.current('addresses');
  return keys.active('addresses').map((key) => addressKey(key, address));
}

/** Encrypts an address for one row; `place` is `table:id`. */
export function sealAddress(keys: KeyStore, address: EmailAddress, place: string): Uint8Array {
  return seal(keys.current('addresses'), address, place);
}

/** @throws SealBroken when the value was moved or changed; KeyStoreError when its key is gone. */
export function openAddress(keys: KeyStore, sealed: Uint8Array, place: string): EmailAddress {
  return unseal(keys.get('addresses', sealedKeyVersion(sealed)), sealed, place) as EmailAddress;
}
