import { z } from 'zod';
import type { ComponentStatus } from '../components/rules.ts';
import { optionalText, requiredText, subjectId } from '../form-fields.ts';
import {
  impacts,
  incidentStatuses,
  natures,
  type Impact,
  type IncidentStatus,
  type Nature,
} from './rules.ts';

export const openIncidentForm = z.object({
  title: requiredText(140, 'Give it a title.'),
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
