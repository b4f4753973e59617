import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { componentStatuses } from '#src/domain/components/rules.ts';
import { subjectId as incidentId } from '#src/domain/form-fields.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import {
  discardIncident,
  editIncident,
  openIncident,
  postIncidentUpdate,
} from '#src/domain/incidents/commands.ts';
import { correctIncident, correctIncidentUpdate } from '#src/domain/incidents/correction-commands.ts';
import {
  backfillForm,
  correctIncidentForm,
  correctUpdateForm,
  editIncidentForm,
  incidentUpdateForm,
  openIncidentForm,
  postmortemForm,
  redactPostmortemForm,
  redactUpdateForm,
  relateForm,
} from '#src/domain/incidents/input.ts';
import { publishPostmortem, savePostmortem } from '#src/domain/incidents/postmortem-commands.ts';
import { getIncident } from '#src/domain/incidents/queries.ts';
import { redactPostmortem, redactUpdateCorrection } from '#src/domain/incidents/redaction.ts';
import { relateIncidents } from '#src/domain/incidents/relation-commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { formatLocalMoment } from '#src/text/dates.ts';
import { asStaff } from './as-staff.ts';
import { backfilledUpdates } from './backfilled-updates.ts';
import { momentFrom } from './local-times.ts';

const chosenStatuses = z.array(
  z
    .string()
    .transform((choice) => choice.split(':'))
    .pipe(z.tuple([z.string(), z.enum(componentStatuses)]))
    .transform(([componentId, status]) => ({ componentId, status })),
);

export const incidents = {
  open: defineAction({
    accept: 'form',
    input: openIncidentForm,
    handler: asStaff('editor', async ({ startedAt, ...input }, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const started = startedAt === '' ? now : momentFrom('startedAt', startedAt, timeZone);
      return openIncident(app.db, staff, { ...input, startedAt: started }, now);
    }),
  }),
  edit: defineAction({
    accept: 'form',
    input: editIncidentForm,
    handler: asStaff('editor', async ({ startedAt, ...input }, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const started = startedAt === '' ? now : momentFrom('startedAt', startedAt, timeZone);
      await editIncident(app.db, staff, { ...input, startedAt: started }, now);
      return { incidentId: input.incidentId };
    }),
  }),
  discard: defineAction({
    accept: 'form',
    input: z.object({ incidentId }),
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await discardIncident(app.db, staff, input, now);
      return { discarded: true };
    }),
  }),
  backfill: defineAction({
    accept: 'form',
    input: backfillForm,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const { title, nature, impact } = input;
      const startedAt = momentFrom('startedAt', input.startedAt, timeZone);
      const updates = backfilledUpdates(input, timeZone);
      return backfillIncident(app.db, staff, { title, nature, impact, startedAt, updates }, now);
    }),
  }),
  postUpdate: defineAction({
    accept: 'form',
    input: incidentUpdateForm,
    handler: asStaff('editor', async ({ components, ...input }, { app, staff, now }) => {
      const componentStatuses = chosenStatuses.parse(components.filter(Boolean));
      await postIncidentUpdate(app.db, staff, { ...input, componentStatuses }, now);
      return { incidentId: input.incidentId };
    }),
  }),
  correctUpdate: defineAction({
    accept: 'form',
    input: correctUpdateForm,
    handler: asStaff('editor', (input, { app, staff, now }) =>
      correctIncidentUpdate(app.db, staff, input, now),
    ),
  }),
  redactUpdate: defineAction({
    accept: 'form',
    input: redactUpdateForm,
    handler: asStaff('owner', (input, { app, staff, now }) =>
      redactUpdateCorrection(app.db, staff, input, now),
    ),
  }),
  redactPostmortem: defineAction({
    accept: 'form',
    input: redactPostmortemForm,
    handler: asStaff('owner', async (input, { app, staff, now }) => {
      await redactPostmortem(app.db, staff, input, now);
      return { incidentId: input.incidentId };
    }),
  }),
  correct: defineAction({
    accept: 'form',
    input: correctIncidentForm,
    handler: asStaff('editor', async ({ startedAt, ...input }, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      // The field has no seconds: what was not changed stays to the second.
      const incident = await getIncident(app.db, input.incidentId);
      const shown = formatLocalMoment(incident.startedAt, timeZone);
      const started = startedAt === shown ? incident.startedAt : momentFrom('startedAt', startedAt, timeZone);
      await correctIncident(app.db, staff, { ...input, startedAt: started }, now);
      return { incidentId: input.incidentId };
    }),
  }),
  relate: defineAction({
    accept: 'form',
    input: relateForm,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await relateIncidents(app.db, staff, input, now);
      return { incidentId: input.incidentId };
    }),
  }),
  savePostmortem: defineAction({
    accept: 'form',
    input: postmortemForm,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      const { incidentId: id, version, changeSummary, ...text } = input;
      return savePostmortem(app.db, staff, { incidentId: id, version, changeSummary, text }, now);
    }),
  }),
  publishPostmortem: defineAction({
    accept: 'form',
    input: z.object({ incidentId, version: z.coerce.number().int().min(1) }),
    handler: asStaff('approver', (input, { app, staff, now }) => {
      const { publicUrl } = app.settings;
      return publishPostmortem(app.db, staff, { ...input, publicUrl }, now);
    }),
  }),
};
