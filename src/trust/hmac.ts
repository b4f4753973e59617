import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Enough for any address; longer texts get a buffer of their own. */
const TEXT_BYTES = 1024;

const inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES);
const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);
let prepared: Uint8Array | undefined;

/** HMAC-SHA-256 (RFC 2104) over UTF-8 text. On `crypto.hash` it is several times as fast as `createHmac`. */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  prepare(key);
  const fits = text.length * 3 <= TEXT_BYTES;
  const message = fits ? inner : Buffer.concat([inner.subarray(0, BLOCK_BYTES), Buffer.from(text, 'utf8')]);
  const end = fits ? BLOCK_BYTES + inner.write(text, BLOCK_BYTES, 'utf8') : message.length;
  hash('sha256', message.subarray(0, end), 'buffer').copy(outer, BLOCK_BYTES);
  return hash('sha256', outer, 'buffer');
}

/** Both blocks stay from one text to the next under the same key. */
function prepare(key: Uint8Array): void {
  if (key.length > BLOCK_BYTES) throw new RangeError('HMAC keys here are at most 64 bytes');
  if (key === prepared) return;
  inner.fill(0x36, 0, BLOCK_BYTES);
  outer.fill(0x5c, 0, BLOCK_BYTES);
  for (let index = 0; index < key.length; index += 1) {
    const byte = key[index] as number;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  prepared = key;
}
