import { maskedAddress } from '../email-address.ts';
import { exceptionIn } from './exceptions.ts';
import { bareDataAt, bareInformationAt, informationAt, objectAt } from './information.ts';
import { deniedOfPeople, deniedOutright } from './outright.ts';
import {
  AUXILIARIES,
  BEING,
  CONTAINING,
  DISCLOSED,
  DISCLOSING,
  EVIDENCE,
  FURTHER,
  HARMS,
  KEPT,
  NO,
  PREDICATE_FILLERS,
  PREPOSITIONS,
  SAFE,
  STAYING,
  STOPS_NO,
  STOPS_NOT,
  STOPS_PASSIVE,
  TELLING,
} from './vocabulary.ts';
import {
  findWithin,
  isEmphatic,
  readable,
  sentencesOf,
  type Sentence,
  type Span,
  type Word,
  type Words,
} from './words.ts';

const REACH = 10;
const EXCERPT_MAX = 160;
/** In so many words an answer says yes or no. */
const ANSWER_WORDS = 4;

/** A place where a text says that nothing personal came to be known. */
export type Denial = {
  /** The words as they stand, at most 160 characters; an address in them is masked. */
  excerpt: string;
  /** False when the sentence leaves out what another one may have said: "beyond that, no personal data". */
  certain: boolean;
};

/**
 * Finds the claims that a list of disclosed addresses contradicts, in English: "no personal information was disclosed",
 * "customer data was not affected", "your data is safe", "nobody was affected". A claim that names its exception ("other than
 * email addresses") or another kind of information ("no passwords") is none. Takes the text as readers see it, without markup;
 * time is linear in it. It is made to find too much rather than too little: people decide, with a reason that is kept.
 *
 * @param names true when the list is known to contain names: then "no names were shown" is a denial too.
 */
export function findDenials(text: string, { names = false }: { names?: boolean } = {}): Denial[] {
  const plain = readable(text);
  const sentences = sentencesOf(plain);
  return sentences.flatMap((sentence, index) => {
    const words = plainWords(sentence);
    const answer = sentence.asks ? sentences[index + 1] : undefined;
    const span = firstDenial(words, names);
    const answered = !span && answer && isDeniedAnswer(words, plainWords(answer), names);
    const exception = span || answered ? exceptionIn(words) : 'addresses';
    if (exception === 'addresses') return [];
    const said = span
      ? sentence.words.slice(...span)
      : [...sentence.words, ...(answer?.words.slice(0, ANSWER_WORDS) ?? [])];
    return [{ excerpt: excerptOf(plain, said), certain: exception === 'none' }];
  });
}

const plainWords = (sentence: Sentence): Words => sentence.words.map(({ word }) => word);

function firstDenial(words: Words, names: boolean): Span | undefined {
  for (let at = 0; at < words.length; at += 1) {
    const span =
      deniedByNo(words, at, names) ??
      deniedOutright(words, at) ??
      deniedByNot(words, at, names) ??
      deniedOfInformation(words, at, names) ??
      deniedOfPeople(words, at);
    if (span) return span;
  }
  return undefined;
}

/** "no personal data", "without any disclosure of customer data", "no evidence that personal data was disclosed". */
function deniedByNo(words: Words, at: number, names: boolean): Span | undefined {
  if (!deniesAt(words, at) || words[at + 1] === ',' || words[at - 1] === 'for') return undefined;
  // "without your details" says how, "no evidence of …" speaks of what became of it: they need the verb.
  let evidence = words[at] === 'without' || words[at] === 'out';
  let disclosed = false;
  for (let next = at + 1; next <= at + REACH && next < words.length; next += 1) {
    const word = words[next] as string;
    if (FURTHER.has(word)) return undefined;
    const end = informationAt(words, next, names) ?? bareInformationAt(words, next);
    if (end !== undefined)
      return !evidence || disclosed || disclosedAfter(words, end) ? [at, end] : undefined;
    if (DISCLOSED.has(word) || DISCLOSING.has(word) || HARMS.has(word)) disclosed = true;
    if (EVIDENCE.has(word)) evidence = true;
    else if (STOPS_NO.has(word) && !(evidence && isLink(word)) && !HARMS.has(words[next - 1] as string))
      return undefined;
  }
  return undefined;
}

/** no, none, without, free of; ruled out, unless it cannot be. */
function deniesAt(words: Words, at: number): boolean {
  const [word, next] = [words[at] as string, words[at + 1]];
  if (NO.has(word)) return true;
  if ((word === 'free' || word === 'devoid') && next === 'of') return true;
  return (
    word === 'out' &&
    /^(?:rule|rules|ruled|ruling)$/.test(words[at - 1] ?? '') &&
    !words.slice(Math.max(0, at - 4), at).includes('not')
  );
}

