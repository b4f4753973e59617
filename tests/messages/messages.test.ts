import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openMessages, type MessageKey } from '#src/messages/messages.ts';
import {
  branchesOf,
  childrenOf,
  kinds,
  piecesOf,
  withWords,
  type Piece,
} from '#tests/support/message-ast.ts';
import { pseudo, pseudoLocaleFolder, pseudoLocales } from '#tests/support/pseudo-locales.ts';

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const messages = openMessages();
const catalogueOf = (language: string) =>
  JSON.parse(readFileSync(join(src, 'messages', `${language}.json`), 'utf8')) as Record<string, string>;
const english = catalogueOf('en');
const keys = Object.keys(english);
const others = messages.languages.filter((language) => language !== 'en');

describe.each(others.map((language) => ({ language, catalogue: catalogueOf(language) })))(
  'the words in $language',
  ({ language, catalogue }) => {
    test('are complete, and there are no others', () => {
      expect(Object.keys(catalogue).sort()).toEqual([...keys].sort());
    });

    test('have the same places and tags, in whatever order', () => {
      const different = keys.filter(
        (key) =>
          places(piecesOf(english[key] ?? '', 'en')) !== places(piecesOf(catalogue[key] ?? '', language)),
      );
      expect(different).toEqual([]);
    });

    test('are not English left standing', () => {
      const long = keys.filter(
        (key) => (wordsOf(piecesOf(english[key] ?? '', 'en')).match(/[a-z]{3,}/gi) ?? []).length > 2,
      );
      expect(long.filter((key) => english[key] === catalogue[key])).toEqual([]);
    });
  },
);

describe.each(messages.languages)('every message in %s', (language) => {
  const entries = Object.entries(catalogueOf(language));

  test('says something, without a space too many', () => {
    const odd = entries.filter(([, message]) => message === '' || / {2}|^ | $|\n/.test(message));
    expect(odd).toEqual([]);
  });

  test('has the forms of number that the language has, and one for all the rest', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const wrong = entries.flatMap(([key, message]) =>
      plurals(piecesOf(message, language))
        .filter((names) => !names.includes('other') || names.some((name) => !isForm(name, forms)))
        .map((names) => `${key}: ${names.join(' ')}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the source', () => {
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(astro|ts)$/.test(file))
    .map((file) => readFileSync(join(src, file), 'utf8'));

  test('uses every message: none is left over', () => {
    const whole = new Set(
      sources.flatMap((text) => text.match(/(?<=['"`])[a-z][A-Za-z]*\.[\w.]+(?=['"`])/g) ?? []),
    );
    const made = sources
      .flatMap((text) => text.match(/(?<=`)[a-z][A-Za-z]*\.[^`\s]*\$\{[^`]*\}[^`\s]*(?=`)/g) ?? [])
      .map((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[\\w.]+')}$`));
    const unused = keys.filter((key) => !whole.has(key) && !made.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  });

  test('asks for no message that there is not', () => {
    const asked = sources.flatMap((text) =>
      [...text.matchAll(/\b(?:t|say|t\.parts|say\.parts)\(\s*'([^']+)'/g)].map((match) => match[1] as string),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((key) => key.includes('.') && !(key in english))).toEqual([]);
  });
});

describe('a pseudo-locale', () => {
  test('is in brackets and other letters, 40 % longer, with places, tags and forms as they were', () => {
    const message = 'Mail for <strong>{name}</strong>: {count, plural, one {# part} other {# parts}}';
    const turned = pseudo(message);
    expect(turned).toMatch(/^⟦Ḿáíĺ ƒőŕ <strong>\{name\}<\/strong>: .*⟧$/);
    expect(places(piecesOf(turned, 'en'))).toBe(places(piecesOf(message, 'en')));
    expect(turned.length).toBeGreaterThan(message.length * 1.35);
  });

  test('can be made of every message', () => {
    const { in: speak, languages } = openMessages(pseudoLocaleFolder());
    expect(languages).toEqual(expect.arrayContaining(Object.values(pseudoLocales)));
    for (const language of Object.values(pseudoLocales)) {
      const t = speak(language);
      expect(t.language).toBe(language);
      for (const key of keys) {
        if (places(piecesOf(english[key] ?? '', 'en')) === '') expect(t(key as MessageKey)).toMatch(/^⟦.*⟧$/);
      }
    }
  });
});

describe('a translator', () => {
  test('falls back from es-MX to Spanish, and to English where there is no file', () => {
    expect(messages.in('es-MX')('nav.status')).toBe('Estado');
    expect(messages.in('es-MX').language).toBe('es-MX');
    expect(messages.in('fr')('nav.status')).toBe('Status');
    expect(messages.in('fr').language).toBe('en');
  });

  test('gives the words inside tags apart from those around them', () => {
    expect(messages.in('en').parts('mail.still', { contact: 'a@b.example' })).toEqual([
      'Still nothing after an hour: write to ',
      { tag: 'mail', text: 'a@b.example' },
      '.',
    ]);
  });
});

/** Names and kinds of places, tags and choices, in the order of the alphabet. */
function places(pieces: readonly Piece[]): string {
  const found = new Set<string>();
  const visit = (piece: Piece) => {
    const branches = branchesOf(piece);
    if (piece.type === kinds.tag) found.add(`<${piece.value}>`);
    else if (piece.type === kinds.select)
      found.add(`${piece.value} ${Object.keys(branches).sort().join('|')}`);
    else if (piece.type !== kinds.literal && piece.type !== kinds.pound) found.add(String(piece.value));
    for (const { value } of Object.values(branches)) value.forEach(visit);
    childrenOf(piece).forEach(visit);
  };
  pieces.forEach(visit);
  return [...found].sort().join(', ');
}

function wordsOf(pieces: readonly Piece[]): string {
  let words = '';
  withWords(pieces, (plain) => ((words += ` ${plain}`), plain));
  return words;
}

function plurals(pieces: readonly Piece[]): string[][] {
  return pieces.flatMap((piece) => [
    ...(piece.type === kinds.plural ? [Object.keys(branchesOf(piece))] : []),
    ...plurals(childrenOf(piece)),
    ...Object.values(branchesOf(piece)).flatMap(({ value }) => plurals(value)),
  ]);
}

const isForm = (name: string, forms: readonly string[]) => name.startsWith('=') || forms.includes(name);
