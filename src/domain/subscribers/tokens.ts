import { hmac } from '#src/trust/hmac.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { sameBytes } from '#src/trust/secrets.ts';

const ID_BYTES = 12;
const TOKEN_BYTES = ID_BYTES + 32;

/**
 * Opens the page where one subscription is ended or changed: the subscription's id and an HMAC over it, base64url.
 * Stored nowhere, and valid as long as the subscription.
 */
export function subscriptionToken(key: Key, subscriptionId: string): string {
  return tokenFor(key, 'preferences', subscriptionId);
}

/** Whose it is; undefined when we did not make it. Whether the subscription still exists is another question. */
export function readSubscriptionToken(keys: KeyStore, token: string): string | undefined {
  return idIn(keys, 'preferences', token);
}

/** In the confirmation letter alone: it proves the mailbox. */
export function confirmationToken(key: Key, subscriptionId: string): string {
  return tokenFor(key, 'confirm', subscriptionId);
}

export function readConfirmationToken(keys: KeyStore, token: string): string | undefined {
  return idIn(keys, 'confirm', token);
}

function tokenFor(key: Key, purpose: string, id: string): string {
  if (Buffer.byteLength(id) !== ID_BYTES) throw new RangeError('A subscription id has 12 characters.');
  const mac = hmac(key.bytes, `subscription-token/v1|${purpose}|${id}`);
  return Buffer.concat([Buffer.from(id), mac]).toString('base64url');
}

function idIn(keys: KeyStore, purpose: string, token: string): string | undefined {
  const bytes = Buffer.from(token.slice(0, 2 * TOKEN_BYTES), 'base64url');
  // Decoding is lenient: only the one spelling we write counts.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return undefined;
  const id = bytes.subarray(0, ID_BYTES).toString('latin1');
  const mac = bytes.subarray(ID_BYTES);
  const ours = keys
    .active('tokens')
    .some((key) => sameBytes(hmac(key.bytes, `subscription-token/v1|${purpose}|${id}`), mac));
  return ours ? id : undefined;
}
