import type { EmailAddress } from '#src/text/email-address.ts';
import { seal, unseal, type Key } from '#src/trust/seal.ts';

/** Sealed together: one by one takes ten times as long. */
export const BLOCK_ADDRESSES = 100;

/** No address holds a line break. */
const BETWEEN = '\n';

/** Encrypts addresses for one row: under another id, or in another segment (null: everybody), they do not open. */
export function sealOriginals(
  dataKey: Key,
  id: Uint8Array,
  addresses: readonly string[],
  segmentId: string | null = null,
): Uint8Array {
  return seal(dataKey, addresses.join(BETWEEN), placeOf(id, segmentId));
}

/** @throws SealBroken when the row was moved or changed. */
export function openOriginals(
  dataKey: Key,
  id: Uint8Array,
  sealed: Uint8Array,
  segmentId: string | null = null,
): EmailAddress[] {
  return unseal(dataKey, sealed, placeOf(id, segmentId)).split(BETWEEN) as EmailAddress[];
}

function placeOf(id: Uint8Array, segmentId: string | null): string {
  const place = `sealed_originals:${Buffer.from(id).toString('hex')}`;
  return segmentId === null ? place : `${place}:${segmentId}`;
}
