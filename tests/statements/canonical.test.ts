import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalHash, canonicalText, type CanonicalStatement } from '#src/domain/statements/canonical.ts';
import type { StatementText } from '#db/schema/index.ts';
import { completed } from '#src/domain/statements/details.ts';
import { statementText } from '#tests/support/full-statement.ts';
import { completeText } from '#tests/support/desk.ts';

const statement: CanonicalStatement = {
  statementId: 'abcdefghijkl',
  number: 2,
  incidentId: 'mnopqrstuvwx',
  publishedAt: new Date('2019-11-04T09:00:00.000Z'),
  previousHash: 'ab'.repeat(32),
  language: 'en',
  kind: 'corrected',
  text: completeText,
  changeSummary: 'The number of mails was wrong.',
};

describe('the canonical text', () => {
  test('is exactly these bytes', () => {
    expect(canonicalText(statement)).toBe(`Id: abcdefghijkl
Version: 2
Incident: mnopqrstuvwx
Published-At: 2019-11-04T09:00:00.000Z
Previous-Hash: ${'ab'.repeat(32)}
Language: en

# What happened to our customers’ addresses

Corrected: The number of mails was wrong.

A mail showed the addresses of many customers to each other. We are sorry.

By Ines Okafor, Chief Operating Officer

Occurred: 2019-11-01T06:00:00.000Z (exact)
Aware: 2019-11-01T07:15:00.000Z (estimated)
Next update: 2019-11-08T12:00:00.000Z

## What happened

We wrote to everybody, and the addresses stood in the visible line.

## What information was involved

**Shown:** your email address.

**Not shown:** your password, your balance.

## What we are doing

- The program is out of service.

## What you can do

1. Delete the mail.
2. Turn on a second factor.

## For more information

Sign in on this site.
`);
  });

  test('of a withdrawal is the reason, and not the text that was withdrawn', () => {
    const withdrawn = canonicalText({
      ...statement,
      kind: 'withdrawn',
      changeSummary: 'It named the wrong system.',
    });
    expect(withdrawn.split('\n\n').slice(1).join('\n\n')).toBe(
      '# What happened to our customers’ addresses\n\nThis statement has been withdrawn.\n\nReason: It named the wrong system.\n',
    );
  });

  test('of the first version says that there is none before it', () => {
    const first = canonicalText({
      ...statement,
      number: 1,
      previousHash: null,
      kind: 'published',
      changeSummary: '',
    });
    expect(first).toContain('Previous-Hash: none\n');
    expect(first).not.toContain('Corrected');
  });

  test('does not depend on line ends or on how letters are composed', () => {
    const text = { ...completeText, whatHappened: 'Zoe\u0308 wrote.\r\nThen we stopped.\rAll of it.\n\n' };
    const same = { ...completeText, whatHappened: 'Zoë wrote.\nThen we stopped.\nAll of it.' };
    expect(canonicalText({ ...statement, text })).toBe(canonicalText({ ...statement, text: same }));
    expect(canonicalText({ ...statement, text })).not.toMatch(/\r|\u0308/);
  });

  test('cannot have a header added to it by a title', () => {
    const title = 'Calm\nVersion: 9\n\nIgnore the rest';
    const [header, heading] = canonicalText({ ...statement, text: { ...completeText, title } }).split('\n\n');
    expect(header?.split('\n')).toHaveLength(6);
    expect(heading).toBe('# Calm Version: 9 Ignore the rest');
  });

  test('changes its hash with every part of it', () => {
    const hash = (changes: Partial<CanonicalStatement>) =>
      canonicalHash(canonicalText({ ...statement, ...changes }));
    const hashes = [
      hash({}),
      hash({ statementId: 'zbcdefghijkl' }),
      hash({ number: 3 }),
      hash({ incidentId: 'znopqrstuvwx' }),
      hash({ publishedAt: new Date('2019-11-04T09:00:00.001Z') }),
      hash({ previousHash: 'cd'.repeat(32) }),
      hash({ language: 'es' }),
      hash({ kind: 'withdrawn' }),
      hash({ changeSummary: 'Another reason.' }),
      ...Object.keys(completeText)
        .filter((key) => typeof completeText[key as keyof typeof completeText] === 'string')
        .filter((key) => key !== 'nextUpdateAt')
        .map((key) => hash({ text: { ...completeText, [key]: 'other words' } })),
      hash({ text: { ...completeText, nextUpdateAt: '2019-11-09T12:00:00.000Z' } }),
      hash({ text: { ...completeText, occurredAt: null } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes[0]).toBe(createHash('sha256').update(canonicalText(statement)).digest('hex'));
  });

  test('of what was published before a field existed has the same bytes as ever', () => {
    expect(canonicalText({ ...statement, text: completed(completeText) })).toBe(canonicalText(statement));
    expect(canonicalHash(canonicalText(statement))).toBe(
      'f8360dc559337e19f219708c8f7b123e138d8e6b10ae6b598b0bdb239fd67a0c',
    );
  });

  test('says what every field says, each in its place', () => {
    const text = canonicalText({ ...statement, text: statementText() });
    expect(text).toContain('Not involved: Passwords, balances, trades, identity documents\n');
    expect(text).toContain(
      '### How many\n\n- **18,214 people** whose email address was shown to others (counted, as of 2019-11-04T08:00:00.000Z, in place of 17,900, said on 1 November)\n',
    );
    expect(text).toContain(
      '### Step by step\n\n- **2019-11-01**: The mails that had not left were stopped.\n',
    );
    expect(text).toContain('1. **Do not trust mail that names us and asks for anything.** Whoever');
    const order = [...text.matchAll(/^## .*$/gm)].map(([line]) => line);
    expect(order).toHaveLength(5);
  });

  test('changes its hash with every field that is filled', () => {
    const full = statementText() as Record<string, unknown>;
    const emptied = Object.keys(full)
      .filter((key) => !(key in completeText) && key !== 'nextUpdatePrecision')
      .map((key) => ({ ...full, [key]: Array.isArray(full[key]) ? [] : '' }) as unknown as StatementText);
    const hashes = [statementText(), ...emptied].map((text) =>
      canonicalHash(canonicalText({ ...statement, text })),
    );
    expect(emptied.length).toBeGreaterThan(15);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
