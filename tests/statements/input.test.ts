import { describe, expect, test } from 'vitest';
import type { StatementText } from '#db/schema/index.ts';
import { completed } from '#src/domain/statements/details.ts';
import { formFromText, statementForm, textFromForm } from '#src/domain/statements/input.ts';
import { rowsShown } from '#src/domain/statements/rows.ts';
import { completeText } from '#tests/support/desk.ts';
import { statementText } from '#tests/support/full-statement.ts';

const zone = 'Europe/Madrid';
const typed = (changes: Record<string, string>) =>
  textFromForm(statementForm.parse({ title: 'T', ...changes }), zone);

/** Who approved it is set when it is published, and no field of a form. */
function writtenIn(text: StatementText): StatementText {
  const { approverName: _, approverTitle: __, ...written } = completed(text);
  return written;
}

describe('the form of a statement', () => {
  test('shows what was saved, and saves what it shows', () => {
    const form = formFromText(completeText, zone);
    expect(form).toMatchObject({ occurredAt: '2019-11-01T07:00', awareEstimated: true, containedAt: '' });
    expect(textFromForm(form, zone)).toEqual({ text: writtenIn(completeText), deskAuthorities: [] });
    const range = {
      at: completeText.occurredAt.at,
      until: completeText.awareAt.at,
      precision: 'range' as const,
    };
    const ranged = { ...completeText, occurredAt: range };
    expect(textFromForm(formFromText(ranged, zone), zone)).toMatchObject({ text: ranged });
  });

  test('reads times on the clocks of the site, in summer and in winter', () => {
    expect(typed({ occurredAt: '2019-07-01T12:00' }).text?.occurredAt?.at).toBe('2019-07-01T10:00:00.000Z');
    expect(typed({ occurredAt: '2019-12-01T12:00' }).text?.occurredAt?.at).toBe('2019-12-01T11:00:00.000Z');
  });

  test('names each field whose time no clock shows', () => {
    const { problems } = typed({
      occurredAt: '2026-03-29T02:30',
      awareAt: 'soon',
      nextUpdateAt: '2026-13-01T00:00',
    });
    expect(Object.keys(problems ?? {}).sort()).toEqual(['awareAt', 'nextUpdateAt', 'occurredAt']);
    expect(problems?.['awareAt']).toBe(
      'This is no time that clocks in Europe/Madrid show. Give date and time.',
    );
  });

  test('refuses an end before the beginning, or without one', () => {
    const until = '2019-11-01T06:00';
    expect(typed({ occurredAt: '2019-11-01T07:00', occurredUntil: until }).problems).toHaveProperty(
      'occurredUntil',
    );
    expect(typed({ occurredUntil: until }).problems).toHaveProperty('occurredUntil');
  });

  test.each(['aware', 'contained'] as const)('takes for when it was %s two times it lay between', (name) => {
    const [at, until] = ['2019-11-01T06:00', '2019-11-01T07:00'];
    const { text } = typed({ [`${name}At`]: at, [`${name}Until`]: until });
    expect(text?.[`${name}At`]).toEqual({
      at: '2019-11-01T05:00:00.000Z',
      until: '2019-11-01T06:00:00.000Z',
      precision: 'range',
    });
    expect(text && formFromText(text, zone)).toMatchObject({ [`${name}Until`]: until });
    expect(typed({ [`${name}Until`]: until }).problems).toHaveProperty(`${name}Until`);
  });

  test('takes fields that were left empty or out, as a browser sends them', () => {
    const form = statementForm.parse({
      title: 'T',
      summary: null,
      whatHappened: 'One\r\nTwo',
      occurredEstimated: 'on',
    });
    expect(form).toMatchObject({
      summary: '',
      whatHappened: 'One\nTwo',
      occurredEstimated: true,
      awareEstimated: false,
    });
  });

  test('keeps a title on one line', () => {
    expect(statementForm.parse({ title: ' A\n title\r\nBcc: all ' }).title).toBe('A title Bcc: all');
  });

  test('gives back every field and every row that it was given', () => {
    const told = { name: 'A police office', toldAt: '2019-11-02T10:00:00.000Z', reference: '7' };
    const form = formFromText(statementText(), zone, [told]);
    expect(statementForm.parse(form)).toEqual(form);
    expect(textFromForm(form, zone)).toEqual({ text: writtenIn(statementText()), deskAuthorities: [told] });
  });

  test('an authority is for the public only when the form says so', () => {
    const { text, deskAuthorities } = typed({
      authority1Name: 'A court',
      authority2Name: 'An office',
      authority2Public: 'yes',
    }) as {
      text: StatementText;
      deskAuthorities: object[];
    };
    expect(text.authorities).toMatchObject([{ name: 'An office' }]);
    expect(deskAuthorities).toMatchObject([{ name: 'A court' }]);
  });

  test.each([
    ['figure1From', 'many', { figure1Detail: 'x' }],
    ['figure1From', '', { figure1Detail: 'x' }],
    ['figure1From', '-5', {}],
    ['figure1To', '4', { figure1From: '5' }],
    ['figure1AsOf', '2019-13-01T00:00', { figure1From: '5' }],
    ['action1On', '2019-02-31x', { action1Text: 'x' }],
    ['action1Text', '', { action1On: '2019-11-01' }],
    ['step2What', '', { step2Why: 'Because.' }],
    ['authority1Name', '', { authority1Reference: '7' }],
  ])('names the field %s when it says %j', (field, value, others) => {
    expect(Object.keys(typed({ ...others, [field]: value }).problems ?? {})).toEqual([field]);
  });

  test('reads a number as people write it', () => {
    for (const number of ['18214', '18,214', '18.214', '18 214', '18’214']) {
      expect(typed({ figure1From: number }).text?.figures).toMatchObject([
        { from: 18_214, precision: 'exact' },
      ]);
    }
  });

  test('draws two empty rows more than are filled, and never more than there are', () => {
    const filled = (last: number) => (name: string) => (name === `step${last}What` ? 'x' : '');
    expect(rowsShown('step', () => '')).toBe(2);
    expect(rowsShown('step', filled(3))).toBe(5);
    expect(rowsShown('step', filled(10))).toBe(10);
  });
});
