/** Characters of a question that are read. */
export const QUESTION_MAX = 200;
/** Parts of a question that are read: each is looked up by itself. */
const TERMS_MAX = 8;

/** Words in one order when they stood in quotation marks, else in any. */
export type Words = { text: string; inOrder: boolean };

/** A part of a question: a word, a phrase, or several joined by "or". Every part has to be there, in one of its wordings. */
export type Term = {
  wordings: readonly Words[];
  /** It must not be there. */
  excluded: boolean;
  /** The beginning of a word that may be unfinished: letters and figures only. Empty when it is none. */
  beginning: string;
};

/** Of fewer letters, too many words begin with them. */
const UNFINISHED = /^[\p{L}\p{N}]{3,}$/u;

/** The question as it is asked: one line, at most 200 characters, nothing that no database takes. */
export function askedQuestion(typed: string): string {
  const line = typed
    .slice(0, QUESTION_MAX * 2)
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\s]+/gu, ' ');
  return [...line.trim()].slice(0, QUESTION_MAX).join('').trim();
}

/** A question taken apart, as searches of the web read one: "a phrase", -not, this or that. The last word may be unfinished. */
export function termsOf(question: string): Term[] {
  const terms: Term[] = [];
  let joins = false;
  for (const piece of question.match(/-?"[^"]*"?|[^\s"]+/g) ?? []) {
    const last = terms.at(-1);
    if (/^or$/i.test(piece) && last && !last.excluded) {
      joins = true;
    } else if (joins && last) {
      terms[terms.length - 1] = { ...last, wordings: [...last.wordings, wordsOf(piece)], beginning: '' };
      joins = false;
    } else {
      terms.push(termOf(piece));
    }
  }
  const asked = terms.slice(0, TERMS_MAX);
  return asked.map((term, index) => (index === terms.length - 1 ? term : { ...term, beginning: '' }));
}

function termOf(piece: string): Term {
  const excluded = /^-["\p{L}\p{N}]/u.test(piece);
  const text = excluded ? piece.slice(1) : piece;
  const mayBeUnfinished = !excluded && UNFINISHED.test(text);
  return { wordings: [wordsOf(text)], excluded, beginning: mayBeUnfinished ? text : '' };
}

function wordsOf(piece: string): Words {
  // What looks like markup is no word to the database.
  return { text: piece.replace(/["<>&]/g, ' ').trim(), inOrder: piece.startsWith('"') };
}

/** The dictionary of a language's words, given as a BCP 47 tag; of one without a dictionary, words count as they stand. */
export function dictionaryOf(language: string): 'simple' | 'english' | 'spanish' {
  const spoken = new Intl.Locale(language).language;
  if (spoken === 'en') return 'english';
  return spoken === 'es' ? 'spanish' : 'simple';
}

/** The number in `page=`, 1 without one; undefined for what is no number of a page. */
export function pageNumber(typed: string | null): number | undefined {
  if (typed === null) return 1;
  return /^[1-9]\d{0,3}$/.test(typed) ? Number(typed) : undefined;
}
