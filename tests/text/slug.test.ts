import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSlug, slugOf } from '#src/text/slug.ts';

test.each([
  ['The API is slow', 'the-api-is-slow'],
  ['Customers’ email addresses were visible', 'customers-email-addresses-were-visible'],
  ['  Zoë & Straße -- 2019!  ', 'zoe-strasse-2019'],
  ['日本', 'untitled'],
  ['', 'untitled'],
  ['a'.repeat(90), 'a'.repeat(60)],
  [`${'word '.repeat(20)}`, 'word-word-word-word-word-word-word-word-word-word-word-word'],
])('%j becomes %s', (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});

test('whatever the title, what comes out can stand in a URL and stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (title) => {
      const slug = slugOf(title);
      expect(isSlug(slug)).toBe(true);
      expect(slugOf(slug)).toBe(slug);
    }),
  );
});
