import { createHash, randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A public id: 12 characters of [a-z0-9] (62 bits), as Statuspage clients expect. It names; it is never a secret. */
export function newId(): string {
  let id = '';
  for (let length = 0; length < 12; length += 1) id += ALPHABET[randomInt(ALPHABET.length)];
  return id;
}

/** Our own namespace for `urnOf`; any fixed UUID does. */
const NAMESPACE = Buffer.from('6f1e0b7a2c5d4e8f9a3b1c7d5e2f8a40', 'hex');

/** A UUID (RFC 9562, version 5) made of a name, as a URN: the same name gives the same one, on whatever host. */
export function urnOf(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return `urn:uuid:${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}
