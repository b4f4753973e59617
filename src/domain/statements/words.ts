import type { StatementFigure, StatementStep } from '#db/schema/index.ts';
import type { SectionKey } from './rules.ts';

/** What stands between the words that people wrote, in one language. */
export type Words = {
  heading: Readonly<Record<SectionKey, string>>;
  label: Readonly<Record<Label, string>>;
  urgency: Readonly<Record<StatementStep['urgency'], string>>;
  /** "About 18,214 people". */
  figure(figure: StatementFigure): string;
  /** "estimated, as of 4 November 2019, 09:00 UTC, in place of 17,900". Empty when there is nothing to say. */
  standing(figure: StatementFigure): string;
  /** A day, 2019-11-01, as it is written out. */
  day(day: string): string;
  moment(iso: string): string;
};

export const labels = [
  'delay',
  'numbers',
  'recipients',
  'deletion',
  'consequences',
  'unknowns',
  'actions',
  'authorities',
  'neverAsk',
  'writeFrom',
  'contact',
  'dataProtection',
  'audience',
  'legalEntity',
  'tradingName',
] as const;

export type Label = (typeof labels)[number];

const figure = new Intl.NumberFormat('en');

/** English, which the canonical text and the mails speak. How times are written is theirs to say. */
export function englishWords(write: { moment(iso: string): string; day(day: string): string }): Words {
  return {
    heading: {
      whatHappened: 'What happened',
      whatInformation: 'What information was involved',
      whatWeAreDoing: 'What we are doing',
      whatYouCanDo: 'What you can do',
      forMoreInformation: 'For more information',
    },
    label: {
      delay: 'Why you hear of it only now',
      numbers: 'How many',
      recipients: 'Who received it',
      deletion: 'Whether they were asked to delete it',
      consequences: 'What may follow from it',
      unknowns: 'What we do not know yet',
      actions: 'Step by step',
      authorities: 'Authorities we have told',
      neverAsk: 'What we will never ask of you',
      writeFrom: 'Where our messages come from',
      contact: 'Contact',
      dataProtection: 'Data protection',
      audience: 'For whom this is',
      legalEntity: 'Responsible',
      tradingName: 'Trading as',
    },
    urgency: { now: 'Do this now.', soon: 'Do this soon.', later: 'When you have time.' },
    figure: ({ of, from, to, precision }) => {
      const about = precision === 'estimated' ? 'About ' : '';
      const range = to === null ? figure.format(from) : `${figure.format(from)} to ${figure.format(to)}`;
      const noun = of === 'people' ? (from === 1 && to === null ? 'person' : 'people') : 'records';
      return `${about}${range} ${noun}`;
    },
    standing: ({ precision, asOf, supersedes }) =>
      [
        { exact: 'counted', estimated: 'estimated', range: 'between these two' }[precision],
        asOf && `as of ${write.moment(asOf)}`,
        supersedes && `in place of ${supersedes}`,
      ]
        .filter(Boolean)
        .join(', '),
    ...write,
  };
}

/** The canonical text writes times as they are stored. */
export const canonicalWords = englishWords({ moment: (iso) => iso, day: (day) => day });
