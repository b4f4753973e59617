import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daysToFreeze } from '#src/domain/components/frozen-days.ts';
import { componentStatuses, type ComponentStatus } from '#src/domain/components/rules.ts';
import {
  countSeconds,
  daysOf,
  historyOf,
  noSeconds,
  sumOfSeconds,
  togetherOf,
  uptimeOf,
  withCurrent,
  worstIn,
  type Seconds,
  type StatusChange,
} from '#src/domain/components/uptime.ts';
import { dayIn } from '#src/text/dates.ts';
import { addDays, startOfDay } from '#src/text/days.ts';

const MINUTE_MS = 60_000;
const zones = [
  'UTC',
  'Europe/Madrid',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Asia/Kathmandu',
];
/** Around both changes of clocks. */
const anyDay = fc.integer({ min: 0, max: 500 }).map((offset) => addDays('2026-01-01', offset));
const anyStatus = fc.constantFrom(...componentStatuses);
const seconds = (some: Partial<Seconds>): Seconds => ({ ...noSeconds, ...some });

/** Minute by minute: what held at each, and nothing cleverer. */
function naively(changes: readonly StatusChange[], startsAt: Date, endsAt: Date): Seconds {
  const count = { ...noSeconds };
  for (let at = startsAt.getTime(); at < endsAt.getTime(); at += MINUTE_MS) {
    const status = changes.findLast((change) => change.at.getTime() <= at)?.status ?? 'operational';
    if (status === 'major_outage') count.major += 60;
    if (status === 'partial_outage') count.partial += 60;
    if (status === 'degraded_performance') count.degraded += 60;
    if (status === 'under_maintenance') count.maintenance += 60;
    else count.counted += 60;
  }
  return count;
}

describe('the seconds of a day', () => {
  test('are those of a count minute by minute, in every zone and on days of 23 and 25 hours', () => {
    const minutes = fc.array(fc.tuple(fc.integer({ min: -600, max: 2200 }), anyStatus), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyDay, minutes, (timeZone, day, drawn) => {
        const startsAt = startOfDay(day, timeZone);
        const endsAt = startOfDay(addDays(day, 1), timeZone);
        const changes = drawn
          .toSorted(([a], [b]) => a - b)
          .map(([minute, status]) => ({ status, at: new Date(startsAt.getTime() + minute * MINUTE_MS) }));
        expect(countSeconds(changes, { startsAt, endsAt })).toEqual(naively(changes, startsAt, endsAt));
      }),
      { numRuns: 200 },
    );
  });

  test('do not depend on where a period is cut', () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 9e8 }), anyStatus), { maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), times, (timeZone, drawn) => {
        const period = {
          startsAt: new Date('2026-03-25T11:03:04.567Z'),
          endsAt: new Date('2026-04-07T02:00:01.002Z'),
        };
        const changes = drawn
          .toSorted(([a], [b]) => a - b)
          .map(([ms, status]) => ({ status, at: new Date(period.startsAt.getTime() + ms) }));
        const days = daysOf(period, timeZone, 100);
        expect(sumOfSeconds(days.map((day) => countSeconds(changes, day)))).toEqual(
          countSeconds(changes, period),
        );
        expect(new Set(days.map(({ day }) => day)).size).toBe(days.length);
      }),
    );
  });

  test('a day is as long as its clocks say', () => {
    const whole = (day: string) =>
      countSeconds([], {
        startsAt: startOfDay(day, 'Europe/Madrid'),
        endsAt: startOfDay(addDays(day, 1), 'Europe/Madrid'),
      }).counted;
    expect(['2026-03-29', '2026-07-01', '2026-10-25'].map(whole)).toEqual([23 * 3600, 24 * 3600, 25 * 3600]);
  });
});

describe('the uptime', () => {
  test.each<[string, Partial<Seconds>, number | null]>([
    ['without a count there is none', {}, null],
    ['all of it', { counted: 86_400 }, 1],
    ['a second of major outage is a second down', { counted: 10_000, major: 1 }, 0.9999],
    ['a second of partial outage is half a second', { counted: 10_000, partial: 2 }, 0.9999],
    ['degraded is up', { counted: 86_400, degraded: 86_400 }, 1],
    ['maintenance does not count', { counted: 0, maintenance: 86_400 }, null],
    ['down all the time', { counted: 86_400, major: 86_400 }, 0],
    ['one second in 90 days is not 100 %', { counted: 7_776_000, major: 1 }, 0.9999],
    ['nor is one of partial outage', { counted: 7_776_000, partial: 1 }, 0.9999],
  ])('%s', (_rule, some, uptime) => {
    expect(uptimeOf(seconds(some))).toBe(uptime);
  });

  test('is never more than it was, and 1 only when nothing was down', () => {
    const part = fc.integer({ min: 0, max: 8_000_000 });
    fc.assert(
      fc.property(part, part, part, (major, partial, up) => {
        const counted = major + partial + up;
        fc.pre(counted > 0);
        const uptime = uptimeOf(seconds({ major, partial, counted })) ?? 2;
        expect(uptime).toBeLessThanOrEqual(1 - (major + partial / 2) / counted + Number.EPSILON);
        expect(uptime === 1).toBe(major + partial === 0);
      }),
    );
  });

  test('of a group weighs each component by the time it was counted', () => {
    const long = historyOf(new Map([['2026-05-01', seconds({ counted: 86_400 })]]), '2026-05-01');
    const short = historyOf(
      new Map([['2026-05-01', seconds({ counted: 21_600, major: 10_800 })]]),
      '2026-05-01',
    );
    const group = togetherOf([long, short]);
    expect(group && uptimeOf(group.total)).toBe(0.9);
    expect(group && worstIn(group.days.at(-1)?.seconds ?? noSeconds)).toBe('major_outage');
    expect(togetherOf([])).toBeNull();
  });
});

