import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkedRecurrence, isExhausted, occurrencesBetween } from '#src/domain/maintenances/recurrence.ts';
import { formatLocalMoment, parseLocalMoment } from '#src/text/dates.ts';

const DAY_MS = 86_400_000;
const daysAfter = (startsAt: string, days: number) => {
  const wall = new Date(`${startsAt}:00Z`);
  return new Date(wall.getTime() + days * DAY_MS).toISOString().slice(0, 16);
};

describe('what repeats keeps its wall clock', () => {
  const zones = ['Europe/Madrid', 'America/New_York', 'Asia/Kathmandu', 'UTC'];

  test.each(zones)('across every change of clocks in %s', (timeZone) => {
    const run = fc.property(
      fc.integer({ min: 0, max: 5 * 365 }),
      fc.integer({ min: 0, max: 24 * 12 - 1 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (day, fiveMinutes, interval, weekly) => {
        const startsAt = daysAfter(
          `2026-01-01T${String(Math.floor(fiveMinutes / 12)).padStart(2, '0')}:${String((fiveMinutes % 12) * 5).padStart(2, '0')}`,
          day,
        );
        const first = parseLocalMoment(startsAt, timeZone);
        fc.pre(first !== undefined);
        const rule = `FREQ=${weekly ? 'WEEKLY' : 'DAILY'};INTERVAL=${interval}`;
        const step = interval * (weekly ? 7 : 1);
        const until = new Date(first.getTime() + 200 * DAY_MS);
        // Counted on the calendar alone: a time that the clocks skip is none.
        const expected = Array.from({ length: Math.ceil(201 / step) }, (_, index) =>
          parseLocalMoment(daysAfter(startsAt, index * step), timeZone),
        ).filter((at) => at !== undefined && at < until);
        const found = occurrencesBetween({ rule, startsAt, timeZone }, first, until).map(({ at }) => at);
        expect(found).toEqual(expected);
      },
    );
    fc.assert(run, { numRuns: 60 });
  });

  test('in the night the clocks go back it happens once, the first time', () => {
    const [night] = occurrencesBetween(
      { rule: 'FREQ=DAILY', startsAt: '2026-10-01T02:30', timeZone: 'Europe/Madrid' },
      new Date('2026-10-25T00:00:00Z'),
      new Date('2026-10-25T12:00:00Z'),
    );
    expect(night?.at.toISOString()).toBe('2026-10-25T00:30:00.000Z');
  });

  test('a window in the middle of a series starts in step with it', () => {
    const recurrence = { rule: 'FREQ=DAILY;INTERVAL=3', startsAt: '2026-01-01T02:00', timeZone: 'UTC' };
    const whole = occurrencesBetween(recurrence, new Date('2026-01-01'), new Date('2026-12-31'));
    const late = occurrencesBetween(recurrence, new Date('2026-06-11'), new Date('2026-12-31'));
    expect(late).toEqual(whole.filter(({ at }) => at >= new Date('2026-06-11')));
  });

  test('the first Sunday of a month is a Sunday below the eighth', () => {
    const recurrence = { rule: 'FREQ=MONTHLY;BYDAY=1SU', startsAt: '2026-11-01T04:00', timeZone: 'UTC' };
    const found = occurrencesBetween(recurrence, new Date('2026-11-01'), new Date('2028-11-01'));
    expect(found).toHaveLength(24);
    for (const { at } of found) expect([at.getUTCDay(), at.getUTCDate() < 8]).toEqual([0, true]);
  });

  test('a last day counts whole, in the zone of the site', () => {
    const recurrence = {
      rule: 'FREQ=DAILY;UNTIL=20261126',
      startsAt: '2026-11-24T23:30',
      timeZone: 'America/New_York',
    };
    const found = occurrencesBetween(recurrence, new Date('2026-11-01'), new Date('2027-11-01'));
    expect(found.map(({ at }) => formatLocalMoment(at, 'America/New_York'))).toEqual([
      '2026-11-24T23:30',
      '2026-11-25T23:30',
      '2026-11-26T23:30',
    ]);
    expect(isExhausted(recurrence, new Date('2026-11-25T00:00:00Z'))).toBe(false);
    expect(isExhausted(recurrence, new Date('2026-12-01T00:00:00Z'))).toBe(true);
  });
});

describe('a rule that cannot be lived by', () => {
  const start = { startsAt: '2026-11-24T02:00', timeZone: 'Europe/Madrid' };

  test.each<[string, RegExp]>([
    ['', /not understood/],
    ['hello', /not understood/],
    ['FREQ=SECONDLY', /not more often/],
    ['FREQ=MINUTELY;INTERVAL=5', /not more often/],
    ['FREQ=HOURLY', /not more often/],
    ['FREQ=DAILY;BYHOUR=1,2,3', /time of day/],
    ['FREQ=DAILY;INTERVAL=0', /not understood/],
    ['FREQ=DAILY;COUNT=0', /not understood/],
    ['FREQ=DAILY;COUNT=9999', /counts to 1000/],
    ['FREQ=DAILY;COUNT=999999999', /not understood/],
    ['FREQ=DAILY;COUNT=3;UNTIL=20261231', /both COUNT and UNTIL/],
    ['FREQ=DAILY;FREQ=WEEKLY', /twice/],
    ['INTERVAL=2', /no FREQ/],
    ['FREQ=DAILY;X-EVIL=1', /not understood/],
    ['FREQ=DAILY\nDTSTART:19700101T000000Z', /not understood/],
    ['FREQ=DAILY;UNTIL=20261301T000000Z', /not understood/],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', /does not include the first time/],
    ['FREQ=WEEKLY;BYDAY=MO', /By the rule the first is 30 November 2026/],
    ['FREQ=DAILY;UNTIL=20200101', /does not include the first time/],
    [`FREQ=DAILY;BYMONTHDAY=${'1,'.repeat(500_000)}1`, /200 characters/],
    ['FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=99', /./],
  ])('%.60s is refused, at once and with a reason', (rule, reason) => {
    const startedAt = performance.now();
    expect(() => checkedRecurrence({ ...start, rule }, 60)).toThrow(reason);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('it must end before it begins again', () => {
    expect(() => checkedRecurrence({ ...start, rule: 'FREQ=DAILY' }, 24 * 60 + 1)).toThrow(
      /begin again before/,
    );
    expect(checkedRecurrence({ ...start, rule: 'FREQ=DAILY' }, 60).rule).toBe('FREQ=DAILY');
  });

  test.each(['RRULE:FREQ=WEEKLY;', 'freq=weekly', ' FREQ=WEEKLY '])('%j is put right', (rule) => {
    expect(checkedRecurrence({ ...start, rule }, 60).rule).toBe('FREQ=WEEKLY');
  });
});
