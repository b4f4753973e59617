import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from '#src/text/line-diff.ts';

const marks = { same: ' ', added: '+', removed: '-' };
const shown = (before: string, after: string) =>
  lineDiff(before, after)
    .map(({ change, text }) => marks[change] + text)
    .join('\n');

test.each([
  ['a\nb\nc', 'a\nb\nc', ' a\n b\n c'],
  ['a\nb\nc', 'a\nc', ' a\n-b\n c'],
  ['a\nc', 'a\nb\nc', ' a\n+b\n c'],
  ['a\nb\nc', 'a\nx\nc', ' a\n-b\n+x\n c'],
  ['', 'a', '-\n+a'],
])('from %j to %j', (before, after, diff) => {
  expect(shown(before, after)).toBe(diff);
});

const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  .map((lines) => lines.join('\n'));

test('what is not added is the text before, what is not removed is the text after', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = lineDiff(before, after);
      const without = (change: string) =>
        diff
          .filter((line) => line.change !== change)
          .map(({ text }) => text)
          .join('\n');
      expect(without('added')).toBe(before);
      expect(without('removed')).toBe(after);
    }),
  );
});

test('very long texts are still told apart', () => {
  const long = (name: string) => Array.from({ length: 3000 }, (_, index) => `${name} ${index}`).join('\n');
  expect(lineDiff(long('a'), long('b'))).toHaveLength(6000);
});
