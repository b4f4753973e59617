import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { draftNotice, editNotice, publishNotice, withdrawNotice } from '#src/domain/notices/commands.ts';
import { noticeChange, noticeForm } from '#src/domain/notices/input.ts';
import { redactNotice } from '#src/domain/notices/redaction.ts';
import { subjectId as noticeId, ticked } from '#src/domain/form-fields.ts';
import { reason } from '#src/domain/statements/input.ts';
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
    input: noticeForm.extend({ noticeId, changeSummary: noticeChange }),
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
  withdraw: defineAction({
    accept: 'form',
    input: z.object({ noticeId, reason, draftBroadcast: ticked }),
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      const { publicUrl } = app.settings;
      await withdrawNotice(app.db, staff, { ...input, publicUrl }, now);
      return { noticeId: input.noticeId };
    }),
  }),
  redact: defineAction({
    accept: 'form',
    input: z.object({ noticeId, number: z.coerce.number('Choose a version.').int(), reason }),
    handler: asStaff('owner', async (input, { app, staff, now }) => {
      await redactNotice(app.db, staff, input, now);
      return { noticeId: input.noticeId };
    }),
  }),
};
