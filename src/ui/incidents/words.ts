import type { Impact, Nature, RelationKind } from '#src/domain/incidents/rules.ts';
import type { Translate } from '#src/messages/messages.ts';
import { listFormat } from '#src/text/formats.ts';

export const natureHints: Readonly<Record<Nature, { label: string; hint: string }>> = {
  service: { label: 'The service', hint: 'Something does not work as it should. It ends resolved.' },
  data: {
    label: 'Data',
    hint: 'Somebody got to see what was not theirs. Components stay as they are; it ends contained, then closed.',
  },
};

export const impactHints: Readonly<Record<Impact, string>> = {
  none: 'None: nobody notices',
  minor: 'Minor: few people, or a small part',
  major: 'Major: many people, or a large part',
  critical: 'Critical: everybody, or what matters most',
};

export const relationHints: Readonly<Record<RelationKind, string>> = {
  caused_by: 'This one was caused by the other',
  part_of: 'This one is part of the other',
  related: 'They are related',
  unrelated: 'They are not related (say why)',
};

const MINUTE_MS = 60_000;

/** "2 days, 3 hours": the two largest units, the smaller one left out when it is nothing. */
export function durationText(t: Translate, from: Date, until: Date): string {
  const minutes = Math.floor((until.getTime() - from.getTime()) / MINUTE_MS);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const units = [
    { key: 'duration.days', count: days },
    { key: 'duration.hours', count: hours },
    { key: 'duration.minutes', count: days > 0 ? 0 : minutes % 60 },
  ] as const;
  const said = units.filter(({ count }) => count > 0).map(({ key, count }) => t(key, { count }));
  if (said.length === 0) return t('duration.moment');
  return listFormat(t.language, { type: 'unit', style: 'long' }).format(said);
}
