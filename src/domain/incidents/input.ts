import { z } from 'zod';
import type { ComponentStatus } from '../components/rules.ts';
import { optionalText, requiredLine, requiredText, subjectId } from '../form-fields.ts';
import type { PostmortemText } from './postmortems.ts';
import {
  impacts,
  incidentStatuses,
  natures,
  relationKinds,
  type Impact,
  type IncidentStatus,
  type Nature,
  type RelationKind,
} from './rules.ts';

export const openIncidentForm = z.object({
  title: requiredLine(140, 'Give it a title.'),
  nature: z.enum(natures, 'Say whether the service or data is concerned.'),
  impact: z.enum(impacts),
  /** A wall-clock time of the site's zone; empty: now. */
  startedAt: optionalText(40),
});

export const editIncidentForm = openIncidentForm.extend({ incidentId: subjectId });

export const incidentUpdateForm = z.object({
  incidentId: subjectId,
  status: z.enum(incidentStatuses),
  body: requiredText(10_000, 'Write what readers need to know now.'),
  impact: z.enum(impacts).optional(),
  /** `ID:status` each; one that is not part of it is empty. */
  components: z.array(z.string().max(80)).max(500),
});

/** As many entries as the form has; an entry without text is none. The parts of an entry have the same place in each list. */
export const backfillForm = openIncidentForm.extend({
  startedAt: requiredText(40, 'Say when it began.'),
  status: z.array(z.string().max(40)).max(50),
  at: z.array(z.string().max(40)).max(50),
  body: z.array(z.string().max(10_000, 'Use 10,000 characters at most.')).max(50),
  /** `PLACE:ID:status` each; one that is not part of it is empty. */
  components: z.array(z.string().max(80)).max(5_000),
});

export const correctUpdateForm = z.object({
  updateId: subjectId,
  body: requiredText(10_000, 'Write it as it should read.'),
  reason: requiredText(500, 'Say what was wrong: it is shown with the correction.'),
});

export const correctIncidentForm = z.object({
  incidentId: subjectId,
  title: requiredLine(140, 'Give it a title.'),
  startedAt: requiredText(40, 'Say when it began.'),
  reason: requiredText(500, 'Say what was wrong: it is shown with the correction.'),
});

export const relateForm = z.object({
  incidentId: subjectId,
  otherId: requiredText(40, 'Choose the other incident.'),
  kind: z.enum(relationKinds, 'Say how they relate.'),
  reason: optionalText(500),
});

export const postmortemForm = z.object({
  incidentId: subjectId,
  version: z.coerce.number().int().min(0),
  summary: optionalText(500),
  whatHappened: optionalText(50_000),
  whyItHappened: optionalText(50_000),
  whatWeDid: optionalText(50_000),
  whatWeChange: optionalText(50_000),
  authorName: optionalText(120),
  authorTitle: optionalText(120),
  changeSummary: optionalText(500),
});

export type OpenIncident = {
  title: string;
  /** Made from the title when absent. */
  slug?: string;
  nature: Nature;
  impact: Impact;
  /** Now when absent. */
  startedAt?: Date;
};

export type EditIncident = {
  incidentId: string;
  title: string;
  nature: Nature;
  impact: Impact;
  startedAt: Date;
};

export type PostIncidentUpdate = {
  incidentId: string;
  status: IncidentStatus;
  /** Markdown. */
  body: string;
  /** Absent: as it was. */
  impact?: Impact | undefined;
  /** The components this update is about. Those left out keep their status. */
  componentStatuses?: readonly { componentId: string; status: ComponentStatus }[];
};

export type BackfillIncident = {
  title: string;
  slug?: string;
  nature: Nature;
  impact: Impact;
  startedAt: Date;
  /** In the order of their times. */
  updates: readonly {
    at: Date;
    status: IncidentStatus;
    /** Markdown. */
    body: string;
    impact?: Impact | undefined;
    componentStatuses?: readonly { componentId: string; status: ComponentStatus }[];
  }[];
};

const redactionReason = requiredText(1000, 'Write the reason down.');
const version = z.coerce.number('Choose a version.').int();
export const redactUpdateForm = z.object({ updateId: subjectId, number: version, reason: redactionReason });
export const redactPostmortemForm = z.object({
  incidentId: subjectId,
  number: version,
  reason: redactionReason,
});
export type RedactUpdate = z.infer<typeof redactUpdateForm>;
export type RedactPostmortem = z.infer<typeof redactPostmortemForm>;

export type CorrectIncidentUpdate = z.infer<typeof correctUpdateForm>;

export type CorrectIncident = { incidentId: string; title: string; startedAt: Date; reason: string };

export type RelateIncidents = {
  incidentId: string;
  otherId: string;
  kind: RelationKind;
  /** Needed for `unrelated`; else it may be empty. */
  reason: string;
};

export type SavePostmortem = {
  incidentId: string;
  /** The draft's version that was read; 0 where there was none. */
  version: number;
  text: PostmortemText;
  changeSummary: string;
};

export type PublishPostmortem = { incidentId: string; version: number; publicUrl: string };
