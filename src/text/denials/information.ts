import {
  AUXILIARIES,
  BEFORE_ADDRESSES,
  DATA,
  DISCLOSED,
  DISCLOSED_OUTRIGHT,
  OWNERS,
  PERSONS,
  SOFT_ADJECTIVES,
} from './vocabulary.ts';
import type { Words } from './words.ts';

/** Where a name for personal information that starts here ends; undefined when none starts here. */
export function informationAt(words: Words, at: number, names: boolean): number | undefined {
  const word = words[at] ?? '';
  if (word === 'pii') return at + 1;
  if (word === 'email' && /^addresse?s?$/.test(words[at + 1] ?? '')) return at + 2;
  if (names && /^names?$/.test(word) && !/^(?:user|domain|file|host)$/.test(words[at - 1] ?? ''))
    return at + 1;
  if (
    /^(?:data|privacy)$/.test(word) &&
    /^(?:breach|leak|loss|theft|disclosure|exposure)$/.test(words[at + 1] ?? '')
  )
    return at + 2;
  if (/^addresse?s?$/.test(word) && (at === 0 || BEFORE_ADDRESSES.has(words[at - 1] as string)))
    return at + 1;
  if (word === 'contact' && DATA.has(words[at + 1] ?? '')) return at + 2;
  if (DATA.has(word)) return informationAboutPeople(words, at);
  return OWNERS.has(word) ? ownedInformation(words, at) : undefined;
}

/** "personal or financial data": another kind beside the owner changes nothing; "customer passwords" is something else. */
function ownedInformation(words: Words, at: number): number | undefined {
  for (let next = at + 1; next <= at + 6; next += 1) {
    const word = words[next] ?? '';
    if (DATA.has(word)) return next + 1;
    const joined = /^(?:or|and|nor|,)$/.test(words[next - 1] ?? '');
    if (word === ',' || SOFT_ADJECTIVES.has(word) || OWNERS.has(word) || joined) continue;
    return words[at] === 'personally' && next > at + 1 ? next : undefined;
  }
  return undefined;
}

/** "information about our customers", "data of a personal nature". */
function informationAboutPeople(words: Words, at: number): number | undefined {
  const rest = words.slice(at + 1, at + 8).join(' ');
  const about =
    /^(?:of|about|on|from|concerning|regarding|(?:relating|related|belonging) to|that (?:identifies|identify)|identifying)(?: (?:a|an|any|our|the|your|single|individual))* (?:(?:personal|private) (?:nature|kind|character|sort|type)|\w+)/.exec(
      rest,
    );
  if (!about) return undefined;
  const last = about[0].split(' ').at(-1) as string;
  const personal = PERSONS.has(last) || /(?:personal|private) \w+$/.test(about[0]);
  return personal ? at + 1 + about[0].split(' ').length : undefined;
}

/** "no data was leaked": any information at all, when it is said to have become known. */
export function bareInformationAt(words: Words, at: number): number | undefined {
  if (!DATA.has(words[at] ?? '') || !/^(?:no|any|zero|of|the)$/.test(words[at - 1] ?? '')) return undefined;
  for (let next = at + 1; next <= at + 5; next += 1) {
    const word = words[next] ?? '';
    if (DISCLOSED.has(word)) return next + 1;
    if (!AUXILIARIES.has(word) && !/^(?:ever|whatsoever|at|all|of|kind|any|sort)$/.test(word))
      return undefined;
  }
  return undefined;
}

/** "did not leak any data", "did not leak anything": the verb has been seen. */
export function objectAt(words: Words, at: number): number | undefined {
  if (words[at] === 'anything' && DISCLOSED_OUTRIGHT.has(words[at - 1] ?? '')) {
    return /^(?:else|other|but|beyond|more|apart)$/.test(words[at + 1] ?? '') ? undefined : at + 1;
  }
  const previous = words[at - 1] ?? '';
  const alone = !/^(?:of|about|on|from|regarding|concerning)$/.test(words[at + 1] ?? '');
  return DATA.has(words[at] ?? '') && /^any$/.test(previous) && alone ? at + 1 : undefined;
}

export function bareDataAt(words: Words, at: number): number | undefined {
  return DATA.has(words[at] ?? '') ? at + 1 : undefined;
}
