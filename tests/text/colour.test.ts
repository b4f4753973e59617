import { describe, expect, test } from 'vitest';
import { contrast, HEX_COLOUR, hexOfOklch, lightened, readableOn } from '#src/text/colour.ts';

describe('contrast', () => {
  test.each([
    ['#000', '#fff', 21],
    ['#ffffff', '#fff', 1],
    ['#767676', '#fff', 4.54],
    ['#12547f', '#ffffff', 8.11],
  ])('of %s and %s is what WCAG counts', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 1);
    expect(contrast(other, one)).toBe(contrast(one, other));
  });
});

describe('a colour made readable', () => {
  const typed = ['#ffcc00', '#ff0000', '#00ff00', '#0000ff', '#ffffff', '#000000', '#808080', '#c0ffee'];

  test.each(typed)('%s has the contrast, on light and on dark', (colour) => {
    expect(contrast(readableOn('#f3f6f9', colour), '#f3f6f9')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(readableOn('#181d23', colour), '#181d23')).toBeGreaterThanOrEqual(4.5);
  });

  test('is left alone where it has it already', () => {
    expect(readableOn('#ffffff', '#12547f')).toBe('#12547f');
    expect(lightened('#87cbef', 0.5, 0.4)).toBe('#87cbef');
  });
});

test('the polar form of style sheets is the colour that browsers show for it', () => {
  expect(hexOfOklch(1, 0, 0)).toBe('#ffffff');
  expect(hexOfOklch(0.627955, 0.257683, 29.234)).toBe('#ff0000');
});

test('only hexadecimal colours are colours here', () => {
  for (const text of ['#fff', '#12547F']) expect(HEX_COLOUR.test(text)).toBe(true);
  for (const text of ['fff', '#ffff', 'red', '#12547g', '#fff;}', 'url(x)', '']) {
    expect(HEX_COLOUR.test(text)).toBe(false);
  }
});
