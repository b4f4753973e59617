import { expect, test } from 'vitest';
import { mentionedAddresses } from '#src/text/address-mentions.ts';

test.each([
  ['Write to Anna.Lind@people.example, please.', ['anna.lind@people.example']],
  ['<anna@people.example>', ['anna@people.example']],
  ['mailto:anna+tag@people.example?subject=x', ['anna+tag@people.example']],
  ['anna (at) people (dot) example', ['anna@people.example']],
  ['anna@people.example and ANNA@PEOPLE.EXAMPLE', ['anna@people.example']],
  ['zoë@bücher.example', ['zoë@bücher.example']],
  ['a***@people.example', []],
  ['@people', []],
  ['anna@localhost', []],
  ['a @ b', []],
  ['', []],
])('%j mentions %j', (text, addresses) => {
  expect(mentionedAddresses(text)).toEqual(addresses);
});

test.each(['a@', '@', 'a.b.', '(at) ', 'a (at) b ', 'a@b.c ', '@@'])(
  '100,000 characters of %j are read in time',
  (piece) => {
    const startedAt = performance.now();
    mentionedAddresses(piece.repeat(100_000 / piece.length));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  },
);
