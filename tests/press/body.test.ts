import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeBody } from '#src/press/body.ts';
import { preferredEncoding } from '#src/press/encoding.ts';

describe('the encoding a reader gets', () => {
  test.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['GZIP', 'gzip'],
    ['identity', 'identity'],
  ])('for %j is %s', (header, encoding) => {
    expect(preferredEncoding(header)).toBe(encoding);
  });
});

test('a body is the same bytes in every encoding', async () => {
  const bytes = Buffer.from('<p>Forthright</p>'.repeat(100));
  const body = await makeBody('text/html', bytes);
  expect(gunzipSync(body.gzip)).toEqual(bytes);
  expect(brotliDecompressSync(body.br)).toEqual(bytes);
  expect(body.hash).toBe((await makeBody('text/html', bytes)).hash);
  expect(body.hash).not.toBe((await makeBody('text/html', Buffer.from('other'))).hash);
});
