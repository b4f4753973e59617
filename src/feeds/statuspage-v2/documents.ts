import type { Component as Part } from '#src/domain/components/queries.ts';
import { statusesOf } from '#src/domain/components/queries.ts';
import { serviceState, type ServiceState } from '#src/domain/components/rules.ts';
import { endedStatuses } from '#src/domain/incidents/rules.ts';
import { activeStates } from '#src/domain/maintenances/rules.ts';
import { apiComponents } from './components.ts';
import {
  apiIncident,
  apiMaintenance,
  type EventPlace,
  type ToldIncident,
  type ToldMaintenance,
} from './events.ts';
import type * as Api from './types.ts';

/** What the documents are made of: the newest incidents and maintenances in any state, and everything that is open. */
export type StatusPage = {
  id: string;
  name: string;
  publicUrl: string;
  timeZone: string;
  /** Of the newest change to anything in it. */
  changedAt: Date;
  components: readonly Part[];
  /** Those out of view, which what was told of them still names. */
  retired: readonly Part[];
  incidents: readonly ToldIncident[];
  maintenances: readonly ToldMaintenance[];
};

const NEWEST = 50;

/** Components, what is open, and the roll-up. */
export function summaryDocument(status: StatusPage): Api.SummaryDocument {
  return {
    page: page(status),
    components: components(status),
    incidents: unresolved(status),
    scheduled_maintenances: maintenances(status).filter((each) => each.status !== 'completed'),
    status: rollUp(status),
  };
}

export function statusDocument(status: StatusPage): Api.StatusDocument {
  return { page: page(status), status: rollUp(status) };
}

/** Without the roll-up: clients tell it from the summary by that. */
export function componentsDocument(status: StatusPage): Api.ComponentsDocument {
  return { page: page(status), components: components(status) };
}

export function incidentsDocument(status: StatusPage): Api.IncidentsDocument {
  return { page: page(status), incidents: incidents(status).slice(0, NEWEST) };
}

export function unresolvedDocument(status: StatusPage): Api.IncidentsDocument {
  return { page: page(status), incidents: unresolved(status) };
}

export function maintenancesDocument(status: StatusPage): Api.MaintenancesDocument {
  return { page: page(status), scheduled_maintenances: maintenances(status).slice(0, NEWEST) };
}

export function upcomingDocument(status: StatusPage): Api.MaintenancesDocument {
  const upcoming = maintenances(status).filter((each) => each.status === 'scheduled');
  return { page: page(status), scheduled_maintenances: upcoming };
}

export function activeDocument(status: StatusPage): Api.MaintenancesDocument {
  const active = maintenances(status).filter((each) => ['in_progress', 'verifying'].includes(each.status));
  return { page: page(status), scheduled_maintenances: active };
}

function page({ id, name, publicUrl, timeZone, changedAt }: StatusPage): Api.Page {
  return { id, name, url: publicUrl, time_zone: timeZone, updated_at: changedAt.toISOString() };
}

function components({ id, timeZone, components: parts }: StatusPage): Api.Component[] {
  return apiComponents(parts, { pageId: id, timeZone });
}

function place(status: StatusPage): EventPlace {
  const { id, publicUrl, timeZone, components: parts, retired } = status;
  const gone = new Set(retired.map((part) => part.id));
  const outOfView = apiComponents([...parts, ...retired], { pageId: id, timeZone }).filter((each) =>
    gone.has(each.id),
  );
  return { pageId: id, publicUrl, components: [...components(status), ...outOfView] };
}

type Events = { incidents: readonly Api.Incident[]; maintenances: readonly Api.ScheduledMaintenance[] };

const events = new WeakMap<StatusPage, Events>();

/** Of one page once: most documents are cut from the same. */
function eventsOf(status: StatusPage): Events {
  const known = events.get(status);
  if (known) return known;
  const where = place(status);
  const made = {
    incidents: status.incidents.map((incident) => apiIncident(incident, where)).sort(newestFirst),
    maintenances: status.maintenances.map((each) => apiMaintenance(each, where)).sort(newestFirst),
  };
  events.set(status, made);
  return made;
}

function incidents(status: StatusPage): Api.Incident[] {
  return [...eventsOf(status).incidents];
}

function unresolved(status: StatusPage): Api.Incident[] {
  return incidents(status).filter((each) => each.status !== 'resolved' && each.status !== 'postmortem');
}

function maintenances(status: StatusPage): Api.ScheduledMaintenance[] {
  return [...eventsOf(status).maintenances];
}

function newestFirst(a: Api.Incident | Api.ScheduledMaintenance, b: Api.Incident | Api.ScheduledMaintenance) {
  if (a.created_at !== b.created_at) return a.created_at < b.created_at ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

/** What the page's headline says of the service: a leak does not enter, and work in progress does. */
function rollUp({ components: parts, incidents: told, maintenances: planned }: StatusPage): ServiceState {
  const ended: readonly string[] = endedStatuses;
  const open = told.filter(({ updates }) => !ended.includes(newest(updates)?.status ?? ''));
  const active: readonly string[] = activeStates;
  const inProgress = planned.filter(({ updates }) => active.includes(newest(updates)?.status ?? ''));
  return serviceState(statusesOf(parts), open, inProgress.length);
}

function newest<T extends { displayAt: Date }>(updates: readonly T[]): T | undefined {
  return updates.reduce<T | undefined>(
    (last, each) => (last && last.displayAt >= each.displayAt ? last : each),
    undefined,
  );
}
