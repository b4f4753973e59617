import { describe, expect, test } from 'vitest';
import { imageShape } from '#src/text/image-shape.ts';

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

/** One pixel each, as encoders write them; the JPEG is 2 × 1. */
const pictures = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  lossy: 'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA',
  lossless: 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==',
};

describe('a picture is what its bytes say', () => {
  test.each([
    ['png', 'image/png'],
    ['lossy', 'image/webp'],
    ['lossless', 'image/webp'],
  ] as const)('%s', (name, type) => {
    expect(imageShape(bytes(pictures[name]))).toEqual({ type, width: 1, height: 1 });
  });

  test('a JPEG with segments before its frame', () => {
    const app0 = [0xff, 0xe0, 0, 4, 1, 2];
    const frame = [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 2, 1, 0, 0, 0];
    expect(imageShape(new Uint8Array([0xff, 0xd8, ...app0, ...frame]))).toEqual({
      type: 'image/jpeg',
      width: 2,
      height: 1,
    });
  });

  test('an extended WebP', () => {
    const header = [...Buffer.from('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0')];
    expect(imageShape(new Uint8Array([...header, 0x8f, 1, 0, 0x3f, 0, 0]))).toEqual({
      type: 'image/webp',
      width: 400,
      height: 64,
    });
  });
});

describe('anything else is none', () => {
  test.each([
    ['nothing', new Uint8Array()],
    [
      'an SVG document',
      new Uint8Array(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')),
    ],
    ['a GIF', new Uint8Array(Buffer.from('GIF89a\x01\0\x01\0\0\0\0;'))],
    ['a page', new Uint8Array(Buffer.from('<!doctype html><title>x</title>'))],
    ['the beginning of a PNG', bytes(pictures.png).slice(0, 18)],
    ['a JPEG without end', new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff])],
    ['a JPEG of empty segments', new Uint8Array(5000).fill(0xff).with(1, 0xd8)],
  ])('%s', (_, picture) => {
    expect(imageShape(picture)).toBeUndefined();
  });

  test('whatever is at the end of any of them, in no time', () => {
    for (const picture of Object.values(pictures)) {
      for (let end = 0; end < bytes(picture).length; end += 1) imageShape(bytes(picture).slice(0, end));
    }
  });
});
