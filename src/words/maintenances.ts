import type { MaintenanceWords, Period } from '#src/domain/maintenances/words.ts';
import type { Translate } from '#src/messages/messages.ts';
import { listFormat } from '#src/text/formats.ts';
import { formatMoment } from '#src/text/dates.ts';

/** What timelines and reminders say by themselves, in the language of `t`: give that of the site. */
export function maintenanceWords(t: Translate): MaintenanceWords {
  const told = ({ from, until, timeZone }: Period) => ({
    from: formatMoment(from, timeZone, t.language).text,
    until: formatMoment(until, timeZone, t.language).text,
  });
  return {
    started: t('maintenance.word.started'),
    verifying: t('maintenance.word.verifying'),
    completed: t('maintenance.word.completed'),
    edited: t('maintenance.word.edited'),
    dropped: t('maintenance.word.dropped'),
    moved: (period) => t('maintenance.word.moved', told(period)),
    extended: (period) => t('maintenance.word.extended', told(period)),
    reminder: (title) => t('maintenance.word.reminder', { title }),
    planned: (period, components) => {
      const when = t('maintenance.word.planned', told(period));
      if (components.length === 0) return when;
      const listed = listFormat(t.language, {}).format(components);
      return `${when} ${t('maintenance.word.concerns', { components: listed })}`;
    },
  };
}
