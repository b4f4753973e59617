import type { Maintenance } from '#src/domain/maintenances/queries.ts';
import { dayIn } from '#src/text/dates.ts';

const DAY_MS = 86_400_000;
const MONTHS_MAX = 12;
const DAYS_OF_ONE_MAX = 31;

/** A day of a month, as 2026-11-24, with what is planned on it; undefined outside the month. */
export type CalendarDay = { day: string; number: number; maintenances: readonly Maintenance[] } | undefined;

/** Whole weeks from Monday. */
export type CalendarMonth = { month: string; weeks: readonly (readonly CalendarDay[])[] };

/** The month it is in that zone, as 2026-11. */
export function monthIn(date: Date, timeZone: string): string {
  return dayIn(date, timeZone).slice(0, 7);
}

/** This month, and each after it up to the last in which something is planned. At most 12. */
export function calendarMonths(
  maintenances: readonly Maintenance[],
  today: Date,
  timeZone: string,
): CalendarMonth[] {
  const byDay = Map.groupBy(
    maintenances.flatMap((maintenance) => daysOf(maintenance, timeZone).map((day) => ({ day, maintenance }))),
    ({ day }) => day,
  );
  const first = monthIn(today, timeZone);
  const last = [...byDay.keys()].reduce((latest, day) => (day > latest ? day : latest), first).slice(0, 7);
  const months: CalendarMonth[] = [];
  for (let month = first; month <= last && months.length < MONTHS_MAX; month = monthAfter(month)) {
    const planned = (day: string) => (byDay.get(day) ?? []).map(({ maintenance }) => maintenance);
    months.push({ month, weeks: weeksOf(month, planned) });
  }
  return months;
}

/** 2026-11 as a moment within it, wherever it is read: to say its name. */
export function middleOf(month: string): Date {
  return new Date(`${month}-15T12:00:00Z`);
}

function weeksOf(month: string, planned: (day: string) => readonly Maintenance[]): CalendarDay[][] {
  const firstMs = Date.parse(`${month}-01T00:00:00Z`);
  const lengthDays = Math.round((Date.parse(`${monthAfter(month)}-01T00:00:00Z`) - firstMs) / DAY_MS);
  const before = (new Date(firstMs).getUTCDay() + 6) % 7;
  const cells = Array.from({ length: Math.ceil((before + lengthDays) / 7) * 7 }, (_, index): CalendarDay => {
    const number = index - before + 1;
    if (number < 1 || number > lengthDays) return undefined;
    const day = `${month}-${String(number).padStart(2, '0')}`;
    return { day, number, maintenances: planned(day) };
  });
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** Every day that it touches. */
function daysOf({ scheduledFor, scheduledUntil }: Maintenance, timeZone: string): string[] {
  const last = dayIn(new Date(scheduledUntil.getTime() - 1), timeZone);
  const days: string[] = [];
  for (let day = dayIn(scheduledFor, timeZone); day <= last && days.length < DAYS_OF_ONE_MAX;) {
    days.push(day);
    day = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  }
  return days;
}

function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
