import type { StatementText } from '#db/schema/index.ts';

/** The demonstration's organisation and people. All invented; every domain is reserved for examples. */
export const site = {
  name: 'Harbourline Exchange',
  legalEntity: 'Harbourline Exchange Ltd.',
  contactEmail: 'privacy@harbourline.example',
  pressContact: 'press@harbourline.example',
  timeZone: 'UTC',
  language: 'en',
  languages: ['es'],
};

export const people = {
  owner: {
    name: 'Ines Okafor',
    title: 'Head of Communications',
    address: 'ines@harbourline.example',
    role: 'owner',
  },
  writer: {
    name: 'Tom Reuter',
    title: 'Communications',
    address: 'tom@harbourline.example',
    role: 'approver',
  },
} as const;

export const customers = {
  exposed: 'mara.lindqvist@customers.example',
  notExposed: 'jonas@customers.example',
} as const;

export const components = [
  { group: 'Trading', children: ['Trading engine', 'Market data', 'API'] },
  { group: 'Accounts', children: ['Web and mobile apps', 'Deposits and withdrawals'] },
  { group: 'Communication', children: ['Customer mail'] },
] as const;

export const incident = {
  slug: 'visible-recipients',
  title: 'Customers’ email addresses were visible to other customers',
  nature: 'data',
  impact: 'major',
} as const;

/** What the desk posted while it found out, by minutes after the first mail left. */
export const incidentUpdates = [
  {
    minutes: 75,
    status: 'investigating',
    body: 'A mail we sent this morning about changes to our price indices shows many customers’ addresses in its “To” line. We have stopped sending. Trading, balances and log-ins are not part of this.',
  },
  {
    minutes: 190,
    status: 'identified',
    body: 'The mail left in groups of about 1,000 addresses, and everybody in a group can see the others. 18 of 20 groups had left when we stopped; the last two never will. We are preparing a list of everybody concerned, so that each person can learn what it means for them.',
  },
  {
    minutes: 1480,
    status: 'contained',
    body: 'The program that sent the mail has been taken out of service. No further addresses can become visible. **You can now check your own address here**: sign in with it, and you will see whether it was shown, and to how many others.',
  },
] as const;

/** The part of the service that stays careful until it has been replaced. */
export const careful = { component: 'Customer mail', status: 'degraded_performance' } as const;

/** Whoever signs for the company: neither the one who wrote it nor the one who said yes. */
export const signatory = { name: 'Ruth Adeyemi', title: 'Chief Operating Officer' } as const;

