import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { componentStatuses } from '#src/domain/components/rules.ts';
import { openMessages } from '#src/messages/messages.ts';
import { marks } from '#src/ui/marks.ts';

const folder = fileURLToPath(new URL('../../src/styles/', import.meta.url));
const sheets = readdirSync(folder).map((name) => ({
  name,
  css: readFileSync(folder + name, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''),
}));

describe('style sheets', () => {
  test.each(sheets)('$name keeps every rule in a layer, so that an unlayered theme.css wins', ({ css }) => {
    const outermost = css.replace(
      /\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\})*\}/g,
      '{}',
    );
    expect(outermost.replace(/@layer [^;{]+(?:;|\{\})|@import '[^']+';|\s/g, '')).toBe('');
  });

  test.each(sheets.filter(({ name }) => name !== 'tokens.css'))(
    '$name takes its colours from the tokens',
    ({ css }) => {
      expect(css.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|oklab|lab|lch)\(/gi) ?? []).toEqual([]);
    },
  );
});

describe('a page that reads from right to left', () => {
  const side = '(?:left|right)';
  const physical = [
    `(?:margin|padding|border|scroll-margin|scroll-padding)-${side}\\b`,
    `(?:^|[{;\\s])${side}\\s*:`,
    `border-(?:top|bottom)-${side}-radius`,
    `(?:text-align|float|clear|caption-side)\\s*:\\s*${side}\\b`,
  ];

  test.each(sheets)('$name names no side that such a page has elsewhere', ({ css }) => {
    expect(css.match(new RegExp(physical.join('|'), 'g')) ?? []).toEqual([]);
  });

  test.each(sheets)('$name gives both sides of a box the same, where it gives all four', ({ css }) => {
    const boxes = css.matchAll(
      /\b(?:margin|padding|inset|border-width|border-style|border-color):\s*([^;}]+)/g,
    );
    const uneven = [...boxes]
      .map((match) => (match[1] as string).trim().split(/\s+(?![^(]*\))/))
      .filter(({ length, 1: right, 3: left }) => length === 4 && right !== left);
    expect(uneven).toEqual([]);
  });
});

describe('status marks', () => {
  const verdicts = ['exposed', 'not_exposed', 'queued_not_sent', 'not_known_yet', 'unavailable'] as const;

  const messages = openMessages();
  const sets = [{ names: componentStatuses }, { names: verdicts }];

  test.each(sets)('are told apart by shape alone, without colour: $names', ({ names }) => {
    expect(new Set(names.map((name) => marks[name].shape)).size).toBe(names.length);
  });

  test.each(messages.languages.flatMap((language) => sets.map((set) => ({ ...set, language }))))(
    'are told apart by word alone in $language: $names',
    ({ names, language }) => {
      const t = messages.in(language);
      expect(new Set(names.map((name) => t(`mark.${name}`))).size).toBe(names.length);
    },
  );
});

test('no component brings styles of its own: a chunk of its own would load before the order of the layers is set', () => {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const own = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.astro'))
    .filter((file) => /<style[\s>]/.test(readFileSync(root + file, 'utf8')));
  expect(own).toEqual([]);
});