describe('a day that goes on', () => {
  test.each<[ComponentStatus, Partial<Seconds>, Partial<Seconds>]>([
    ['operational', {}, {}],
    ['operational', { counted: 60 }, { counted: 60 }],
    ['major_outage', {}, { major: 1, counted: 1 }],
    ['major_outage', { counted: 60 }, { major: 1, counted: 60 }],
    ['major_outage', { major: 7, counted: 60 }, { major: 7, counted: 60 }],
    ['partial_outage', { major: 60, counted: 60 }, { major: 60, partial: 1, counted: 61 }],
    ['degraded_performance', { counted: 60 }, { degraded: 1, counted: 60 }],
    ['under_maintenance', { counted: 60 }, { maintenance: 1, counted: 60 }],
  ])('counts a second of %s at least: %j', (status, some, with_) => {
    expect(withCurrent(seconds(some), status)).toEqual(seconds(with_));
  });

  test('is never whole above an outage', () => {
    const part = fc.integer({ min: 0, max: 90_000 });
    fc.assert(
      fc.property(part, fc.constantFrom('partial_outage', 'major_outage'), (up, status) => {
        const day = withCurrent(seconds({ counted: up }), status);
        expect(uptimeOf(day)).toBeLessThan(1);
        expect(worstIn(day)).toBe(status);
      }),
    );
  });
});

describe('a history', () => {
  test('has 90 days up to today; of those without a count nothing is known', () => {
    const { days } = historyOf(new Map([['2026-04-30', seconds({ counted: 5 })]]), '2026-05-01');
    expect(days).toHaveLength(90);
    expect(days.at(0)?.day).toBe('2026-02-01');
    expect(days.slice(-3).map(({ seconds }) => worstIn(seconds))).toEqual([null, 'operational', null]);
  });

  test.each<[Partial<Seconds>, ComponentStatus | null]>([
    [{}, null],
    [{ counted: 1 }, 'operational'],
    [{ maintenance: 9 }, 'under_maintenance'],
    [{ counted: 9, maintenance: 9, degraded: 1 }, 'degraded_performance'],
    [{ counted: 9, degraded: 8, partial: 1 }, 'partial_outage'],
    [{ counted: 9, partial: 8, major: 1 }, 'major_outage'],
  ])('the worst in %j is %s', (some, worst) => {
    expect(worstIn(seconds(some))).toBe(worst);
  });
});

describe('the days to freeze', () => {
  const now = new Date('2026-05-10T12:00:00Z');
  const created = new Date('2026-05-07T15:00:00Z');
  const days = (zone = 'UTC', at = now, beginning = created) => daysToFreeze(beginning, undefined, at, zone);

  test('are the finished ones since it began, the first from its first instant', () => {
    expect(days()).toEqual([
      { day: '2026-05-07', startsAt: created, endsAt: new Date('2026-05-08T00:00:00Z') },
      {
        day: '2026-05-08',
        startsAt: new Date('2026-05-08T00:00:00Z'),
        endsAt: new Date('2026-05-09T00:00:00Z'),
      },
      {
        day: '2026-05-09',
        startsAt: new Date('2026-05-09T00:00:00Z'),
        endsAt: new Date('2026-05-10T00:00:00Z'),
      },
    ]);
  });

  test('wait a moment after midnight for what is on its way', () => {
    expect(days('UTC', new Date('2026-05-10T00:01:59Z'))).toHaveLength(2);
    expect(days('UTC', new Date('2026-05-10T00:02:00Z'))).toHaveLength(3);
  });

  test('go back a hundred days at most', () => {
    const all = days('UTC', now, new Date('2020-01-01T00:00:00Z'));
    expect([all.length, all[0]?.day]).toEqual([100, '2026-01-30']);
  });

  test('include those before the first, when it turns out to have begun earlier', () => {
    const frozen = {
      firstDay: '2026-05-07',
      firstStartsAt: created,
      lastDay: '2026-05-09',
      lastEndsAt: new Date('2026-05-10T00:00:00Z'),
    };
    const earlier = daysToFreeze(new Date('2026-05-05T00:00:00Z'), frozen, now, 'UTC');
    expect(earlier.map(({ day }) => day)).toEqual(['2026-05-05', '2026-05-06']);
  });

  test('after a move to another zone follow each other without a gap and without an overlap', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...zones, 'Pacific/Kiritimati', 'Pacific/Niue'),
        (from, to) => {
          const before = daysToFreeze(created, undefined, now, from);
          const [first, last] = [before[0], before.at(-1)];
          if (!first || !last) return;
          const frozen = {
            firstDay: first.day,
            firstStartsAt: first.startsAt,
            lastDay: last.day,
            lastEndsAt: last.endsAt,
          };
          const later = new Date('2026-05-14T12:00:00Z');
          const after = daysToFreeze(created, frozen, later, to).filter(({ day }) => day > last.day);
          expect(after[0]?.startsAt).toEqual(last.endsAt);
          expect(after.at(-1)?.endsAt).toEqual(startOfDay(dayIn(later, to), to));
          for (const [index, day] of after.entries()) {
            expect(day.endsAt >= day.startsAt).toBe(true);
            if (index > 0) expect(day.startsAt).toEqual(after[index - 1]?.endsAt);
          }
        },
      ),
    );
  });
});
