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

/** What is asked for beside the headings: each a line or a few of them, none required. */
export const detailFields = {
  keyFacts: [
    {
      name: 'involved',
      label: 'What was involved, in a few words',
      hint: 'Among the key facts: “Email addresses, some with a name”.',
    },
    {
      name: 'notInvolved',
      label: 'What was not',
      hint: '“Passwords, balances, identity documents”. Only what you know.',
    },
  ],
  information: [
    { name: 'recipients', label: 'Who received it', hint: undefined },
    { name: 'deletionAsked', label: 'Were they asked to delete it?', hint: undefined },
    { name: 'consequences', label: 'What may follow from it', hint: 'In plain words, for the reader.' },
    { name: 'unknowns', label: 'What you do not know yet', hint: undefined },
    {
      name: 'delayReason',
      label: 'Why readers hear of it only now',
      hint: 'When there is a delay to explain.',
    },
  ],
  reader: [
    { name: 'neverAsk', label: 'What you will never ask of them', hint: undefined },
    {
      name: 'writeFrom',
      label: 'Addresses you write from',
      hint: 'Only contacts of your own, as they stand in the site’s settings.',
    },
  ],
  contacts: [
    { name: 'legalEntity', label: 'Legal entity', hint: 'Empty: the one in the site’s settings.' },
    { name: 'tradingName', label: 'Trading name', hint: undefined },
    { name: 'contact', label: 'Contact', hint: undefined },
    { name: 'dataProtectionContact', label: 'Data protection contact', hint: undefined },
    {
      name: 'audience',
      label: 'For whom this is',
      hint: '“Everybody who had an account on 1 November 2019”.',
    },
  ],
} as const;
