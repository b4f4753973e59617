import { describe, expect, test } from 'vitest';
import { excerptOf, FOUND, highlighted } from '#src/domain/search/highlight.ts';
import { askedQuestion, dictionaryOf, termsOf } from '#src/domain/search/rules.ts';

describe('a question', () => {
  test.each([
    { case: 'in one line', typed: '  mail\n\tbatch ', asked: 'mail batch' },
    { case: 'without what no database takes', typed: 'mail\0batch\ud800', asked: 'mail batch\ufffd' },
    { case: 'without what reorders text', typed: 'a\u202eb', asked: 'a b' },
    { case: 'of nothing but space', typed: ' \n ', asked: '' },
    { case: 'with letters put together', typed: 'direccio\u0301n', asked: 'dirección' },
  ])('is read $case', ({ typed, asked }) => {
    expect(askedQuestion(typed)).toBe(asked);
  });

  test('is cut at 200 characters, never inside of one', () => {
    expect([...askedQuestion('😀'.repeat(5000))]).toHaveLength(200);
    expect(askedQuestion('x'.repeat(10_000))).toHaveLength(200);
  });

  const read = (question: string) =>
    termsOf(question).map(({ wordings, excluded, beginning }) => {
      const words = wordings.map(({ text, inOrder }) => (inOrder ? `"${text}"` : text)).join(' or ');
      return `${excluded ? 'not ' : ''}${words}|${beginning}`;
    });

  test.each([
    { question: 'mail batch', terms: ['mail|', 'batch|batch'] },
    { question: '"visible line" mail', terms: ['"visible line"|', 'mail|mail'] },
    { question: 'mail -leak', terms: ['mail|', 'not leak|'] },
    { question: 'mail or letter', terms: ['mail or letter|'] },
    { question: 'or mail', terms: ['or|', 'mail|mail'] },
    { question: 'mail or', terms: ['mail|mail'] },
    { question: '"never closed', terms: ['"never closed"|'] },
    { question: 'ma', terms: ['ma|'] },
    { question: "'; drop table faqs; --", terms: ["';|", 'drop|', 'table|', 'faqs;|', '--|'] },
    { question: '', terms: [] },
  ])('is taken apart like one for the web: $question', ({ question, terms }) => {
    expect(read(question)).toEqual(terms);
  });

  test('has a bound on its parts', () => {
    expect(termsOf('a b '.repeat(100))).toHaveLength(8);
  });

  test('is asked with the dictionary of its language', () => {
    expect(['en', 'en-GB', 'es-MX', 'de', 'ar'].map(dictionaryOf)).toEqual([
      'english',
      'english',
      'spanish',
      'simple',
      'simple',
    ]);
  });
});

describe('an excerpt', () => {
  const marked = (text: string, word: string) => text.replaceAll(word, `${FOUND.start}${word}${FOUND.stop}`);
  const read = (pieces: readonly { text: string; found: boolean }[]) =>
    pieces.map(({ text, found }) => (found ? `[${text}]` : text)).join('');

  test('shows what was found where it stands', () => {
    const text = 'The mail went out in a batch.';
    expect(read(excerptOf(text, marked(text, 'mail')))).toBe('The [mail] went out in a batch.');
  });

  test('of a long text is the stretch with the most of it, whole words at its ends', () => {
    const text = `${'before '.repeat(100)}a lone mail ${'between '.repeat(100)}mail and mail ${'after '.repeat(100)}`;
    const excerpt = read(excerptOf(text, marked(text, 'mail')));
    expect(excerpt).toMatch(/^… between .*between \[mail\] and \[mail\] after .*after …$/);
    expect(excerpt).not.toContain('lone');
    expect(excerpt.length).toBeLessThan(300);
  });

  test('is the beginning where nothing was found in it', () => {
    expect(read(excerptOf('word '.repeat(200), ''))).toMatch(/^word word .* …$/);
  });

  test('shows marks only where the letters line up', () => {
    expect(read(highlighted('abc', `${FOUND.start}a${FOUND.stop}b`))).toBe('abc');
    expect(read(highlighted('a😀c', `a${FOUND.start}😀${FOUND.stop}c`))).toBe('a[😀]c');
  });
});
