/** What had happened before the leak, so that there is a history to read; by days before it, at that hour. */
export const pastIncidents = [
  {
    daysBefore: 62,
    slug: 'late-prices',
    title: 'Prices arrived late',
    impact: 'minor',
    component: 'Market data',
    status: 'degraded_performance',
    updates: [
      {
        minutes: 6,
        status: 'investigating',
        body: 'Prices reach the apps and the API several seconds late. Orders are executed at the current price.',
      },
      {
        minutes: 41,
        status: 'identified',
        body: 'One of two feeds from our largest constituent exchange is slow. We are taking prices from the other one.',
      },
      {
        minutes: 58,
        status: 'resolved',
        body: 'Prices are on time again. The slow feed stays switched off until its provider has explained the delay.',
      },
    ],
  },
  {
    daysBefore: 34,
    slug: 'api-refused-connections',
    title: 'The API refused new connections',
    impact: 'major',
    component: 'API',
    status: 'major_outage',
    updates: [
      {
        minutes: 4,
        status: 'investigating',
        body: 'New connections to the API are refused. Open connections go on working.',
      },
      {
        minutes: 22,
        status: 'identified',
        body: 'The certificate of the API’s gateways has expired. We are renewing it.',
      },
      { minutes: 37, status: 'resolved', body: 'All gateways accept connections again.' },
    ],
  },
  {
    daysBefore: 11,
    slug: 'late-deposits',
    title: 'Deposits were credited late',
    impact: 'minor',
    component: 'Deposits and withdrawals',
    status: 'partial_outage',
    updates: [
      {
        minutes: 12,
        status: 'investigating',
        body: 'Deposits take up to two hours to appear. No deposit is lost.',
      },
      {
        minutes: 96,
        status: 'monitoring',
        body: 'The queue is working again, and what had piled up is being credited in order.',
      },
      { minutes: 150, status: 'resolved', body: 'Every deposit that had waited has been credited.' },
    ],
  },
] as const;

/** What was learned from the second of them. */
export const postmortem = {
  slug: 'api-refused-connections',
  daysAfter: 3,
  summary:
    'A certificate expired because the warning about it went to somebody who had left. Warnings now go to a team, and certificates renew themselves.',
  whatHappened:
    'At 14:00 UTC the certificate of all three gateways of the API expired. From then on every new connection was refused, for 37 minutes. Connections that were open stayed open, so most trading programs noticed nothing until they reconnected.',
  whyItHappened:
    'The certificate was renewed by hand once a year. The reminder went to one mailbox, whose owner had left the company in spring.',
  whatWeDid:
    'We renewed the certificate, restarted the gateways one after the other, and watched the connections return.',
  whatWeChange:
    '- Certificates renew themselves 30 days before they expire.\n- Warnings go to the team on duty, and a second time to its lead.\n- We looked for other reminders that reach one person only, and found two.',
} as const;

export const pastMaintenance = {
  daysBefore: 20,
  title: 'New storage for the trading engine',
  description:
    'We move the order book to new storage. Trading stops for the time of the move; orders stay in the book.',
  component: 'Trading engine',
  minutes: 60,
} as const;

export const comingMaintenance = {
  title: 'Replacing the mail system',
  description:
    'We put the new mail system into service, which sends to one recipient at a time. Mail that falls into this hour is sent after it.',
  component: 'Customer mail',
} as const;

/** Every second Tuesday, in the small hours. */
export const regularMaintenance = {
  title: 'Database updates',
  description:
    'Security updates of the databases behind our accounts. Log-ins can take a few seconds longer.',
  component: 'Web and mobile apps',
  rule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU',
  minutes: 45,
} as const;

/** On the day of the statement, and nothing to do with it. */
export const takeover = {
  slug: 'account-taken-over',
  title: 'Our account on a social network was taken over for six minutes',
  updates: [
    {
      minutes: 3,
      status: 'investigating',
      body: 'Somebody else is writing in our name on a social network. **Do not follow any link posted there.** This site and our mail are ours.',
    },
    {
      minutes: 6,
      status: 'resolved',
      body: 'We have the account back, and have removed what was posted. Nobody had access to any other system.',
    },
  ],
  reason:
    'The account was taken over with a password that was used elsewhere. It has no connection with the mail system or with our customers’ addresses.',
} as const;
