import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { sectionsOf } from '#src/domain/statements/sections.ts';
import type { Words } from '#src/domain/statements/words.ts';

/** What we have said in public about an incident, as far as a personal answer repeats it. */
export type PublishedAccount = {
  /** Of the statement. */
  href: string;
  /** Markdown: its section on the information involved. */
  whatInformation: string;
  /** Markdown: its section on what readers can do, in order and each with why. */
  whatYouCanDo: string;
  /** Absent when none is promised, or the promised time has passed. */
  nextUpdateAt: Date | null;
};

/** From the incident's published statements, the latest changed first; a withdrawn one says nothing any more. */
export function publishedAccount(
  statements: readonly StatementEntry[],
  words: Words,
  now: Date,
): PublishedAccount | undefined {
  const standing = statements.filter(({ state }) => state !== 'withdrawn');
  const account = standing.find(({ text }) => text.whatInformation.trim() !== '') ?? standing[0];
  if (!account) return undefined;
  const promised = standing[0]?.text.nextUpdateAt;
  const nextUpdateAt = promised && new Date(promised) > now ? new Date(promised) : null;
  return {
    href: `/statements/${account.slug}`,
    whatInformation: account.text.whatInformation,
    whatYouCanDo: sectionsOf(account.text, words).find(({ key }) => key === 'whatYouCanDo')?.markdown ?? '',
    nextUpdateAt,
  };
}
