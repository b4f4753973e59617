import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StatementText } from '#db/schema/index.ts';
import { site, statementText } from '../../db/demo/story.ts';
import { ownAddresses } from '#src/domain/site/rules.ts';
import { runGate, standingBlocks } from '#src/domain/statements/gate/checks.ts';
import { checkNames, type CheckName, type GateFacts } from '#src/domain/statements/gate/facts.ts';
import { completeText, later, now } from '#tests/support/desk.ts';

const list: GateFacts['list'] = {
  listId: 'abcdefghijkl',
  version: 1,
  state: 'applied',
  importedAt: now,
  exposedAddresses: 18_214,
  queuedNotSent: 2000,
  containsNameShare: 0.152,
  leakedBatches: 18,
};

const facts: GateFacts = {
  kind: 'first_account',
  language: 'en',
  writerIds: ['tom'],
  approverId: null,
  isCorrection: false,
  changeSummary: '',
  list,
  ownAddresses: ownAddresses(site, 'Harbourline <status@harbourline.example>'),
  now,
};

function result(check: CheckName, text: Partial<StatementText> = {}, changes: Partial<GateFacts> = {}) {
  const found = runGate({ ...completeText, ...text }, { ...facts, ...changes }).find(
    (each) => each.check === check,
  );
  if (!found) throw new Error(`no result for ${check}`);
  return found;
}

