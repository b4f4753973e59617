import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { draftNotice, editNotice, publishNotice } from '#src/domain/notices/commands.ts';
import { noticeForm } from '#src/domain/notices/input.ts';
import { subjectId as noticeId, ticked } from '#src/domain/form-fields.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { asStaff } from './as-staff.ts';
import { momentFrom } from './local-times.ts';

export const notices = {
  draft: defineAction({
    accept: 'form',
    input: noticeForm,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const effectiveAt = momentFrom('effectiveAt', input.effectiveAt, timeZone);
      return draftNotice(app.db, staff, { ...input, effectiveAt }, now);
    }),
  }),
  edit: defineAction({
    accept: 'form',
    input: noticeForm.extend({ noticeId }),
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const effectiveAt = momentFrom('effectiveAt', input.effectiveAt, timeZone);
      await editNotice(app.db, staff, { ...input, effectiveAt }, now);
      return { noticeId: input.noticeId };
    }),
  }),
  publish: defineAction({
    accept: 'form',
    input: z.object({ noticeId, draftBroadcast: ticked }),
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      const { publicUrl } = app.settings;
      await publishNotice(app.db, staff, { ...input, publicUrl }, now);
      return { noticeId: input.noticeId };
    }),
  }),
};
