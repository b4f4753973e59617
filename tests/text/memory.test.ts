import { expect, test } from 'vitest';
import { memory } from '#src/text/memory.ts';

test('what was made of a text is made once, while it is remembered', () => {
  const made: string[] = [];
  const remembered = memory({ charactersMax: 8, longest: 6 });
  const say = (text: string) =>
    remembered(text, () => {
      made.push(text);
      return text.toUpperCase();
    });
  expect([say('ab'), say('ab'), say('cd')]).toEqual(['AB', 'AB', 'CD']);
  expect(made).toEqual(['ab', 'cd']);
  // The last used stay.
  say('ab');
  say('ef');
  expect([say('ab'), say('cd')]).toEqual(['AB', 'CD']);
  expect(made).toEqual(['ab', 'cd', 'ef', 'cd']);
  // Too long to be kept.
  say('long');
  say('long');
  expect(made.slice(-2)).toEqual(['long', 'long']);
});
