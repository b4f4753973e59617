import { AFFECTED, AUXILIARIES, DISCLOSED_OUTRIGHT, HARMS, PERSONS, STOPS_NO } from './vocabulary.ts';
import { findWithin, type Span, type Words } from './words.ts';

/** "nothing was leaked", "nothing personal", "there was no leak", "no impact on customers". */
export function deniedOutright(words: Words, at: number): Span | undefined {
  const [word, next] = [words[at], words[at + 1] ?? ''];
  if (word === 'nothing') {
    if (next === 'personal') return [at, at + 2];
    let verb = at + 1;
    while (verb < at + 5 && AUXILIARIES.has(words[verb] ?? '')) verb += 1;
    return DISCLOSED_OUTRIGHT.has(words[verb] ?? '') ? [at, verb + 1] : undefined;
  }
  if (word !== 'no') return undefined;
  const harm = findWithin(words, at + 1, 3, HARMS, STOPS_NO);
  if (harm === undefined) return undefined;
  const after = words[harm + 1];
  if (/^(?:leak|breach)$/.test(words[harm] as string)) {
    return after === undefined || AUXILIARIES.has(after) || /^(?:occurred|happened|took)$/.test(after)
      ? [at, harm + 1]
      : undefined;
  }
  if (after !== 'on' && after !== 'to' && after !== 'for') return undefined;
  const people = findWithin(words, harm + 2, 3, PERSONS, STOPS_NO);
  if (people === undefined) return undefined;
  // "no impact on customer funds" speaks of funds.
  const behind = words[people + 1];
  const whole =
    behind === undefined || STOPS_NO.has(behind) || /^(?:,|and|or|nor|so|whatsoever)$/.test(behind);
  return whole ? [at, people + 1] : undefined;
}

/** "nobody was affected", "no customers have been exposed", "our customers are not affected". */
export function deniedOfPeople(words: Words, at: number): Span | undefined {
  const first = words[at] as string;
  if (first === 'nobody' || first === 'noone') return affectedAfter(words, at, at + 1);
  if (first === 'no' && (words[at + 1] === 'one' || PERSONS.has(words[at + 1] ?? '')))
    return affectedAfter(words, at, at + 2);
  if (first === 'none' && words[at + 1] === 'of') {
    const people = findWithin(words, at + 2, 3, PERSONS, STOPS_NO);
    return people === undefined ? undefined : affectedAfter(words, at, people + 1);
  }
  const whole = [undefined, 'our', 'the', 'your', 'all', 'and', ','].includes(words[at - 1]);
  if (!whole || first === 'you' || !PERSONS.has(first)) return undefined;
  const not = [at + 2, at + 3].find((next) => words[next] === 'not');
  return not !== undefined && AUXILIARIES.has(words[at + 1] ?? '')
    ? affectedAfter(words, at, not + 1)
    : undefined;
}

function affectedAfter(words: Words, from: number, at: number): Span | undefined {
  for (let next = at; next < at + 5; next += 1) {
    const word = words[next] ?? '';
    if (AFFECTED.has(word)) return [from, next + 1];
    if (!AUXILIARIES.has(word) && !/^(?:ever|at|any|time|in|way|directly|actually|adversely)$/.test(word))
      return undefined;
  }
  return undefined;
}
