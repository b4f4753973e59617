import { z } from 'zod';

/** The documents of Statuspage's public API, v2, as a strict client reads them: every key, in this order, and no other. */
const id = z.string().regex(/^[a-z0-9]{12}$/);
const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const plainText = z.string().refine((text) => !/<\/?[a-z]+[^>]*>|\*\*/.test(text), 'is plain text');
const componentStatus = z.enum([
  'operational',
  'degraded_performance',
  'partial_outage',
  'major_outage',
  'under_maintenance',
]);

const page = z.strictObject({
  id,
  name: z.string().min(1),
  url: z.url(),
  time_zone: z.string().refine((zone) => new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined),
  updated_at: moment,
});

const status = z.union(
  (
    [
      ['none', 'All Systems Operational'],
      ['minor', 'Partially Degraded Service'],
      ['minor', 'Degraded System Service'],
      ['minor', 'Minor Service Outage'],
      ['major', 'Partial System Outage'],
      ['critical', 'Major System Outage'],
      ['maintenance', 'Service Under Maintenance'],
    ] as const
  ).map(([indicator, description]) =>
    z.strictObject({ indicator: z.literal(indicator), description: z.literal(description) }),
  ),
);

const componentKeys = {
  id,
  name: z.string().min(1),
  status: componentStatus,
  created_at: moment,
  updated_at: moment,
  position: z.int().min(1),
  description: z.string().nullable(),
  showcase: z.boolean(),
  start_date: z.iso.date().nullable(),
  group_id: id.nullable(),
  page_id: id,
  group: z.literal(false),
  only_show_if_degraded: z.boolean(),
};
const component = z.union([
  z.strictObject(componentKeys),
  z.strictObject({
    ...componentKeys,
    group: z.literal(true),
    group_id: z.null(),
    start_date: z.null(),
    components: z.array(id),
  }),
]);

const update = <Status extends z.ZodType>(state: Status) =>
  z.strictObject({
    id,
    status: state,
    body: plainText,
    incident_id: id,
    created_at: moment,
    updated_at: moment,
    display_at: moment,
    affected_components: z
      .array(
        z.strictObject({
          code: id,
          name: z.string().min(1),
          old_status: componentStatus,
          new_status: componentStatus,
        }),
      )
      .min(1)
      .nullable(),
    deliver_notifications: z.boolean(),
    custom_tweet: z.null(),
    tweet_id: z.null(),
  });

const eventKeys = <Status extends z.ZodType, How extends z.ZodType>(state: Status, how: How) => ({
  id,
  name: z.string().min(1),
  status: state,
  created_at: moment,
  updated_at: moment,
  monitoring_at: moment.nullable(),
  resolved_at: moment.nullable(),
  impact: how,
  shortlink: z.url(),
  started_at: moment,
  page_id: id,
  incident_updates: z.array(update(state)).min(1),
  components: z.array(component),
});
const incident = z.strictObject(
  eventKeys(
    z.enum(['investigating', 'identified', 'monitoring', 'resolved', 'postmortem']),
    z.enum(['none', 'minor', 'major', 'critical']),
  ),
);
const maintenance = z.strictObject({
  ...eventKeys(z.enum(['scheduled', 'in_progress', 'verifying', 'completed']), z.literal('maintenance')),
  scheduled_for: moment,
  scheduled_until: moment,
});

const components = z.array(component);
const incidents = z.array(incident);
const scheduled_maintenances = z.array(maintenance);

export const statuspageDocuments = {
  'summary.json': z.strictObject({ page, components, incidents, scheduled_maintenances, status }),
  'status.json': z.strictObject({ page, status }),
  'components.json': z.strictObject({ page, components }),
  'incidents.json': z.strictObject({ page, incidents: incidents.max(50) }),
  'incidents/unresolved.json': z.strictObject({ page, incidents }),
  'scheduled-maintenances.json': z.strictObject({
    page,
    scheduled_maintenances: scheduled_maintenances.max(50),
  }),
  'scheduled-maintenances/upcoming.json': z.strictObject({ page, scheduled_maintenances }),
  'scheduled-maintenances/active.json': z.strictObject({ page, scheduled_maintenances }),
} as const;

export type StatuspagePath = keyof typeof statuspageDocuments;
export const statuspagePaths = Object.keys(statuspageDocuments) as StatuspagePath[];

/** What is wrong with a document, its keys' order included; empty when nothing is. */
export function problemsOf(path: StatuspagePath, document: unknown): string[] {
  const schema = statuspageDocuments[path];
  const parsed = schema.safeParse(document);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  // A strict object is parsed into the order of its schema.
  return JSON.stringify(parsed.data) === JSON.stringify(document) ? [] : ['Its keys are in another order.'];
}
