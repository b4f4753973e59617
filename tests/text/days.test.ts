import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayIn } from '#src/text/dates.ts';
import { addDays, daysBetween, startOfDay } from '#src/text/days.ts';

const hours = (day: string, timeZone: string) =>
  (startOfDay(addDays(day, 1), timeZone).getTime() - startOfDay(day, timeZone).getTime()) / 3_600_000;

describe('days', () => {
  test.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2024-02-28', 1, '2024-02-29'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-03-29', 90, '2026-06-27'],
  ])('%s and %i days is %s', (day, days, other) => {
    expect(addDays(day, days)).toBe(other);
    expect(daysBetween(day, other)).toBe(days);
  });

  test.each([
    ['an ordinary one', '2026-07-01', 'Europe/Madrid', 24],
    ['in spring', '2026-03-29', 'Europe/Madrid', 23],
    ['in autumn', '2026-10-25', 'Europe/Madrid', 25],
    ['by half an hour', '2026-04-05', 'Australia/Lord_Howe', 24.5],
    ['that begins at one', '2026-04-24', 'Africa/Cairo', 23],
    ['that never was', '2011-12-30', 'Pacific/Apia', 0],
  ])('%s has its own length: %s in %s, %f hours', (_kind, day, timeZone, length) => {
    expect(hours(day, timeZone)).toBe(length);
  });

  test('begin at the first instant that bears their name', () => {
    const zones = [
      'UTC',
      'Europe/Madrid',
      'America/New_York',
      'Asia/Kathmandu',
      'Africa/Cairo',
      'Pacific/Kiritimati',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 7300 }), (timeZone, offset) => {
        const day = addDays('2015-01-01', offset);
        const start = startOfDay(day, timeZone);
        expect(dayIn(start, timeZone)).toBe(day);
        expect(dayIn(new Date(start.getTime() - 1), timeZone)).toBe(addDays(day, -1));
      }),
    );
  });
});
