import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayIn, formatDay, formatLocalMoment, formatMoment, parseLocalMoment } from '#src/text/dates.ts';

const leak = new Date('2019-11-01T06:00:00Z');

describe('A moment is shown with its zone', () => {
  test.each([
    ['UTC', 'en', '1 November 2019, 06:00 UTC'],
    ['Europe/Berlin', 'en', '1 November 2019, 07:00 CET'],
    ['America/New_York', 'en', '1 November 2019, 02:00 GMT-4'],
    ['America/New_York', 'en-US', 'November 1, 2019, 02:00 EDT'],
    ['America/Los_Angeles', 'en', '31 October 2019, 23:00 GMT-7'],
    ['Asia/Kolkata', 'en', '1 November 2019, 11:30 GMT+5:30'],
    ['Asia/Shanghai', 'en', '1 November 2019, 14:00 GMT+8'],
    ['UTC', 'es', '1 de noviembre de 2019, 06:00 UTC'],
    ['UTC', 'de', '1. November 2019, 06:00 UTC'],
  ])('%s in %s: %s', (timeZone, locale, text) => {
    expect(formatMoment(leak, timeZone, locale)).toEqual({ iso: '2019-11-01T06:00:00.000Z', text });
  });

  test('midnight is 00:00', () => {
    expect(formatMoment(new Date('2019-11-01T00:00:00Z'), 'UTC').text).toBe('1 November 2019, 00:00 UTC');
  });

  test('a zone that does not exist is an error', () => {
    expect(() => formatMoment(leak, 'Mars/Olympus')).toThrow(RangeError);
  });
});

test('A day is the one it is in the zone', () => {
  expect(dayIn(leak, 'America/Los_Angeles')).toBe('2019-10-31');
  expect(dayIn(leak, 'Pacific/Kiritimati')).toBe('2019-11-01');
  expect(formatDay(leak, 'America/Los_Angeles')).toEqual({ iso: '2019-10-31', text: '31 October 2019' });
});

describe('A time typed into a form is read in the zone of the site', () => {
  test.each([
    ['2019-11-01T06:00', 'UTC', '2019-11-01T06:00:00.000Z'],
    ['2019-11-01T06:00:30', 'UTC', '2019-11-01T06:00:30.000Z'],
    ['2019-11-01T06:00', 'Europe/Berlin', '2019-11-01T05:00:00.000Z'],
    ['2019-07-01T06:00', 'Europe/Berlin', '2019-07-01T04:00:00.000Z'],
    ['2019-11-01T06:00', 'Asia/Kathmandu', '2019-11-01T00:15:00.000Z'],
    ['2019-11-01T00:30', 'Pacific/Kiritimati', '2019-10-31T10:30:00.000Z'],
    ['2020-02-29T12:00', 'UTC', '2020-02-29T12:00:00.000Z'],
  ])('%s in %s', (text, timeZone, iso) => {
    expect(parseLocalMoment(text, timeZone)?.toISOString()).toBe(iso);
  });

  test.each([
    ['skipped when clocks go forward', '2019-03-31T02:30', 'Europe/Berlin'],
    ['skipped by half an hour', '2019-10-06T02:15', 'Australia/Lord_Howe'],
    ['on a day a country skipped', '2011-12-30T12:00', 'Pacific/Apia'],
    ['on 30 February', '2019-02-30T12:00', 'UTC'],
    ['on 29 February of a common year', '2019-02-29T12:00', 'UTC'],
    ['at 24:00', '2019-11-01T24:00', 'UTC'],
    ['at 06:60', '2019-11-01T06:60', 'UTC'],
    ['in month 13', '2019-13-01T06:00', 'UTC'],
    ['with a zone of its own', '2019-11-01T06:00Z', 'UTC'],
    ['without a time', '2019-11-01', 'UTC'],
    ['in year 19', '0019-11-01T06:00', 'UTC'],
    ['empty', '', 'UTC'],
  ])('a time %s is refused', (_, text, timeZone) => {
    expect(parseLocalMoment(text, timeZone)).toBeUndefined();
  });

  test('of a time that happens twice, the first', () => {
    expect(parseLocalMoment('2019-10-27T02:30', 'Europe/Berlin')?.toISOString()).toBe(
      '2019-10-27T00:30:00.000Z',
    );
    expect(parseLocalMoment('2019-11-03T01:30', 'America/New_York')?.toISOString()).toBe(
      '2019-11-03T05:30:00.000Z',
    );
  });

  test('what a form shows is read back as the same minute, or the first of its two', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
    );
    const minutes = fc.integer({ min: Date.UTC(2000, 0, 1) / 60_000, max: Date.UTC(2037, 0, 1) / 60_000 });
    fc.assert(
      fc.property(minutes, zones, (minute, zone) => {
        const moment = new Date(minute * 60_000);
        const shown = formatLocalMoment(moment, zone);
        const read = parseLocalMoment(shown, zone);
        expect(read && formatLocalMoment(read, zone)).toBe(shown);
        expect(read!.getTime()).toBeLessThanOrEqual(moment.getTime());
      }),
      { numRuns: 500 },
    );
  });
});
