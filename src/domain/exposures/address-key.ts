import { NORM_VERSION, normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { hmac } from '#src/trust/hmac.ts';
import type { KeyName } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';

/** One key for each incident: destroying it makes the incident's rows mean nothing. */
export function exposureKeyName(incidentId: string): KeyName {
  return `exposure-${incidentId}`;
}

/** How an address is found in an incident's list: HMAC-SHA-256, all 32 bytes, compared exactly. */
export function exposureKey(key: Key, address: EmailAddress): Uint8Array {
  return exposureKeyOf(key, normalisedAddress(address));
}

/** The same, of an address that is normalised already. */
export function exposureKeyOf(key: Key, normalised: string): Uint8Array {
  return hmac(key.bytes, `exposure/v1|${NORM_VERSION}|${normalised}`);
}
