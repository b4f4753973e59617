import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;

/** HMAC-SHA-256 (RFC 2104) over UTF-8 text. On `crypto.hash` it is several times as fast as `createHmac`. */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  if (key.length > BLOCK_BYTES) throw new RangeError('HMAC keys here are at most 64 bytes');
  const message = Buffer.from(text, 'utf8');
  const inner = Buffer.alloc(BLOCK_BYTES + message.length, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c);
  for (let index = 0; index < key.length; index += 1) {
    const byte = key[index] as number;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  message.copy(inner, BLOCK_BYTES);
  hash('sha256', inner, 'buffer').copy(outer, BLOCK_BYTES);
  return hash('sha256', outer, 'buffer');
}
