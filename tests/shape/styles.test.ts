import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { componentStatuses } from '#src/domain/components/rules.ts';
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

describe('status marks', () => {
  const verdicts = ['exposed', 'not_exposed', 'queued_not_sent', 'not_known_yet', 'unavailable'] as const;

  test.each([{ names: componentStatuses }, { names: verdicts }])(
    'are told apart by word and by shape alone, without colour: $names',
    ({ names }) => {
      const shown = names.map((name) => marks[name]);
      expect(new Set(shown.map(({ word }) => word)).size).toBe(names.length);
      expect(new Set(shown.map(({ shape }) => shape)).size).toBe(names.length);
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
