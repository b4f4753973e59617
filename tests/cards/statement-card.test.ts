import { describe, expect, test } from 'vitest';
import { openCards } from '#src/cards/cards.ts';
import { legible } from '#src/cards/legible.ts';
import { drawStatementCard } from '#src/cards/statement-card.ts';

const card = { title: 'What happened', organisation: 'Harbourline', line: 'Apology, 4 November 2019' };

describe('the words of a card', () => {
  test.each([
    ['What happened to customers’ addresses', 'What happened to customers’ addresses'],
    ['Ошибка в наших письмах', 'Ошибка в наших письмах'],
    ['Two\n\n  lines\tand more', 'Two lines and more'],
    ['\u202eevil\u2066 order', 'evil order'],
    ['On fire 🔥 today', 'On fire today'],
    ['שלום עולם', undefined],
    ['日本語の声明', undefined],
    ['🔥🔥🔥', undefined],
    ['', undefined],
    ['\ud800', undefined],
  ])('%j: %j', (text, line) => {
    expect(legible(text, 60)).toBe(line);
  });

  test('end between words, with a mark', () => {
    expect(legible('one two three four', 12)).toBe('one two…');
    expect(legible('x'.repeat(10_000), 12)).toBe(`${'x'.repeat(11)}…`);
  });
});

describe('a card', () => {
  test('is a picture of 1200 × 630, the same bytes each time', async () => {
    const [one, again] = [await drawStatementCard(card), await drawStatementCard(card)];
    const view = Buffer.from(one);
    expect([view.readUInt32BE(16), view.readUInt32BE(20)]).toEqual([1200, 630]);
    expect(Buffer.compare(view, Buffer.from(again))).toBe(0);
    expect(
      Buffer.compare(view, Buffer.from(await drawStatementCard({ ...card, title: 'Another' }))),
    ).not.toBe(0);
  });

  test.each([
    'A'.repeat(10_000),
    'a\u0301'.repeat(10_000),
    '\u202e'.repeat(10_000),
    '👩‍👩‍👧‍👦'.repeat(2000),
    'שלום',
    '<svg onload="alert(1)"><script>alert(1)</script> & "quotes" ]]>',
    '',
  ])('of a hostile title is drawn all the same: %.20j', async (title) => {
    const startedMs = performance.now();
    const png = await drawStatementCard({ ...card, title });
    expect(Buffer.from(png).readUInt32BE(16)).toBe(1200);
    expect(png.byteLength).toBeLessThan(300_000);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});

describe('drawing', () => {
  test('is done beside the process, and a card that fails takes no other with it', async () => {
    const cards = openCards();
    try {
      const wrong = { ...card, accent: 'not a colour);' };
      const [drawn] = await Promise.allSettled([cards.draw(card), cards.draw(wrong)]);
      expect(drawn.status).toBe('fulfilled');
      expect(
        Buffer.compare(Buffer.from(await cards.draw(card)), Buffer.from(await drawStatementCard(card))),
      ).toBe(0);
    } finally {
      await cards.close();
    }
  });

  test('ends with an error when it is closed meanwhile, and can be begun again', async () => {
    const cards = openCards();
    const drawing = cards.draw(card);
    await Promise.all([expect(drawing).rejects.toThrow('the process is ending'), cards.close()]);
    expect((await cards.draw(card)).length).toBeGreaterThan(1000);
    await cards.close();
  });
});
