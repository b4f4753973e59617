import { describe, expect, test } from 'vitest';
import { wordDiff } from '#src/text/word-diff.ts';

const marked = (before: string, after: string) =>
  wordDiff(before, after)
    .map(({ change, text }) => (change === 'same' ? text : change === 'added' ? `[+${text}]` : `[-${text}]`))
    .join('');

describe('two texts, word by word', () => {
  test.each([
    ['', '', ''],
    ['the same', 'the same', 'the same'],
    ['About 900 people.', 'About 1,000 people.', 'About [-900][+1,000] people.'],
    ['One.\n\nTwo.', 'One.\n\nTwo.\n\nThree.', 'One.\n\nTwo.[+\n\nThree.]'],
    ['', 'new', '[+new]'],
    ['old', '', '[-old]'],
  ])('%j, then %j: %j', (before, after, diff) => {
    expect(marked(before, after)).toBe(diff);
  });

  test('of texts without anything in common is one after the other, in bounded time', () => {
    const [before, after] = [words('a', 20_000), words('b', 20_000)];
    const startedMs = performance.now();
    const pieces = wordDiff(before, after);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(pieces.map(({ text }) => text).join('')).toContain('a19999');
    expect(pieces.at(-1)?.text).toContain('b19999');
  });

  function words(letter: string, count: number): string {
    return Array.from({ length: count }, (_, index) => `${letter}${index}`).join(' ');
  }
});
