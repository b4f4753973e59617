import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmac } from '#src/trust/hmac.ts';

test('it is HMAC-SHA-256, whatever the key up to 64 bytes and the text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'binary' }), (key, text) => {
      expect(Buffer.from(hmac(key, text)).toString('hex')).toBe(
        createHmac('sha256', key).update(text).digest('hex'),
      );
    }),
  );
});

test('a key over a block is refused rather than treated otherwise than the standard does', () => {
  expect(() => hmac(new Uint8Array(65), 'x')).toThrow(RangeError);
});
