import ical, {
  ICalCalendarMethod,
  ICalEventStatus,
  ICalEventTransparency,
  type ICalEventData,
} from 'ical-generator';
import type { MaintenanceInFull } from '#src/domain/maintenances/queries.ts';
import { concernedNames } from '#src/domain/maintenances/rules.ts';
import type { Site } from '#src/domain/site/queries.ts';
import type { Translate } from '#src/messages/messages.ts';
import { listFormat } from '#src/text/formats.ts';
import { urnOf } from '#src/text/ids.ts';
import { markdownToText } from '#src/text/markdown.ts';

export type MaintenanceCalendar = {
  site: Site;
  publicUrl: string;
  /** What the paths of this calendar's language begin with. */
  prefix: string;
  maintenances: readonly MaintenanceInFull[];
  /** By id. */
  componentNames: ReadonlyMap<string, string>;
  t: Translate;
};

const REFRESH_SECONDS = 3600;

/**
 * Planned maintenance as a calendar (RFC 5545, 7986). An event keeps its UID whatever becomes of it, and on whatever host; its
 * SEQUENCE rises with every change, and DTSTAMP is the time of the newest one.
 */
export function maintenanceCalendar(calendar: MaintenanceCalendar): string {
  const { site, publicUrl, prefix, maintenances, t } = calendar;
  const name = t('maintenance.feed', { site: site.name });
  return ical({
    name,
    description: name,
    prodId: { company: 'Forthright', product: 'Maintenance', language: t.language.toUpperCase() },
    method: ICalCalendarMethod.PUBLISH,
    ttl: REFRESH_SECONDS,
    url: `${publicUrl}${prefix}/maintenance`,
    events: maintenances.map((maintenance) => eventOf(maintenance, calendar)),
  }).toString();
}

function eventOf(
  maintenance: MaintenanceInFull,
  { publicUrl, prefix, componentNames, t }: MaintenanceCalendar,
): ICalEventData {
  const { id, slug, title, state, scheduledFor, scheduledUntil, sequence, updatedAt } = maintenance;
  const url = `${publicUrl}${prefix}/maintenance/${slug}`;
  const names = concernedNames(maintenance.componentIds, componentNames);
  const listed = listFormat(t.language, {}).format(names);
  const reason = state === 'cancelled' ? maintenance.updates[0]?.body : undefined;
  const description = [
    reason && `${t('maintenance.isCancelled')} ${markdownToText(reason).trim()}`,
    markdownToText(maintenance.description).trim(),
    names.length > 0 && t('maintenance.word.concerns', { components: listed }),
    url,
  ];
  return {
    id: urnOf(`maintenance:${id}`),
    start: scheduledFor,
    end: scheduledUntil,
    stamp: updatedAt,
    created: maintenance.publishedAt,
    lastModified: updatedAt,
    sequence,
    summary: title,
    description: description.filter(Boolean).join('\n\n'),
    url,
    status: state === 'cancelled' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    // It is something to know about, not an hour that is taken.
    transparency: ICalEventTransparency.TRANSPARENT,
    categories: [{ name: t('maintenance.category') }],
  };
}
