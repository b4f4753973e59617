import type { Translate } from '#src/messages/messages.ts';

/** For the element around words that people wrote: to be spread on it. */
export type Lang = { lang?: string; dir?: 'auto' };

/** Nothing where the words are in the language of the page. */
export function langOf(language: string | undefined, t: Translate): Lang {
  return language === undefined || language === t.language ? {} : { lang: language, dir: 'auto' };
}
