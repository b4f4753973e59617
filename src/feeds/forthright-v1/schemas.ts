import { z } from 'zod';
import { componentStatuses } from '#src/domain/components/rules.ts';
import { impacts, incidentStatuses, natures, relationKinds } from '#src/domain/incidents/rules.ts';
import { statementKinds } from '#src/domain/statements/rules.ts';

const id = z.string().regex(/^[a-z0-9]{12}$/);
const moment = z.iso.datetime({ precision: 3 }).describe('ISO 8601, in UTC');
const day = z.iso.date().describe("A day in the site's time zone");
const markdown = z.string().describe('Markdown (CommonMark with tables)');
const language = z.string().describe('BCP 47');
const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256, hex');
const share = z.number().min(0).max(1);
const status = z.enum(componentStatuses);

/** Every answer names the site and says when anything in it last changed. */
const answer = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({ site: z.strictObject({ id, name: z.string(), url: z.url() }), ...shape });

export const site = answer({
  legal_entity: z.string(),
  contact_email: z.string(),
  press_contact: z.string(),
  security_contact: z.string(),
  time_zone: z.string().describe('IANA name'),
  language,
  other_languages: z.array(language),
});

export const currentStatus = answer({
  indicator: z
    .enum(['none', 'minor', 'major', 'critical', 'maintenance'])
    .describe('Of the service: a leak does not enter'),
  description: z.string(),
  headline: z
    .array(
      z.strictObject({
        tone: z.enum(['none', 'minor', 'major', 'critical', 'maintenance', 'data']),
        text: z.string(),
      }),
    )
    .describe('As the page says it, what matters most first'),
  open_service_incidents: z.int().min(0),
  open_data_incidents: z.int().min(0),
  maintenances_in_progress: z.int().min(0),
});

const component = z.strictObject({
  id,
  name: z.string(),
  full_name: z.string().describe('With the groups it stands in'),
  description: z.string().nullable(),
  group_id: id.nullable(),
  is_group: z.boolean(),
  status,
  since: moment.nullable().describe("When it took this status; a group's is null"),
  uptime_90_days: share
    .nullable()
    .describe(
      'A second of major outage is a second down, one of partial outage half a second; maintenance is not counted',
    ),
  days: z
    .array(z.strictObject({ day, uptime: share.nullable(), worst: status.nullable() }))
    .max(90)
    .describe('Oldest first; empty where it is shown without a history'),
});
export const components = answer({ components: z.array(component).max(500) });

const precision = z.enum(['exact', 'estimated', 'range']);
const clockTime = z.strictObject({
  at: moment,
  until: moment.nullable().describe('Of a stretch of time; null otherwise'),
  precision,
});
const nextUpdate = clockTime.extend({
  missed_at: moment.nullable().describe('When it was found that nothing had come in time'),
});

const incidentUpdate = z.strictObject({
  id,
  status: z.enum(incidentStatuses),
  body: markdown,
  at: moment,
  corrected_at: moment.nullable(),
  components: z.array(z.strictObject({ id, name: z.string(), before: status, after: status })),
});
const incidentShape = {
  id,
  slug: z.string(),
  url: z.url(),
  title: z.string(),
  nature: z.enum(natures).describe('A data incident leaves the components as they are'),
  impact: z.enum(impacts),
  status: z.enum(incidentStatuses),
  started_at: moment,
  ended_at: moment.nullable(),
  published_at: moment,
  updated_at: moment,
};
const incident = z.strictObject(incidentShape);
export const incidents = answer({ incidents: z.array(incident).max(100) });
export const incidentInFull = answer({
  incident: z.strictObject({
    ...incidentShape,
    next_update: nextUpdate.nullable().describe('What readers were promised and still wait for'),
    updates: z.array(incidentUpdate).max(200).describe('Newest first'),
    relations: z.array(
      z.strictObject({
        said: z.enum([...relationKinds, 'caused', 'has_part']),
        reason: z.string(),
        slug: z.string(),
        title: z.string(),
        url: z.url(),
      }),
    ),
  }),
});

