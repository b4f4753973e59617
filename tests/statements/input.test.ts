import { describe, expect, test } from 'vitest';
import { formFromText, statementForm, textFromForm } from '#src/domain/statements/input.ts';
import { completeText } from '#tests/support/desk.ts';

const zone = 'Europe/Madrid';
const typed = (changes: Record<string, string>) =>
  textFromForm(statementForm.parse({ title: 'T', ...changes }), zone);

describe('the form of a statement', () => {
  test('shows what was saved, and saves what it shows', () => {
    const form = formFromText(completeText, zone);
    expect(form).toMatchObject({ occurredAt: '2019-11-01T07:00', awareEstimated: true, containedAt: '' });
    expect(textFromForm(form, zone)).toEqual({ text: completeText });
    const range = {
      at: completeText.occurredAt.at,
      until: completeText.awareAt.at,
      precision: 'range' as const,
    };
    const ranged = { ...completeText, occurredAt: range };
    expect(textFromForm(formFromText(ranged, zone), zone)).toEqual({ text: ranged });
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
});
