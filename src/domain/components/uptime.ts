import { dayIn } from '#src/text/dates.ts';
import { addDays, startOfDay } from '#src/text/days.ts';
import type { ComponentStatus } from './rules.ts';

/** How many days a page shows, today included. */
export const DAYS_SHOWN = 90;

/** What a component's status became, and when. */
export type StatusChange = { status: ComponentStatus; at: Date };

/** Whole seconds of each kind. `counted` is all of them but maintenance, which is neither up nor down. */
export type Seconds = {
  major: number;
  partial: number;
  degraded: number;
  maintenance: number;
  counted: number;
};

export type Period = { startsAt: Date; endsAt: Date };
export type DayPeriod = Period & { day: string };

export const noSeconds: Seconds = { major: 0, partial: 0, degraded: 0, maintenance: 0, counted: 0 };

const KINDS: Readonly<Partial<Record<ComponentStatus, Exclude<keyof Seconds, 'counted'>>>> = {
  major_outage: 'major',
  partial_outage: 'partial',
  degraded_performance: 'degraded',
  under_maintenance: 'maintenance',
};

/**
 * How long each status lasted within a period. The changes stand oldest first and may begin before it; before the first one
 * the component was operational. Times are taken at their whole second.
 */
export function countSeconds(changes: readonly StatusChange[], { startsAt, endsAt }: Period): Seconds {
  const [from, until] = [second(startsAt), second(endsAt)];
  const seconds = { ...noSeconds };
  const spend = (status: ComponentStatus, length: number) => {
    if (length <= 0) return;
    const kind = KINDS[status];
    if (kind) seconds[kind] += length;
    if (kind !== 'maintenance') seconds.counted += length;
  };
  let status: ComponentStatus = 'operational';
  let since = from;
  for (const change of changes) {
    const at = Math.min(Math.max(second(change.at), from), until);
    spend(status, at - since);
    ({ status } = change);
    since = at;
  }
  spend(status, until - since);
  return seconds;
}

/**
 * A day that goes on, with what holds now: what has just begun counts a second already, so that nobody reads a whole day above
 * an outage.
 */
export function withCurrent(day: Seconds, status: ComponentStatus): Seconds {
  const kind = KINDS[status];
  if (!kind || day[kind] > 0) return day;
  const { major, partial, degraded, counted } = day;
  const isFull = kind !== 'maintenance' && counted === major + partial + degraded;
  return { ...day, [kind]: 1, counted: counted + (isFull ? 1 : 0) };
}

const second = (at: Date) => Math.floor(at.getTime() / 1000);

export function sumOfSeconds(all: readonly Seconds[]): Seconds {
  const sum = { ...noSeconds };
  for (const each of all) {
    for (const kind of Object.keys(sum) as (keyof Seconds)[]) sum[kind] += each[kind];
  }
  return sum;
}

/**
 * The share of the counted time that was up, as a part of 1 to four places: a second of major outage is a second down, one of
 * partial outage half a second. Rounded down, so that it is 1 only when nothing was ever down. Null when nothing was counted.
 */
export function uptimeOf({ major, partial, counted }: Seconds): number | null {
  if (counted === 0) return null;
  return Math.floor(((2 * counted - 2 * major - partial) * 10_000) / (2 * counted)) / 10_000;
}

/** The worst there was, however short. Null when there was nothing to say. */
export function worstIn({ major, partial, degraded, maintenance, counted }: Seconds): ComponentStatus | null {
  if (major > 0) return 'major_outage';
  if (partial > 0) return 'partial_outage';
  if (degraded > 0) return 'degraded_performance';
  if (maintenance > 0) return 'under_maintenance';
  return counted > 0 ? 'operational' : null;
}

export type Day = { day: string; seconds: Seconds };

/** The last 90 days, oldest first, and all of them together. Of a day without a count nothing is known. */
export type History = { days: readonly Day[]; total: Seconds };

/** Of counted days those within the 90 that end with `today`. */
export function historyOf(counted: ReadonlyMap<string, Seconds>, today: string): History {
  const days = Array.from({ length: DAYS_SHOWN }, (_, index) => {
    const day = addDays(today, index + 1 - DAYS_SHOWN);
    return { day, seconds: counted.get(day) ?? noSeconds };
  });
  return { days, total: sumOfSeconds(days.map(({ seconds }) => seconds)) };
}

/**
 * A group's: the time of all its components together. Each weighs as long as it was counted, so that a component of a week
 * does not weigh like one of three months.
 */
export function togetherOf(histories: readonly History[]): History | null {
  const [first] = histories;
  if (!first) return null;
  const days = first.days.map(({ day }, index) => ({
    day,
    seconds: sumOfSeconds(histories.map((history) => history.days[index]?.seconds ?? noSeconds)),
  }));
  return { days, total: sumOfSeconds(histories.map(({ total }) => total)) };
}

/** A period cut into the days of a zone; none when it is empty. At most `max` of them. */
export function daysOf({ startsAt, endsAt }: Period, timeZone: string, max: number): DayPeriod[] {
  const days: DayPeriod[] = [];
  let from = startsAt;
  let day = dayIn(startsAt, timeZone);
  while (from < endsAt && days.length < max) {
    const end = startOfDay(addDays(day, 1), timeZone);
    const until = end < endsAt ? end : endsAt;
    if (until > from) {
      days.push({ day, startsAt: from, endsAt: until });
      from = until;
    }
    day = addDays(day, 1);
  }
  return days;
}
