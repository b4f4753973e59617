import type { ComponentStatus, ServiceState } from '#src/domain/components/rules.ts';
import type { Impact } from '#src/domain/incidents/rules.ts';

/** The documents of Statuspage's public API, v2, key for key: strict clients refuse any other. Times are ISO 8601 in UTC. */
export type Page = { id: string; name: string; url: string; time_zone: string; updated_at: string };

export type Component = {
  id: string;
  name: string;
  status: ComponentStatus;
  created_at: string;
  updated_at: string;
  position: number;
  description: string | null;
  showcase: boolean;
  start_date: string | null;
  group_id: string | null;
  page_id: string;
  group: boolean;
  only_show_if_degraded: boolean;
  /** Of a group alone: the ids of its children. */
  components?: string[];
};

export type AffectedComponent = {
  code: string;
  name: string;
  old_status: ComponentStatus;
  new_status: ComponentStatus;
};

export type IncidentStatus = 'investigating' | 'identified' | 'monitoring' | 'resolved' | 'postmortem';
export type MaintenanceStatus = 'scheduled' | 'in_progress' | 'verifying' | 'completed';

export type Update<Status> = {
  id: string;
  status: Status;
  body: string;
  incident_id: string;
  created_at: string;
  updated_at: string;
  display_at: string;
  affected_components: AffectedComponent[] | null;
  deliver_notifications: boolean;
  custom_tweet: null;
  tweet_id: null;
};

type Event<Status, How> = {
  id: string;
  name: string;
  status: Status;
  created_at: string;
  updated_at: string;
  monitoring_at: string | null;
  resolved_at: string | null;
  impact: How;
  shortlink: string;
  started_at: string;
  page_id: string;
  incident_updates: Update<Status>[];
  components: Component[];
};

export type Incident = Event<IncidentStatus, Impact>;
export type ScheduledMaintenance = Event<MaintenanceStatus, 'maintenance'> & {
  scheduled_for: string;
  scheduled_until: string;
};

export type StatusDocument = { page: Page; status: ServiceState };
export type ComponentsDocument = { page: Page; components: Component[] };
export type IncidentsDocument = { page: Page; incidents: Incident[] };
export type MaintenancesDocument = { page: Page; scheduled_maintenances: ScheduledMaintenance[] };
export type SummaryDocument = {
  page: Page;
  components: Component[];
  incidents: Incident[];
  scheduled_maintenances: ScheduledMaintenance[];
  status: ServiceState;
};
