import { defineAction } from 'astro:actions';
import { editSite } from '#src/domain/site/commands.ts';
import { siteForm } from '#src/domain/site/input.ts';
import { asStaff } from './as-staff.ts';

export const site = {
  edit: defineAction({
    accept: 'form',
    input: siteForm,
    handler: asStaff('owner', async (input, { app, staff, now }) => {
      await editSite(app.db, staff, input, now);
      return { saved: true };
    }),
  }),
};
