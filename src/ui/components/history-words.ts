import type { Day, History, Seconds } from '#src/domain/components/uptime.ts';
import { uptimeOf, worstIn } from '#src/domain/components/uptime.ts';
import { dateFormat, listFormat, numberFormat } from '#src/text/formats.ts';
import { memory } from '#src/text/memory.ts';
import type { Translate } from '#src/messages/messages.ts';

/** "99.98% uptime in 90 days", or that nothing is known yet. */
export function uptimeText(t: Translate, { days, total }: History): string {
  const share = uptimeOf(total);
  if (share === null) return t('uptime.unknown');
  const percent = numberFormat(t.language, { style: 'percent', maximumFractionDigits: 2 });
  const counted = days.filter(({ seconds }) => worstIn(seconds) !== null).length;
  return t('uptime.share', { share: percent.format(share), days: counted });
}

/** The days that were not whole, the newest first. */
export function troubledDays(days: readonly Day[]): Day[] {
  return days.filter(({ seconds }) => !['operational', null].includes(worstIn(seconds))).toReversed();
}

/** The same ninety days for every component. */
const remembered = memory({ charactersMax: 100_000, longest: 100 });

/** "3 November", or as the language says it. */
export function dayText(day: string, { language }: Translate): string {
  const format = dateFormat(language, { day: 'numeric', month: 'long', timeZone: 'UTC' });
  return remembered(`${language} ${day}`, () => format.format(new Date(day)));
}

const KINDS = [
  ['major', 'major_outage'],
  ['partial', 'partial_outage'],
  ['degraded', 'degraded_performance'],
  ['maintenance', 'under_maintenance'],
] as const;

/** "Partial outage for 1 h 20 min, degraded performance for 5 min". */
export function troubleText(t: Translate, seconds: Seconds): string {
  const told = KINDS.filter(([kind]) => seconds[kind] > 0).map(([kind, status]) =>
    t('uptime.lasted', { what: t(`mark.${status}`), length: lengthText(t, seconds[kind]) }),
  );
  return listFormat(t.language, { type: 'unit' }).format(told);
}

/** What was the matter with a group, without lengths: those of its components together would read as the clock's. */
export function worstText(t: Translate, seconds: Seconds): string {
  return t(`mark.${worstIn(seconds) ?? 'operational'}`);
}

function lengthText(t: Translate, seconds: number): string {
  // A started minute counts: what was there does not read as nothing.
  const minutes = Math.ceil(seconds / 60);
  return t('uptime.length', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
