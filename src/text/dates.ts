import { dateFormat } from './formats.ts';

import { memory } from './memory.ts';

/** What is public is written again with every change near it, and most of its times are as they were. */
const remembered = memory({ charactersMax: 1_000_000, longest: 1000 });

/** For `<time datetime={iso}>{text}</time>`. */
export type ShownTime = { iso: string; text: string };

/** "1 November 2019, 06:00 UTC": the zone is always part of the text, by its short name or as an offset from GMT. */
export function formatMoment(date: Date, timeZone: string, locale = 'en'): ShownTime {
  const time = dateFormat(locale, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  const iso = date.toISOString();
  const write = () => `${formatDay(date, timeZone, locale).text}, ${time.format(date)}`;
  return { iso, text: remembered(`${iso} ${timeZone} ${locale}`, write) };
}

/** "1 November 2019", the day it is in that zone. */
export function formatDay(date: Date, timeZone: string, locale = 'en'): ShownTime {
  const day = dateFormat(locale, { timeZone, day: 'numeric', month: 'long', year: 'numeric' });
  return { iso: dayIn(date, timeZone), text: day.format(date) };
}

/** The day it is in that zone, as 2019-11-01. */
export function dayIn(date: Date, timeZone: string): string {
  return formatLocalMoment(date, timeZone).slice(0, 10);
}

/** As a `datetime-local` input holds it: 2019-11-01T06:00, without a zone. */
export function formatLocalMoment(date: Date, timeZone: string): string {
  return new Date(wallClockMs(date.getTime(), timeZone)).toISOString().slice(0, 16);
}

const LOCAL_MOMENT = /^([1-9]\d{3})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?$/;
const DAY_MS = 86_400_000;

/**
 * What a `datetime-local` input was given, read as the wall clock of that zone. A time that a change of clocks skips, or that
 * no calendar has, is undefined; of a time that happens twice, the first.
 */
export function parseLocalMoment(text: string, timeZone: string): Date | undefined {
  const [year, month, day, hour, minute, second] = (LOCAL_MOMENT.exec(text)?.slice(1) ?? []).map((part) =>
    Number(part ?? 0),
  );
  if (year === undefined) return undefined;
  const wallMs = Date.UTC(year, (month ?? 0) - 1, day, hour, minute, second);
  // A field out of its range (32 January, 24:00) would have moved into the next one.
  if (new Date(wallMs).toISOString().slice(0, 16) !== text.slice(0, 16)) return undefined;

  // The offsets of the day before and the day after are the only two that can be in force between them.
  const candidates = [wallMs - DAY_MS, wallMs + DAY_MS]
    .map((nearMs) => wallMs - (wallClockMs(nearMs, timeZone) - nearMs))
    .filter((ms) => wallClockMs(ms, timeZone) === wallMs);
  return candidates.length === 0 ? undefined : new Date(Math.min(...candidates));
}

/** What the clocks of that zone show at an instant, as if they showed UTC. To the second. */
function wallClockMs(instantMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return Math.floor(instantMs / 1000) * 1000;
  const second = Math.floor(instantMs / 1000) * 1000;
  // Since 1973 the clocks of every zone have changed on a whole minute: within one, the offset is the same.
  if (second < OFFSETS_SINCE_MS) return readWallClockMs(second, timeZone);
  const minute = Math.floor(second / MINUTE_MS) * MINUTE_MS;
  const key = `${timeZone} ${minute}`;
  let offsetMs = offsets.get(key);
  if (offsetMs === undefined) {
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    offsetMs = readWallClockMs(minute, timeZone) - minute;
    offsets.set(key, offsetMs);
  }
  return second + offsetMs;
}

const MINUTE_MS = 60_000;
const OFFSETS_SINCE_MS = Date.UTC(1973, 0, 1);
const OFFSETS_MAX = 20_000;
/** Kept, because reading a wall clock takes ten microseconds and a page reads thousands. */
const offsets = new Map<string, number>();

function readWallClockMs(instantMs: number, timeZone: string): number {
  const parts = dateFormat('en-u-ca-iso8601', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(instantMs);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}