describe('the gate', () => {
  test('lets a complete and true text through', () => {
    expect(runGate(completeText, facts).map(({ check, verdict }) => [check, verdict])).toEqual(
      checkNames.map((check) => [check, 'pass']),
    );
  });

  test('lets the demonstration’s statement through', () => {
    const text = statementText({
      occurredAt: completeText.occurredAt.at,
      occurredUntil: completeText.awareAt.at,
      awareAt: completeText.awareAt.at,
      containedAt: completeText.awareAt.at,
      counted: 18_214,
      countedAt: completeText.awareAt.at,
      authorityToldAt: completeText.awareAt.at,
      nextUpdateAt: completeText.nextUpdateAt,
      day: '1 November',
    });
    expect(runGate(text, facts).filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  });

  test('blocks a claim that the imported list contradicts, with the figures and the place', () => {
    const { verdict, sentence } = result('contradiction', {
      whatInformation: 'Your address was shown.\n\nWe stress that no *personal*\ninformation was disclosed.',
    });
    expect(verdict).toBe('block');
    expect(sentence).toContain('“What information was involved” says “no personal information”.');
    expect(sentence).toContain(
      'The imported list, version 1, has 18,214 addresses of people who were shown to others; 15.2 % contain a name.',
    );
  });

  test.each<keyof StatementText>([
    'title',
    'summary',
    'whatHappened',
    'whatInformation',
    'whatWeAreDoing',
    'whatYouCanDo',
    'forMoreInformation',
    'authorTitle',
  ])('looks for such a claim in %s', (field) => {
    expect(result('contradiction', { [field]: 'No customer data was exposed' }).verdict).toBe('block');
  });

  test('leaves the same claim alone when there is no list, or one that exposes nobody', () => {
    const text = { summary: 'No personal data was disclosed.' };
    expect(result('contradiction', text, { list: undefined }).verdict).toBe('pass');
    expect(result('contradiction', text, { list: { ...list, exposedAddresses: 0 } }).verdict).toBe('pass');
  });

  test('counts one address as one', () => {
    const one = { ...list, exposedAddresses: 1, containsNameShare: 1 };
    expect(result('contradiction', { summary: 'No data was leaked.' }, { list: one }).sentence).toContain(
      'has 1 address of a person who was shown to others; 100 % contain a name.',
    );
  });

  test('warns of a claim that leans on another sentence', () => {
    const text = { whatInformation: 'Your address was shown. Beyond that, no personal data was disclosed.' };
    expect(result('contradiction', text).verdict).toBe('warn');
  });

  test('says that it cannot read other languages, rather than pass them', () => {
    const { verdict, sentence } = result('contradiction', {}, { language: 'es-MX' });
    expect(verdict).toBe('warn');
    expect(sentence).toContain('18,214 addresses');
    expect(result('contradiction', { summary: 'No data was leaked.' }, { language: 'es' }).verdict).toBe(
      'block',
    );
    expect(result('contradiction', {}, { language: 'en-GB' }).verdict).toBe('pass');
  });

  test('holds "no names" against a list with names', () => {
    expect(result('contradiction', { summary: 'No names were shown.' }).verdict).toBe('block');
    const nameless = { ...list, containsNameShare: 0 };
    expect(result('contradiction', { summary: 'No names were shown.' }, { list: nameless }).verdict).toBe(
      'pass',
    );
  });

  test.each([
    'Write to anna.lindqvist@people.example.',
    'Write to [Anna](mailto:anna@people.example).',
    'Write to [Anna](mailto:anna%40people.example).',
    'Write to **anna**@people.example.',
    'Write to anna@**people**.example.',
    'Write to `anna@people.example`.',
    'Write to anna&#64;people.example.',
    'Write to anna＠people.example.',
    'Write to an\u200bna@people.example.',
    'Write to ANNA@PEOPLE.EXAMPLE!',
    'Write to anna (at) people (dot) example.',
    'Write to anna [at] people.example',
    'Write to zoë@bücher.example.',
    '| Name | Address |\n|---|---|\n| Anna | anna@people.example |',
    'https://shop.example/?mail=anna@people.example',
  ])('blocks an address in the text: %s', (text) => {
    const { verdict, sentence } = result('addresses', { whatHappened: text });
    expect(verdict).toBe('block');
    expect(sentence).toContain('“What happened” has an email address in it: ');
    expect(sentence).toMatch(/\S\*\*\*@/);
    expect(sentence.toLowerCase()).not.toMatch(/anna|zoë@/);
  });

  test.each([
    `Write to ${site.contactEmail}.`,
    `Write to [us](mailto:${site.pressContact.toUpperCase()}).`,
    'Our mail comes from status@harbourline.example.',
    'Follow @harbourline.',
    'It was shown as a***@people.example.',
    'We met @ noon.',
    'The program (at version 2) is gone.',
  ])('lets the organisation’s own address and what is none stand: %s', (text) => {
    expect(result('addresses', { whatHappened: text }).verdict).toBe('pass');
  });

  test('no address gets through, whatever emphasis stands in it', () => {
    const marks = ['', '**', '*', '***'];
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{2,12}$/),
        fc.stringMatching(/^[a-z]{2,12}$/),
        fc.constantFrom(...marks),
        fc.constantFrom(...marks),
        fc.nat(),
        (local, domain, first, second, cut) => {
          const at = cut % local.length;
          const half = `${local.slice(0, at)}${first}${local.slice(at)}${first}`;
          const text = `Write to ${half}@${second}${domain}${second}.example today.`;
          expect(result('addresses', { summary: '', whatHappened: text }).verdict, text).toBe('block');
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each<[string, Partial<StatementText>, Partial<GateFacts>, string]>([
    ['a heading is empty', { whatWeAreDoing: ' ' }, {}, 'block'],
    ['there is no title', { title: '' }, {}, 'block'],
    ['nobody says it', { authorTitle: '' }, {}, 'block'],
    [
      'a holding line has no account yet',
      { whatInformation: '', whatYouCanDo: '', forMoreInformation: '' },
      { kind: 'holding_line' },
      'pass',
    ],
    ['a holding line says nothing', { whatHappened: '' }, { kind: 'holding_line' }, 'block'],
  ])('headings: %s', (_case, text, changes, verdict) => {
    expect(result('headings', text, changes).verdict).toBe(verdict);
  });

  test.each<[string, string, Partial<GateFacts>, string]>([
    ['numbered steps', '1. Delete it.\n2. Turn it on.', {}, 'pass'],
    ['a single point', '- Delete it.', {}, 'pass'],
    ['prose', 'You can delete the mail.', {}, 'warn'],
    ['nothing', '', {}, 'block'],
    ['nothing in a holding line', '', { kind: 'holding_line' }, 'warn'],
  ])('an action for the reader: %s', (_case, whatYouCanDo, changes, verdict) => {
    expect(result('action', { whatYouCanDo }, changes).verdict).toBe(verdict);
  });

  test.each<[string, string | null, Partial<GateFacts>, string]>([
    ['promised', later(60).toISOString(), {}, 'pass'],
    ['not promised', null, {}, 'warn'],
    ['promised for the past', later(-1).toISOString(), {}, 'warn'],
    ['not promised by a final statement', null, { kind: 'final' }, 'pass'],
    ['not promised by a post-mortem', null, { kind: 'post_mortem' }, 'pass'],
  ])('the next update: %s', (_case, nextUpdateAt, changes, verdict) => {
    expect(result('next_update', { nextUpdateAt }, changes).verdict).toBe(verdict);
  });

  test('a correction has to say what changes and why', () => {
    expect(result('change_summary').verdict).toBe('pass');
    expect(result('change_summary', {}, { isCorrection: true, changeSummary: ' ' }).verdict).toBe('block');
    expect(result('change_summary', {}, { isCorrection: true, changeSummary: 'A figure.' }).verdict).toBe(
      'pass',
    );
  });

  test('who has written on a text cannot be its second pair of eyes', () => {
    expect(result('second_person', {}, { writerIds: ['tom', 'ines'], approverId: 'ines' }).verdict).toBe(
      'block',
    );
    expect(result('second_person', {}, { writerIds: ['tom'], approverId: 'ines' }).verdict).toBe('pass');
  });

  test('a written reason answers a block, but never the second person', () => {
    const text = { ...completeText, summary: 'No data was leaked.' };
    const results = runGate(text, { ...facts, writerIds: ['ines'], approverId: 'ines' });
    const standing = (overridden: string[]) => standingBlocks(results, overridden).map(({ check }) => check);
    expect(standing([])).toEqual(['contradiction', 'second_person']);
    expect(standing(['contradiction', 'second_person'])).toEqual(['second_person']);
  });
});

describe('figures', () => {
  const people = {
    of: 'people',
    from: 18_214,
    to: null,
    precision: 'exact',
    asOf: now.toISOString(),
    detail: '',
    supersedes: '',
  } as const;

  test.each([
    ['the same number', people, 'pass'],
    ['another number', { ...people, from: 17_900 }, 'block'],
    ['an estimate a little away', { ...people, from: 18_000, precision: 'estimated' }, 'pass'],
    ['an estimate far away', { ...people, from: 1000, precision: 'estimated' }, 'block'],
    ['a range around it', { ...people, from: 18_000, to: 19_000, precision: 'range' }, 'pass'],
    ['a range beside it', { ...people, from: 100, to: 200, precision: 'range' }, 'block'],
    ['a number of records', { ...people, of: 'records', from: 1 }, 'pass'],
    ['a number without a time', { ...people, asOf: '' }, 'warn'],
  ] as const)('%s beside the imported list', (_, figure, verdict) => {
    expect(result('figures', { figures: [figure] }).verdict).toBe(verdict);
  });

  test('may differ when the text says why, and when there is no list', () => {
    const figures = [{ ...people, from: 5 }];
    expect(result('figures', { figures, figuresNote: 'The others were never delivered.' }).verdict).toBe(
      'pass',
    );
    expect(result('figures', { figures }, { list: undefined }).verdict).toBe('pass');
  });
});

describe('every field of the form', () => {
  const denial = 'No personal information was disclosed.';

  test.each([
    'recipients',
    'consequences',
    'unknowns',
    'delayReason',
    'neverAsk',
    'writeFrom',
    'figuresNote',
  ] as const)('is held against the list, and may show no address: %s', (field) => {
    expect(result('contradiction', { [field]: denial }).verdict).toBe('block');
    expect(result('addresses', { [field]: 'Write to anna@people.example.' }).verdict).toBe('block');
  });

  test('in rows and lines, too', () => {
    expect(result('contradiction', { notInvolved: 'Personal information' }).verdict).toBe('block');
    expect(result('contradiction', { actions: [{ on: '', text: denial }] }).verdict).toBe('block');
    expect(
      result('contradiction', { steps: [{ what: 'Stay calm.', why: denial, urgency: 'soon' }] }).verdict,
    ).toBe('block');
    const authorities = [{ name: 'anna@people.example', toldAt: '', reference: '' }];
    expect(result('addresses', { authorities }).verdict).toBe('block');
  });

  test('steps of their own are something to do, without a list in the text', () => {
    const steps = [{ what: 'Delete the mail.', why: '', urgency: 'now' }] as const;
    expect(result('action', { whatYouCanDo: '', steps: [...steps] }).verdict).toBe('pass');
    expect(result('headings', { whatYouCanDo: '', steps: [...steps] }).verdict).toBe('pass');
  });
});
