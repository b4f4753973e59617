import { dayIn } from '#src/text/dates.ts';
import { addDays, startOfDay } from '#src/text/days.ts';
import type { DayPeriod } from './uptime.ts';

/** How far back a pause of the worker is caught up with. */
const BACK_DAYS = 100;
/** A day is frozen this long after its end: what was on its way then has arrived. */
const GRACE_MS = 2 * 60_000;

export type Frozen = { firstDay: string; firstStartsAt: Date; lastDay: string; lastEndsAt: Date };

/** When a component began to exist, for its uptime. */
export function beginningOf(
  { startDate, createdAt }: { startDate: string | null; createdAt: Date },
  timeZone: string,
): Date {
  return startDate ? startOfDay(startDate, timeZone) : createdAt;
}

/**
 * The finished days that are not frozen yet, oldest first. Each begins where the one before it ended: after the site has
 * moved to another zone the first day is longer or shorter by the difference, and no second is counted twice or lost.
 */
export function daysToFreeze(
  beginning: Date,
  frozen: Frozen | undefined,
  now: Date,
  timeZone: string,
): DayPeriod[] {
  const until = dayIn(new Date(now.getTime() - GRACE_MS), timeZone);
  const oldest = addDays(until, -BACK_DAYS);
  const first = later(dayIn(beginning, timeZone), oldest);
  const start = (day: string) => laterOf(startOfDay(day, timeZone), beginning);
  if (!frozen) return row(first, until, start(first), timeZone);
  const before = row(first, frozen.firstDay, start(first), timeZone).map((period) => ({
    ...period,
    endsAt: period.endsAt < frozen.firstStartsAt ? period.endsAt : frozen.firstStartsAt,
  }));
  const next = addDays(frozen.lastDay, 1);
  const after = next >= oldest ? { day: next, at: frozen.lastEndsAt } : { day: oldest, at: start(oldest) };
  return [...before, ...row(after.day, until, after.at, timeZone)];
}

/** Each day from the first up to, and without, the last. */
function row(first: string, end: string, startsAt: Date, timeZone: string): DayPeriod[] {
  const days: DayPeriod[] = [];
  let from = startsAt;
  for (let day = first; day < end; day = addDays(day, 1)) {
    const endsAt = laterOf(startOfDay(addDays(day, 1), timeZone), from);
    days.push({ day, startsAt: from, endsAt });
    from = endsAt;
  }
  return days;
}

const later = (a: string, b: string) => (a > b ? a : b);
const laterOf = (a: Date, b: Date) => (a > b ? a : b);
