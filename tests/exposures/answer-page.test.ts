import { describe, expect, test } from 'vitest';
import type { StatementText } from '#db/schema/index.ts';
import type { Answer } from '#src/domain/exposures/answers.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { emptyText } from '#src/domain/statements/rules.ts';
import { openMessages } from '#src/messages/messages.ts';
import { publishedAccount } from '#src/ui/exposures/account.ts';
import { informationIn } from '#src/ui/exposures/information.ts';
import { inOrder } from '#src/ui/exposures/order.ts';
import { now } from './moments.ts';
import { emailAddress } from './support.ts';
import { pageWords } from '#src/words/statements.ts';

describe('What a statement says was not shown is repeated only where it sets it apart', () => {
  test.each([
    [
      'bold words',
      '**Shown:** your address.\n\n**Not shown:** your password.\nYour balance.',
      'Your password.\nYour balance.',
    ],
    ['bold words before a colon', '**Not shown**: your password.', 'Your password.'],
    [
      'a heading',
      '## Shown\n\n- your address\n\n## What was not shown\n\n- your password\n- your balance',
      '- your password\n- your balance',
    ],
    ['a plain label before a list', 'Not disclosed:\n\n* passwords', '* passwords'],
    ['another word for it', '**Information not involved:** passwords.', 'Passwords.'],
    ['nothing of the kind', 'Your address was shown. Your password was not shown.', undefined],
    ['a sentence that only begins so', 'Not shown to anybody outside: the list.', undefined],
    ['a label with nothing behind it', '**Not shown:**', undefined],
    ['an empty section', '', undefined],
  ])('by %s', (_, section, notShown) => {
    expect(informationIn(section).notShown).toBe(notShown);
  });

  test('in time, whatever the text', () => {
    const started = performance.now();
    for (const part of ['#', '*', ':', ' ', '**Not shown', 'not shown:\n\n'])
      informationIn(part.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('What we have published about an incident', () => {
  const words = pageWords(openMessages().in('en'), 'UTC');

  const entry = (state: StatementEntry['state'], text: Partial<StatementText>, slug = 'what-happened') =>
    ({ slug, state, text: { ...emptyText, ...text } }) as StatementEntry;
  const soon = new Date(now.getTime() + 60_000).toISOString();
  const past = new Date(now.getTime() - 60_000).toISOString();

  test('is the newest statement that says what was involved, with the promise of the newest', () => {
    const account = publishedAccount(
      [
        entry('published', { nextUpdateAt: soon }, 'newest'),
        entry('corrected', { whatInformation: 'Addresses.' }),
      ],
      words,
      now,
    );
    expect(account).toMatchObject({ href: '/statements/what-happened', whatInformation: 'Addresses.' });
    expect(account?.nextUpdateAt).toEqual(new Date(soon));
  });

  test('has the steps of the statement, in its order and each with why', () => {
    const steps = [
      { what: 'Turn on a second factor.', why: 'A password is not enough.', urgency: 'now' as const },
    ];
    const account = publishedAccount(
      [entry('published', { steps, whatYouCanDo: 'And write to us.' })],
      words,
      now,
    );
    expect(account?.whatYouCanDo).toMatch(/second factor.*not enough[^]*write to us/);
  });

  test('is nothing without a statement, or when all are withdrawn', () => {
    expect(publishedAccount([], words, now)).toBeUndefined();
    expect(
      publishedAccount([entry('withdrawn', { whatInformation: 'Addresses.' })], words, now),
    ).toBeUndefined();
  });

  test('promises nothing that has passed', () => {
    expect(
      publishedAccount([entry('published', { nextUpdateAt: past })], words, now)?.nextUpdateAt,
    ).toBeNull();
  });
});

test('What a person has not read comes first, and of that an exposure', () => {
  const about = {
    incident: { id: 'i', slug: 's', title: 't' },
    address: { id: 'a', address: emailAddress('a@example.com'), provenAt: now },
  };
  const answers = [
    { ...about, verdict: 'not_exposed', acknowledgedAt: null },
    { ...about, verdict: 'exposed', acknowledgedAt: now },
    { ...about, verdict: 'unavailable', failure: null },
    { ...about, verdict: 'exposed', acknowledgedAt: null },
  ] as unknown as Answer[];
  const { unread, read } = inOrder(answers);
  expect(unread.map(({ verdict }) => verdict)).toEqual(['exposed', 'unavailable', 'not_exposed']);
  expect(read.map(({ verdict }) => verdict)).toEqual(['exposed']);
});
