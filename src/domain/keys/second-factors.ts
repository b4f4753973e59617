import type { KeyStore } from '#src/trust/keys.ts';
import { seal, SealBroken, sealedKeyVersion, unseal } from '#src/trust/seal.ts';

/** The secret of a second factor as it is stored in this person's row, under the version that is written with. */
export function sealTotpSecret(keys: KeyStore, secret: string, staffId: string): Uint8Array {
  return seal(keys.current('addresses'), secret, totpPlace(staffId));
}

/** @throws SealBroken when it was moved or changed; KeyStoreError when its key is gone. */
export function openTotpSecret(keys: KeyStore, sealed: Uint8Array, staffId: string): string {
  return unseal(keys.get('addresses', sealedKeyVersion(sealed)), sealed, totpPlace(staffId));
}

/** Sealed anew under the version that is written with; undefined when it was moved or changed. */
export function renewedTotpSecret(
  keys: KeyStore,
  sealed: Uint8Array,
  staffId: string,
): Uint8Array | undefined {
  try {
    return sealTotpSecret(keys, openTotpSecret(keys, sealed, staffId), staffId);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

function totpPlace(staffId: string): string {
  return `staff:${staffId}/totp`;
}
