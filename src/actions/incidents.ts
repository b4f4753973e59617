import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { componentStatuses } from '#src/domain/components/rules.ts';
import { editIncident, openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { editIncidentForm, incidentUpdateForm, openIncidentForm } from '#src/domain/incidents/input.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { asStaff } from './as-staff.ts';
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
  postUpdate: defineAction({
    accept: 'form',
    input: incidentUpdateForm,
    handler: asStaff('editor', async ({ components, ...input }, { app, staff, now }) => {
      const componentStatuses = chosenStatuses.parse(components.filter(Boolean));
      await postIncidentUpdate(app.db, staff, { ...input, componentStatuses }, now);
      return { incidentId: input.incidentId };
    }),
  }),
};
