import type { SectionKey } from '#src/domain/statements/rules.ts';

/** What belongs under each heading, for whoever writes under pressure. */
export const sectionHints: Readonly<Record<SectionKey, string>> = {
  whatHappened:
    'Markdown. What, when, how it came about, and how it was noticed. Begin with the fact, not with the apology.',
  whatInformation: 'What was shown or lost, and what was not. Say also what you do not know yet.',
  whatWeAreDoing: 'What you have done and are doing, with dates.',
  whatYouCanDo: 'A numbered list, the most urgent first, each step with why: “1. Turn on a second factor. …”',
  forMoreInformation: 'Where to read on and whom to ask. Only addresses of your own.',
};