const maintenanceStatus = z.enum(['scheduled', 'in_progress', 'verifying', 'completed', 'cancelled']);
const maintenance = z.strictObject({
  id,
  slug: z.string(),
  url: z.url(),
  title: z.string(),
  description: markdown,
  status: maintenanceStatus,
  scheduled_for: moment,
  scheduled_until: moment,
  started_at: moment.nullable(),
  ended_at: moment.nullable(),
  updated_at: moment,
  component_ids: z.array(id),
  updates: z.array(z.strictObject({ id, status: maintenanceStatus, body: markdown, at: moment })).max(200),
});
export const maintenances = answer({ maintenances: z.array(maintenance).max(150) });

const author = z.strictObject({ name: z.string(), title: z.string() });
const state = z.enum(['published', 'corrected', 'withdrawn']);
const statementShape = {
  id,
  slug: z.string(),
  url: z.url(),
  text_url: z.url().describe('The canonical text, of which the hash is'),
  kind: z.enum(statementKinds),
  state,
  title: z.string(),
  summary: z.string().describe('Empty once it is withdrawn'),
  author,
  published_at: moment,
  changed_at: moment,
};
const statement = z.strictObject({ ...statementShape, incident_id: id });
const told = {
  involved: z.string().describe('What information, in a line'),
  not_involved: z.string(),
  times: z.strictObject({
    occurred: clockTime.nullable(),
    aware: clockTime.nullable(),
    contained: clockTime.nullable(),
    next_update: nextUpdate.nullable(),
  }),
  figures: z.array(
    z.strictObject({
      of: z.enum(['people', 'records']),
      from: z.number().min(0),
      to: z.number().nullable().describe('Of a range; null otherwise'),
      precision,
      as_of: moment.nullable(),
      detail: z.string(),
      supersedes: z.string().describe('The earlier number that this one takes the place of; or empty'),
    }),
  ),
  actions: z
    .array(z.strictObject({ on: z.iso.date().nullable(), text: z.string() }))
    .describe('What was done and is being done'),
  steps: z
    .array(z.strictObject({ what: z.string(), why: z.string(), urgency: z.enum(['now', 'soon', 'later']) }))
    .describe('What readers can do, in this order'),
};
export const statements = answer({ statements: z.array(statement).max(100) });
export const statementInFull = answer({
  statement: z.strictObject({
    ...statementShape,
    language,
    incident: z.strictObject({
      id,
      slug: z.string(),
      title: z.string(),
      nature: z.enum(natures),
      url: z.url(),
    }),
    text: z
      .string()
      .describe('What holds now, as at text_url. Once it is withdrawn, what follows from it is empty'),
    hash,
    ...told,
    revisions: z
      .array(
        z.strictObject({
          number: z.int().min(1),
          state,
          change_summary: z.string(),
          published_at: moment,
          hash,
          previous_hash: hash.nullable(),
          redacted: z.boolean().describe('Its text was taken out: the hash is of what stood there'),
          url: z.url(),
          text_url: z.url(),
        }),
      )
      .max(200)
      .describe('Newest first'),
  }),
});

const faq = z.strictObject({
  id,
  category: z.string(),
  question: z.string(),
  answer: markdown,
  under_review: z.boolean(),
  reviewed_at: moment,
  incident_slug: z.string().nullable(),
});
export const faqs = answer({ faqs: z.array(faq).max(500) });

const notice = z.strictObject({
  id,
  slug: z.string(),
  url: z.url(),
  title: z.string(),
  state,
  body: markdown.describe('Markdown (CommonMark with tables); empty once it is withdrawn'),
  reason: z.string().describe('Why it was corrected or withdrawn; empty otherwise'),
  effective_at: moment,
  published_at: moment,
  changed_at: moment,
});
export const notices = answer({ notices: z.array(notice).max(100) });

export const refusal = z.strictObject({ code: z.string(), message: z.string() });

export type Answer<Schema extends z.ZodType> = z.infer<Schema>;
