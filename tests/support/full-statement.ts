import type { StatementText } from '#db/schema/index.ts';
import type { CompleteText } from '#src/domain/statements/details.ts';
import { completeText } from './desk.ts';

/** A text in which every field says something that its writers fill in. */
export const fullText = {
  ...completeText,
  nextUpdatePrecision: 'exact',
  involved: 'Email addresses, some of them with a first and a last name',
  notInvolved: 'Passwords, balances, trades, identity documents',
  figures: [
    {
      of: 'people',
      from: 18_214,
      to: null,
      precision: 'exact',
      asOf: '2019-11-04T08:00:00.000Z',
      detail: 'whose email address was shown to others',
      supersedes: '17,900, said on 1 November',
    },
    {
      of: 'records',
      from: 17_000,
      to: 18_300,
      precision: 'range',
      asOf: '2019-11-04T08:00:00.000Z',
      detail: 'delivered to a mailbox',
      supersedes: '',
    },
  ],
  figuresNote: 'Mail that bounced was shown to nobody.',
  recipients: 'Up to 999 other customers per mail. Nobody outside of our customers received it from us.',
  deletionAsked: 'Yes: everybody who received it was asked to delete it on 2 November.',
  consequences: 'Deceptive mail that names us. Nobody can enter an account with an address alone.',
  unknowns: 'Who has read the mail, and whether somebody passed it on.',
  delayReason: 'We counted first, so as not to tell you a number that is wrong.',
  actions: [
    { on: '2019-11-01', text: 'The mails that had not left were stopped.' },
    { on: '2019-11-02', text: 'Passwords were reset where there was no second factor.' },
  ],
  steps: [
    {
      what: 'Do not trust mail that names us and asks for anything.',
      why: 'Whoever has your address also knows that you are a customer.',
      urgency: 'now',
    },
    { what: 'Turn on a second factor.', why: 'A password alone is not enough.', urgency: 'soon' },
  ],
  neverAsk: 'Your password, a code, or a transfer.',
  writeFrom: 'Our messages come from one address of our own, which our site names.',
  authorities: [
    { name: 'Data Protection Commission', toldAt: '2019-11-02T10:00:00.000Z', reference: 'DPC-4711' },
  ],
  legalEntity: 'Harbourline Exchange Ltd',
  tradingName: 'Harbourline',
  contact: 'The contacts of this site',
  dataProtectionContact: 'Our data protection officer',
  audience: 'Everybody who had an account on 1 November 2019',
} as const satisfies Record<Exclude<keyof CompleteText, 'approverName' | 'approverTitle'>, unknown>;

/** The same, as commands take it: nothing about it is fixed. */
export const statementText = (): StatementText => structuredClone(fullText) as unknown as StatementText;
