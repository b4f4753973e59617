import type { ComponentStatus } from '#src/domain/components/rules.ts';
import {
  phaseTimes,
  type Impact,
  type IncidentStatus as OwnStatus,
  type Nature,
} from '#src/domain/incidents/rules.ts';
import { fullNames } from './components.ts';
import type {
  AffectedComponent,
  Component,
  Incident,
  IncidentStatus,
  MaintenanceStatus,
  ScheduledMaintenance,
  Update,
} from './types.ts';

/** What an update said of a component: its status before, and from then on. */
export type Affected = { componentId: string; before: ComponentStatus; after: ComponentStatus };

/** A dated entry of a timeline. */
export type Told<Status> = {
  id: string;
  status: Status;
  /** Plain text. */
  body: string;
  displayAt: Date;
  /** Later than `displayAt` when it was corrected since. */
  changedAt: Date;
  affected: readonly Affected[];
  /** False for what was added afterwards: nobody was written to. */
  notified: boolean;
};

export type ToldIncident = {
  id: string;
  slug: string;
  title: string;
  nature: Nature;
  impact: Impact;
  startedAt: Date;
  /** When anything about it last changed. */
  updatedAt: Date;
  /** In any order; never empty. */
  updates: readonly Told<OwnStatus>[];
};

export type ToldMaintenance = {
  id: string;
  slug: string;
  title: string;
  scheduledFor: Date;
  scheduledUntil: Date;
  /** When it really began. */
  startedAt: Date | null;
  updatedAt: Date;
  /** What is worked on, whether or not an update has said so. */
  componentIds: readonly string[];
  /** In any order; never empty. */
  updates: readonly Told<MaintenanceStatus>[];
};

/** `components`: also those that were taken out of view since. */
export type EventPlace = { pageId: string; publicUrl: string; components: readonly Component[] };

/** A leak is contained and then closed; readers of this API know neither word. */
const STATUSES: Readonly<Record<OwnStatus, IncidentStatus>> = {
  investigating: 'investigating',
  identified: 'identified',
  monitoring: 'monitoring',
  resolved: 'resolved',
  postmortem: 'postmortem',
  contained: 'monitoring',
  closed: 'resolved',
};

export function apiIncident(incident: ToldIncident, place: EventPlace): Incident {
  const updates = newestFirst(incident.updates).map((update) => ({
    ...update,
    status: STATUSES[update.status],
  }));
  return event(
    incident,
    updates,
    {
      impact: incident.impact,
      shortlink: `${place.publicUrl}/incidents/${incident.slug}`,
      startedAt: incident.startedAt,
      ...phaseTimes(updates),
      componentIds: [],
    },
    place,
  );
}

export function apiMaintenance(maintenance: ToldMaintenance, place: EventPlace): ScheduledMaintenance {
  const { slug, scheduledFor, scheduledUntil, startedAt, componentIds } = maintenance;
  const updates = newestFirst(maintenance.updates);
  return {
    ...event(
      maintenance,
      updates,
      {
        impact: 'maintenance' as const,
        shortlink: `${place.publicUrl}/maintenance/${slug}`,
        startedAt: startedAt ?? scheduledFor,
        monitoringAt: null,
        endedAt: updates.findLast(({ status }) => status === 'completed')?.displayAt ?? null,
        componentIds,
      },
      place,
    ),
    scheduled_for: scheduledFor.toISOString(),
    scheduled_until: scheduledUntil.toISOString(),
  };
}

type Its<How> = {
  impact: How;
  shortlink: string;
  startedAt: Date;
  monitoringAt: Date | null;
  endedAt: Date | null;
  componentIds: readonly string[];
};

function newestFirst<Status>(told: readonly Told<Status>[]): Told<Status>[] {
  return told.toSorted((a, b) => b.displayAt.getTime() - a.displayAt.getTime() || (a.id < b.id ? 1 : -1));
}

/** `told`: the newest first. */
function event<Status extends IncidentStatus | MaintenanceStatus, How>(
  { id, title, updatedAt }: { id: string; title: string; updatedAt: Date },
  told: readonly Told<Status>[],
  { impact, shortlink, startedAt, monitoringAt, endedAt, componentIds }: Its<How>,
  { pageId, components }: EventPlace,
) {
  const named = new Set([
    ...componentIds,
    ...told.flatMap(({ affected }) => affected.map(({ componentId }) => componentId)),
  ]);
  const created = told.at(-1)?.displayAt ?? startedAt;
  const changes = [created, updatedAt, ...told.map(({ changedAt }) => changedAt)];
  const changed = Math.max(...changes.map((at) => at.getTime()));
  return {
    id,
    name: title,
    status: told[0]?.status as Status,
    created_at: created.toISOString(),
    updated_at: new Date(changed).toISOString(),
    monitoring_at: monitoringAt?.toISOString() ?? null,
    resolved_at: endedAt?.toISOString() ?? null,
    impact,
    shortlink,
    started_at: startedAt.toISOString(),
    page_id: pageId,
    incident_updates: told.map((update) => apiUpdate(update, id, components)),
    components: components.filter((component) => named.has(component.id)),
  };
}

function apiUpdate<Status>(
  { id, status, body, displayAt, changedAt, affected, notified }: Told<Status>,
  incidentId: string,
  components: readonly Component[],
): Update<Status> {
  const names = fullNames(components);
  const known = affected.flatMap(({ componentId, before, after }): AffectedComponent[] => {
    const name = names.get(componentId);
    return name === undefined ? [] : [{ code: componentId, name, old_status: before, new_status: after }];
  });
  return {
    id,
    status,
    body,
    incident_id: incidentId,
    created_at: displayAt.toISOString(),
    updated_at: changedAt.toISOString(),
    display_at: displayAt.toISOString(),
    affected_components: known.length > 0 ? known : null,
    deliver_notifications: notified,
    custom_tweet: null,
    tweet_id: null,
  };
}
