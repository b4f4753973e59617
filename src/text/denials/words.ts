/** A word of a text as it is compared, with where it stands. `,` is a word; what ends a sentence is not. */
export type Word = { word: string; start: number; end: number };

/** The words alone, of one sentence. */
export type Words = readonly string[];

export type Span = readonly [from: number, to: number];

export type Sentence = { words: readonly Word[]; asks: boolean };

const PIECES = /[\p{L}\p{N}]+(?:'[\p{L}]+)*|,|[.!](?=\s|$|["')\]”’|])|[?;]/gu;

/**
 * The same text as far as a reader is concerned: one form for letters, quotes and hyphens, nothing invisible. Positions in what
 * is returned are not positions in what was given.
 */
export function readable(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/[’‘ʼ]/g, "'")
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/\be-?\s?mail/gi, 'email');
}

/** Takes what `readable` returns. Line breaks, hyphens, brackets and quotation marks part words and nothing else. */
export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let words: Word[] = [];
  const finish = (asks: boolean) => {
    if (words.length > 0) sentences.push({ words, asks });
    words = [];
  };
  for (const match of text.matchAll(PIECES)) {
    const [piece] = match;
    if (piece === '.' || piece === '!' || piece === ';' || piece === '?') finish(piece === '?');
    else words.push(...parted(piece.toLowerCase(), match.index, match.index + piece.length));
  }
  finish(false);
  return sentences;
}

const IRREGULAR: Readonly<Record<string, string>> = {
  "won't": 'will',
  "can't": 'can',
  "shan't": 'shall',
  cannot: 'can',
};

/** "didn't" is two words, "customer's" is "customer". */
function parted(piece: string, start: number, end: number): Word[] {
  const stem = IRREGULAR[piece] ?? (piece.endsWith("n't") ? piece.slice(0, -3) : undefined);
  if (stem !== undefined) return [stem, 'not'].map((word) => ({ word, start, end }));
  return [{ word: piece.replace(/'(?:s|ve|re|ll|d|m)$/, ''), start, end }];
}

/** The first of the wanted words among the next ones, unless a stop comes before it. */
export function findWithin(
  words: Words,
  from: number,
  reach: number,
  wanted: ReadonlySet<string>,
  stops: ReadonlySet<string>,
): number | undefined {
  for (let at = from; at < from + reach && at < words.length; at += 1) {
    const word = words[at] as string;
    if (wanted.has(word)) return at;
    if (stops.has(word) && !isEmphatic(words, at)) return undefined;
  }
  return undefined;
}

/** "in no way", "at any time": narrows nothing. */
export function isEmphatic(words: Words, at: number): boolean {
  return /^(?:in|at|by)$/.test(words[at] ?? '') && /^(?:no|any|risk|danger)$/.test(words[at + 1] ?? '');
}