/** The statement three days later. `when` gives its times as ISO 8601. */
export function statementText(when: {
  occurredAt: string;
  occurredUntil: string;
  awareAt: string;
  containedAt: string;
  /** How many addresses others could see, and when they had been counted. */
  counted: number;
  countedAt: string;
  authorityToldAt: string;
  nextUpdateAt: string;
  day: string;
}): StatementText {
  const onDay = (at: string) => at.slice(0, 10);
  return {
    title: 'What happened to our customers’ email addresses',
    summary:
      'A mail we sent put the addresses of about 1,000 customers at a time in plain view of each other. This was our mistake, and we are sorry. Passwords, balances and identity documents were not in it.',
    whatHappened: `On ${when.day} we wrote to all customers about a change to our price indices. We had not written to everybody at once for two years. Our mail system would have needed about ten hours, so a faster program was written and used without the review that every change to our trading systems goes through.

That program put about 1,000 addresses into the visible “To” line of each mail. A colleague who received one of them noticed 75 minutes after the first had left, and we stopped it. 18 of 20 mails had gone out.`,
    whatInformation: `**Shown:** the email addresses of those concerned, to the other recipients of the same mail. Because the mail came from us, it also showed that they have an account with us. Some addresses contain a first and a last name.

**Not shown:** passwords, balances, trades, documents, phone numbers. The mail system holds none of these, and no other system was involved.`,
    whatWeAreDoing:
      'Every mail we send now has exactly one recipient. The system that sends it checks this, and reads the first one back before it leaves.',
    whatYouCanDo:
      'Have you already answered a mail that asked for something? Change your password, and write to us.',
    forMoreInformation:
      'Sign in on this site with your email address to see whether yours was shown, and to how many others. You need no account for it: we send a code to your mailbox.',
    occurredAt: { at: when.occurredAt, until: when.occurredUntil, precision: 'range' },
    awareAt: { at: when.awareAt, precision: 'exact' },
    containedAt: { at: when.containedAt, precision: 'estimated' },
    nextUpdateAt: when.nextUpdateAt,
    authorName: signatory.name,
    authorTitle: signatory.title,
    legalEntity: site.legalEntity,
    dataProtectionContact: site.contactEmail,
    audience: 'All customers, and everybody else who received a mail of ours that day',
    involved: 'Email addresses, some with a name in them; that they have an account with us',
    notInvolved: 'Passwords, balances, trades, documents, phone numbers',
    figures: [
      {
        of: 'people',
        from: when.counted,
        to: null,
        precision: 'exact',
        asOf: when.countedAt,
        detail: 'whose addresses others could see',
        supersedes: '',
      },
    ],
    recipients:
      'Up to 999 other customers in each case: those who received the same mail. We know how many copies were delivered, not who has read them or passed them on.',
    deletionAsked:
      'We have asked everybody who received the mail to delete it, and not to use the addresses.',
    consequences:
      'Whoever has your address now also knows that you are a customer. Expect mail that pretends to come from us and asks for a password, a code or a transfer.',
    unknowns: 'Whether anybody has collected the addresses. We have seen no list of them offered so far.',
    delayReason:
      'We told everybody within hours that it had happened. How it happened took three days: we waited until we could show each person what concerns them.',
    actions: [
      { on: onDay(when.occurredAt), text: 'Stopped the program, and took it out of service for good.' },
      {
        on: onDay(when.awareAt),
        text: 'Reset the passwords of customers who had a balance and no second factor, and told each of them.',
      },
      {
        on: onDay(when.containedAt),
        text: 'Opened this page, on which everybody can ask about their own address.',
      },
    ],
    steps: [
      {
        what: 'Do not trust mail that names Harbourline and asks for anything.',
        why: 'Whoever has your address also knows that you are a customer.',
        urgency: 'now',
      },
      {
        what: 'Turn on a second factor in your account.',
        why: 'A password alone is not enough once your address is known.',
        urgency: 'now',
      },
      {
        what: 'Use a password here that you use nowhere else.',
        why: 'Lists of addresses are tried against passwords from other leaks.',
        urgency: 'soon',
      },
      {
        what: 'Delete the mail if you received it, without answering to all.',
        why: 'Every answer shows the addresses again.',
        urgency: 'soon',
      },
    ],
    neverAsk: 'For your password, for a code, or for a transfer. Not by mail, and not by telephone.',
    authorities: [
      { name: 'The data protection authority', toldAt: when.authorityToldAt, reference: 'HL-2026-118' },
    ],
  };
}

export const faqs = [
  {
    category: 'About you',
    question: 'Was my address shown to other people?',
    answer:
      'Sign in on this site with the address you use with us. We send a code to that mailbox, and then show you what we know about that address, and nobody else’s. Did you use another spelling or an older address? Add it, and we will write to it.',
  },
  {
    category: 'About you',
    question: 'Is my money safe?',
    answer:
      'Yes. The mail system is separate from trading, balances and log-ins, and none of these was touched. What can follow from a known address is deceptive mail, so be careful with anything that claims to come from us.',
  },
  {
    category: 'What happened',
    question: 'Who has seen my address?',
    answer:
      'Up to 999 other customers received the same mail as you did. We know how many copies were delivered, not who has read them.',
  },
  {
    category: 'What happened',
    question: 'Why did you not use blind copies?',
    answer:
      'Blind copies depend on nobody ever making a mistake, which is what happened here. Our mails now have exactly one recipient each.',
  },
] as const;

export const notice = {
  slug: 'price-index-changes',
  title: 'Changes to our price indices',
  body: 'The weights of the constituent exchanges in our price indices change at the next monthly roll. Contracts that have already settled are not affected. The new weights are published with the index documentation.',
} as const;
