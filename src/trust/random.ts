import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 64 * 1024;
let pool = Buffer.alloc(0);
let used = 0;

/**
 * Random bytes, each given out once, from a supply that is drawn 64 kB at a time: to ask the system for every few of them takes a
 * hundred times as long. For nonces and ids; keys and secrets are drawn one by one.
 */
export function drawBytes(length: number): Buffer {
  if (used + length > pool.length) {
    // A new one: what was given out before lies in the old.
    pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(POOL_BYTES, length)));
    used = 0;
  }
  const drawn = pool.subarray(used, used + length);
  used += length;
  return drawn;
}
