import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClockTime, StatementText } from '#db/schema/index.ts';
import { wordsOf } from '#src/domain/statements/canonical.ts';
import { changesBetween, type FactWords } from '#src/domain/statements/changes.ts';
import { openMessages } from '#src/messages/messages.ts';
import { pageWords } from '#src/words/statements.ts';
import { statementText } from '#tests/support/full-statement.ts';

const t = openMessages().in('en');
const facts: FactWords = {
  fact: (name) => t(`statement.fact.${name}`),
  precision: (precision) => t(`statement.precision.${precision}`),
  approvedBy: (name) => t('statement.approvedBy', { name }),
};
const between = (before: StatementText, after: StatementText) =>
  changesBetween(before, after, pageWords(t, 'Europe/London'), facts);
const shown = (after: Partial<StatementText>) =>
  between(statementText(), { ...statementText(), ...after }).map(({ key, pieces }) => ({
    key,
    read: pieces
      .filter(({ change }) => change !== 'removed')
      .map(({ text }) => text)
      .join(''),
    changed: pieces.filter(({ change }) => change !== 'same').map(({ text }) => text.trim()),
  }));

const time = fc.record({
  at: fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString()),
  precision: fc.constantFrom<ClockTime['precision']>('exact', 'estimated', 'range'),
});
const another: Record<string, fc.Arbitrary<unknown>> = {
  occurredAt: fc.option(time),
  awareAt: fc.option(time),
  containedAt: fc.option(time),
  nextUpdateAt: fc.option(time.map(({ at }) => at)),
  nextUpdatePrecision: fc.constantFrom('exact', 'estimated'),
  figures: fc.array(
    fc.record({
      of: fc.constantFrom('people', 'records'),
      from: fc.nat(),
      to: fc.option(fc.nat()),
      precision: fc.constantFrom('exact', 'estimated', 'range'),
      asOf: time.map(({ at }) => at),
      detail: fc.string(),
      supersedes: fc.string(),
    }),
  ),
  actions: fc.array(fc.record({ on: fc.constantFrom('', '2019-11-01', '2019-11-02'), text: fc.string() })),
  steps: fc.array(
    fc.record({ what: fc.string(), why: fc.string(), urgency: fc.constantFrom('now', 'soon', 'later') }),
  ),
  authorities: fc.array(
    fc.record({ name: fc.string(), toldAt: time.map(({ at }) => at), reference: fc.string() }),
  ),
};
const words = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('**bold**', 'bold', '[a](https://a.example)', '[a](https://b.example)', '- a', 'a\n\nb'),
);
const field = fc
  .constantFrom(...Object.keys(statementText()), 'approverName', 'approverTitle')
  .chain((name) => (another[name] ?? words).map((value) => ({ name, value })));

describe('what changed between two revisions', () => {
  test('names what was involved and what was not', () => {
    const [head] = shown({ notInvolved: 'Passwords, balances' });
    expect(head).toMatchObject({ key: 'head' });
    expect(head?.read).toContain('What was involved: Email addresses');
    expect(head?.read).toContain('What was not: Passwords, balances\n');
  });

  test('says when a time that was exact is an estimate', () => {
    const { awareAt } = statementText();
    const exact = awareAt && { ...awareAt, precision: 'exact' as const };
    expect(shown({ awareAt: exact })).toMatchObject([{ key: 'head', changed: ['estimated', 'exact'] }]);
    expect(shown({ nextUpdatePrecision: 'estimated' })).toMatchObject([
      { key: 'head', changed: ['exact', 'estimated'] },
    ]);
  });

  test('names who approved it', () => {
    expect(shown({ approverName: 'Mo Owner' })[0]?.read).toContain('Approved by Mo Owner');
  });

  test('shows what is read the same and hashed otherwise', () => {
    expect(
      shown({ whatHappened: '**We** wrote to everybody, and the addresses stood in the visible line.' }),
    ).toMatchObject([{ key: 'whatHappened', changed: ['**', '**'] }]);
  });

  test('is there for any change of any field that changes the canonical text', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), (changes) => {
        const before = statementText();
        const after = {
          ...statementText(),
          ...Object.fromEntries(changes.map(({ name, value }) => [name, value])),
        };
        const pieces = between(before, after).flatMap((section) => section.pieces);
        const differs = pieces.some(({ change }) => change !== 'same');
        expect(differs || wordsOf(before) === wordsOf(after)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
