import { RRuleTemporal } from 'rrule-temporal';
import { dayIn, formatMoment, parseLocalMoment } from '#src/text/dates.ts';
import { DomainError } from '../errors.ts';

/** When something repeats: a rule, and the wall clock of the place where it first happens. */
export type Recurrence = {
  /** RRULE (RFC 5545) without a time of day. */
  rule: string;
  /** 2026-11-24T02:00. */
  startsAt: string;
  timeZone: string;
};

/** `day` names it, since a rule gives one a day at most: 2026-11-24. */
export type Occurrence = { day: string; at: Date };

const RULE_LENGTH_MAX = 200;
const COUNT_MAX = 1000;
const STEPS_MAX = 20_000;
const CANDIDATES_MAX = 100_000;
const YEAR_MS = 370 * 86_400_000;
const MINUTE_MS = 60_000;

const DAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const list = (item: string) => `${item}(?:,${item}){0,30}`;
const PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,3}$/,
  UNTIL: /^\d{8}$/,
  BYDAY: new RegExp(`^${list(`(?:[+-]?[1-5])?${DAY}`)}$`),
  BYMONTH: new RegExp(`^${list('(?:1[0-2]|[1-9])')}$`),
  BYMONTHDAY: new RegExp(`^${list('-?(?:3[01]|[12]\\d|[1-9])')}$`),
  BYSETPOS: new RegExp(`^${list('-?[1-9]\\d?')}$`),
  WKST: new RegExp(`^${DAY}$`),
};

/**
 * The occurrences from `from` to before `until`. The wall clock stays the same across changes of clocks; of a time that comes
 * twice it is the first, and on a day whose clocks skip it there is none (RFC 5545, 3.3.10).
 */
export function occurrencesBetween(recurrence: Recurrence, from: Date, until: Date): Occurrence[] {
  return ruleOf(recurrence)
    .between(from, until, true)
    .map(({ epochMilliseconds }) => new Date(epochMilliseconds))
    .filter((at) => at < until)
    .map((at) => ({ day: dayIn(at, recurrence.timeZone), at }));
}

/** Nothing happens from this moment on. */
export function isExhausted(recurrence: Recurrence, from: Date): boolean {
  return /COUNT|UNTIL/.test(recurrence.rule) && ruleOf(recurrence).next(from, true) === null;
}

/**
 * The rule as it is kept, when it can be lived by: it names days and not hours, begins where it says, and leaves time between
 * one occurrence and the next.
 *
 * @throws DomainError `invalid` with what is wrong.
 */
export function checkedRecurrence(
  { rule: typed, startsAt, timeZone }: Recurrence,
  durationMinutes: number,
): Recurrence {
  const recurrence = { rule: checkedRule(typed), startsAt, timeZone };
  const first = parseLocalMoment(startsAt, timeZone);
  if (!first) throw invalid(`Clocks in ${timeZone} do not show the time of the first occurrence.`);
  const year = occurrencesOrRefusal(recurrence, first);
  if (year[0]?.at.getTime() !== first.getTime()) {
    const next = year[0];
    throw invalid(
      next
        ? `The rule does not include the first time you gave. By the rule the first is ${formatMoment(next.at, timeZone).text}: begin then, or change the rule.`
        : 'The rule does not include the first time you gave, nor any in the year after it. Change the rule, or the first time.',
    );
  }
  const overlapping = year.some(({ at }, index) => {
    const before = year[index - 1];
    return before !== undefined && at.getTime() - before.at.getTime() < durationMinutes * MINUTE_MS;
  });
  if (overlapping) {
    throw invalid('It would begin again before it has ended. Make it shorter, or let it repeat less often.');
  }
  return recurrence;
}

function checkedRule(typed: string): string {
  if (typed.length > RULE_LENGTH_MAX) {
    throw invalid(`A rule has ${RULE_LENGTH_MAX} characters at most. FREQ=MONTHLY;BYDAY=1SU is one.`);
  }
  const text = typed
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .replace(/;$/, '');
  const parts = text.split(';').map((part) => part.split('=') as [string, string?]);
  const names = parts.map(([name]) => name);
  for (const [name, value = ''] of parts) {
    if (/^BY(HOUR|MINUTE|SECOND)$/.test(name)) {
      throw invalid(`Leave out ${name}: the time of day is that of the first occurrence.`);
    }
    if (name === 'FREQ' && /^(SECOND|MINUTE|HOUR)LY$/.test(value)) {
      throw invalid('Maintenance repeats by the day, week, month or year, not more often.');
    }
    if (!PARTS[name]?.test(value)) throw invalid(notUnderstood(name, value));
  }
  if (new Set(names).size < names.length) throw invalid('A part of the rule stands in it twice.');
  if (!names.includes('FREQ')) throw invalid('The rule has no FREQ. FREQ=WEEKLY is the shortest there is.');
  if (names.includes('COUNT') && names.includes('UNTIL')) {
    throw invalid('The rule has both COUNT and UNTIL. Keep one of them.');
  }
  const count = Number(parts.find(([name]) => name === 'COUNT')?.[1] ?? 1);
  if (count > COUNT_MAX) {
    throw invalid(`A rule counts to ${COUNT_MAX} at most. Leave COUNT out if it goes on until you end it.`);
  }
  return text;
}

function notUnderstood(name: string, value: string): string {
  const part = `${name}=${value}`.slice(0, 40);
  return `“${part}” in the rule is not understood. It may have FREQ, INTERVAL, COUNT, UNTIL (a day, 20271231), BYDAY, BYMONTH, BYMONTHDAY, BYSETPOS and WKST.`;
}

function occurrencesOrRefusal(recurrence: Recurrence, first: Date): Occurrence[] {
  try {
    return occurrencesBetween(recurrence, first, new Date(first.getTime() + YEAR_MS));
  } catch {
    throw invalid('The rule cannot be followed: its parts do not go together. Try a simpler one.');
  }
}

function ruleOf({ rule, startsAt, timeZone }: Recurrence): RRuleTemporal {
  const start = `${startsAt.replace(/[-:]/g, '')}00`;
  return new RRuleTemporal({
    rruleString: `DTSTART;TZID=${timeZone}:${start}\nRRULE:${rule}`,
    maxIterations: STEPS_MAX,
    maxCandidateEvaluations: CANDIDATES_MAX,
    cache: false,
  });
}

function invalid(message: string): DomainError {
  return new DomainError('invalid', message);
}
