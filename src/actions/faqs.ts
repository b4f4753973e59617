import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { discardFaq, draftFaq, editFaq, publishFaq, unpublishFaq } from '#src/domain/faqs/commands.ts';
import { editFaqForm, faqForm, unpublishFaqForm } from '#src/domain/faqs/input.ts';
import { subjectId } from '#src/domain/form-fields.ts';
import { asStaff } from './as-staff.ts';

export const faqs = {
  draft: defineAction({
    accept: 'form',
    input: faqForm,
    handler: asStaff('editor', (input, { app, staff, now }) => draftFaq(app.db, staff, input, now)),
  }),
  edit: defineAction({
    accept: 'form',
    input: editFaqForm,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await editFaq(app.db, staff, input, now);
      return { faqId: input.faqId };
    }),
  }),
  publish: defineAction({
    accept: 'form',
    input: z.object({ faqId: subjectId }),
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      await publishFaq(app.db, staff, input, now);
      return input;
    }),
  }),
  unpublish: defineAction({
    accept: 'form',
    input: unpublishFaqForm,
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      await unpublishFaq(app.db, staff, input, now);
      return { faqId: input.faqId };
    }),
  }),
  discard: defineAction({
    accept: 'form',
    input: z.object({ faqId: subjectId }),
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await discardFaq(app.db, staff, input, now);
      return input;
    }),
  }),
};
