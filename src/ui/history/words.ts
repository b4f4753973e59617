import { formatDay } from '#src/text/dates.ts';
import type { Translate } from '#src/messages/messages.ts';
import { dateFormat, listFormat } from '#src/text/formats.ts';

const NAMES_MAX = 8;

/** "November 2019" of 2019-11, as a heading begins. */
export function monthText(month: string, language: string): string {
  const text = dateFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-15T12:00:00Z`),
  );
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}

/** "1 November 2019" of 2019-11-01. */
export function dayText(day: string, language: string): string {
  return formatDay(new Date(`${day}T12:00:00Z`), 'UTC', language).text;
}

/** "API, Website and Mail"; of many the first, and how many more there are. */
export function namesText(t: Translate, names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  const said = more > 0 ? [...names.slice(0, NAMES_MAX), t('history.belowMore', { count: more })] : names;
  return listFormat(t.language, { type: 'conjunction', style: 'long' }).format(said);
}
