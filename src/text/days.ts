import { dayIn, parseLocalMoment } from './dates.ts';

const DAY_MS = 86_400_000;
/** No zone is further from UTC. */
const OFFSET_MAX_MS = 15 * 3_600_000;

/** So many days after a day (or before it), both as 2019-11-01. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days lie between two days; negative when the second is the earlier one. */
export function daysBetween(from: string, until: string): number {
  return (Date.parse(until) - Date.parse(from)) / DAY_MS;
}

/** The first instant of a day in a zone: midnight, or what follows it where the clocks skip midnight or the whole day. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = parseLocalMoment(`${day}T00:00`, timeZone);
  if (midnight) return midnight;
  let before = Date.parse(day) - OFFSET_MAX_MS;
  let after = Date.parse(day) + DAY_MS + OFFSET_MAX_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayIn(new Date(middle), timeZone) < day) before = middle;
    else after = middle;
  }
  return new Date(after);
}
