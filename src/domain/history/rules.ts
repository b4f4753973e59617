import { dayIn } from '#src/text/dates.ts';
import { addDays, startOfDay } from '#src/text/days.ts';

/** A stretch of time: `from` belongs to it, `until` does not. */
export type Span = { from: Date; until: Date };

/** The month of a path, as 2019-11; undefined for what no calendar has. */
export function parseMonth(text: string): string | undefined {
  return /^[1-9]\d{3}-(?:0[1-9]|1[0-2])$/.test(text) ? text : undefined;
}

/** The month it is in that zone, as 2019-11. */
export function monthIn(at: Date, timeZone: string): string {
  return dayIn(at, timeZone).slice(0, 7);
}

/** So many months after a month, or before it. */
export function addMonths(month: string, months: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** From the month's first midnight in that zone until the next month's. */
export function monthSpan(month: string, timeZone: string): Span {
  return {
    from: startOfDay(`${month}-01`, timeZone),
    until: startOfDay(`${addMonths(month, 1)}-01`, timeZone),
  };
}

/** The last so many days in that zone, today among them. */
export function recentSpan(now: Date, days: number, timeZone: string): Span {
  const today = dayIn(now, timeZone);
  return {
    from: startOfDay(addDays(today, 1 - days), timeZone),
    until: startOfDay(addDays(today, 1), timeZone),
  };
}

export type Day<Entry> = { day: string; entries: readonly Entry[] };

/** The days on which something happened, in that zone: the latest day first, within a day the latest entry first. */
export function byDay<Entry extends { at: Date }>(entries: readonly Entry[], timeZone: string): Day<Entry>[] {
  const days = new Map<string, Entry[]>();
  const sorted = entries.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  for (const entry of sorted) {
    const day = dayIn(entry.at, timeZone);
    const entriesOfDay = days.get(day);
    if (entriesOfDay) entriesOfDay.push(entry);
    else days.set(day, [entry]);
  }
  return [...days].map(([day, entriesOfDay]) => ({ day, entries: entriesOfDay }));
}

/** A day with what happened on it, or the days of a row on which nothing did. `from` is the earlier one. */
export type Stretch<Entry> = Day<Entry> | { from: string; until: string };

/** Every day of a span, the latest first, the quiet ones in between drawn together. */
export function stretches<Entry extends { at: Date }>(
  entries: readonly Entry[],
  { from, until }: Span,
  timeZone: string,
): Stretch<Entry>[] {
  const first = dayIn(from, timeZone);
  const busy = new Map(byDay(entries, timeZone).map((day) => [day.day, day]));
  const found: Stretch<Entry>[] = [];
  let quietSince: string | undefined;
  const endQuiet = (day: string) => {
    if (quietSince) found.push({ from: addDays(day, 1), until: quietSince });
    quietSince = undefined;
  };
  let day = dayIn(new Date(until.getTime() - 1), timeZone);
  for (; day >= first; day = addDays(day, -1)) {
    const happened = busy.get(day);
    if (happened) {
      endQuiet(day);
      found.push(happened);
    } else quietSince ??= day;
  }
  endQuiet(day);
  return found;
}