/** "did not disclose personal data", "is not personal data", "has never contained customer data". */
function deniedByNot(words: Words, at: number, names: boolean): Span | undefined {
  const word = words[at];
  if (word === 'non') {
    const end = informationAt(words, at + 1, names);
    return end === undefined ? undefined : [at, end];
  }
  if ((word !== 'not' && word !== 'never') || (words[at - 1] === 'or' && words[at - 2] === 'whether'))
    return undefined;
  const auxiliary = auxiliaryBefore(words, at);
  if (isAdvice(words, at, auxiliary)) return undefined;
  let verb = false;
  let predicate = true;
  for (let next = at + 1; next <= at + REACH && next < words.length; next += 1) {
    const each = words[next] as string;
    if (FURTHER.has(each) || STOPS_NOT.has(each)) return undefined;
    if (verb && PREPOSITIONS.has(each) && !/^(?:result|resulted|lead|led)$/.test(words[next - 1] as string))
      return undefined;
    const end = informationAt(words, next, names) ?? (verb ? objectAt(words, next) : undefined);
    if (end !== undefined) return verb || predicate ? [at, end] : undefined;
    if (isDisclosing(each, words, at, auxiliary)) verb = true;
    if (!PREDICATE_FILLERS.has(each)) predicate = false;
  }
  return undefined;
}

/** What is asked of readers, or promised: "never share your personal data", "we will not pass on your details". */
function isAdvice(words: Words, at: number, auxiliary: string | undefined): boolean {
  if (auxiliary === 'do') return ['please', ',', 'and', 'or', undefined].includes(words[at - 2]);
  return auxiliary !== undefined && !/^(?:d(?:id|oes)|ha[sd]|have|was|were|is|are|been|be)$/.test(auxiliary);
}

function isDisclosing(word: string, words: Words, at: number, auxiliary: string | undefined): boolean {
  if (auxiliary === 'do' && !TELLING.has(words[at - 2] ?? '')) return CONTAINING.has(word);
  if (DISCLOSED.has(word) || HARMS.has(word)) return true;
  // "never share your data" asks; "never shared" tells.
  return DISCLOSING.has(word) && (auxiliary !== undefined || words[at] === 'not');
}

/** "customer data was not affected", "your data remains safe", "personal data was disclosed to no one". */
function deniedOfInformation(words: Words, at: number, names: boolean): Span | undefined {
  if (FURTHER.has(words[at - 1] ?? '')) return undefined;
  const end =
    informationAt(words, at, names) ??
    (at === 0 || words[at - 1] === 'all' ? bareDataAt(words, at) : undefined);
  if (end === undefined) return undefined;
  let being = -1;
  let disclosed = false;
  for (let next = end; next < end + REACH && next < words.length; next += 1) {
    const word = words[next] as string;
    if (disclosed && isNobody(words, next)) return [at, next + 1];
    if (!disclosed && isNegation(words, next)) {
      const verb = findWithin(words, next + 1, 7, DISCLOSED, STOPS_PASSIVE);
      return verb === undefined ? undefined : [at, verb + 1];
    }
    if (word === 'none' && next - end <= 2) return [at, next + 1];
    if (STOPS_PASSIVE.has(word) && !disclosed && !isEmphatic(words, next)) return undefined;
    if (being >= 0 && (SAFE.has(word) || (KEPT.has(word) && STAYING.has(words[being] as string))))
      return [at, next + 1];
    if (BEING.has(word) || STAYING.has(word)) being = next;
    if (DISCLOSED.has(word)) disclosed = true;
  }
  return undefined;
}

/** not, never, in no way, at no time. */
function isNegation(words: Words, at: number): boolean {
  const word = words[at] as string;
  if (word === 'not' || word === 'never') return true;
  return word === 'no' && /^(?:way|time|point|stage|circumstances)$/.test(words[at + 1] ?? '');
}

function isNobody(words: Words, at: number): boolean {
  const word = words[at] as string;
  return (
    word === 'nobody' || word === 'noone' || (word === 'no' && /^(?:one|third)$/.test(words[at + 1] ?? ''))
  );
}

/** "Was personal information disclosed? No." */
function isDeniedAnswer(question: Words, answer: Words, names: boolean): boolean {
  const beginning = answer.slice(0, ANSWER_WORDS);
  if (!beginning.some((word) => NO.has(word) || word === 'not' || word === 'never')) return false;
  return question.some((_, at) => {
    if (FURTHER.has(question[at - 1] ?? '')) return false;
    const end =
      informationAt(question, at, names) ?? bareInformationAt(question, at) ?? objectAt(question, at);
    return end !== undefined && findWithin(question, end, REACH, DISCLOSED, STOPS_PASSIVE) !== undefined;
  });
}

function disclosedAfter(words: Words, at: number): boolean {
  return (
    DISCLOSED.has(words[at - 1] ?? '') || findWithin(words, at, 5, DISCLOSED, STOPS_PASSIVE) !== undefined
  );
}

function auxiliaryBefore(words: Words, at: number): string | undefined {
  return [words[at - 1], words[at - 2]].find((word) => word !== undefined && AUXILIARIES.has(word));
}

function isLink(word: string): boolean {
  return /^(?:that|to|for|believe|of|any)$/.test(word);
}

function excerptOf(text: string, words: readonly Word[]): string {
  const start = words[0]?.start ?? 0;
  const end = words.at(-1)?.end ?? start;
  return text
    .slice(start, Math.min(end, start + EXCERPT_MAX))
    .replace(/\s+/g, ' ')
    .replace(/\S+@\S+/g, maskedAddress);
}
