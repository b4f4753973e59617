import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { getSite } from '#src/domain/site/queries.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import {
  draftCorrection,
  draftStatement,
  saveDraft,
  submitStatement,
} from '#src/domain/statements/draft-commands.ts';
import { findStatement } from '#src/domain/statements/drafts.ts';
import { overrideCheck } from '#src/domain/statements/gate/review.ts';
import {
  changeSummary,
  draftStatementForm,
  dutyChoice,
  dutyToChanged,
  dutyToSegment,
  reason,
  statementForm,
  textFromForm,
} from '#src/domain/statements/input.ts';
import { redactRevision } from '#src/domain/statements/redaction.ts';
import { subjectId as statementId, ticked } from '#src/domain/form-fields.ts';
import { asStaff } from './as-staff.ts';
import { fieldErrors } from './local-times.ts';

const version = z.coerce.number().int();
const draftVersion = z.object({ statementId, version });

export const statements = {
  draft: defineAction({
    accept: 'form',
    input: draftStatementForm,
    handler: asStaff('editor', (input, { app, staff, now }) => draftStatement(app.db, staff, input, now)),
  }),
  save: defineAction({
    accept: 'form',
    input: statementForm.extend({
      statementId,
      version,
      changeSummary,
      then: z.enum(['stay', 'preview']).default('stay'),
    }),
    handler: asStaff('editor', async (form, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const read = textFromForm(form, timeZone);
      if (!read.text) throw fieldErrors(read.problems);
      const { statementId, version, changeSummary, then } = form;
      const draft = { statementId, version, changeSummary, ...read };
      await saveDraft(app.db, staff, draft, now);
      return { statementId, then };
    }),
  }),
  submit: defineAction({
    accept: 'form',
    input: draftVersion,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      const { mailFrom } = app.settings;
      await submitStatement(app.db, staff, { ...input, mailFrom }, now);
      return { statementId: input.statementId };
    }),
  }),
  override: defineAction({
    accept: 'form',
    input: draftVersion.extend({ check: z.string().max(40), reason }),
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      const { mailFrom } = app.settings;
      await overrideCheck(app.db, staff, { ...input, mailFrom }, now);
      return { statementId: input.statementId };
    }),
  }),
  approve: defineAction({
    accept: 'form',
    input: draftVersion,
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      const { mailFrom } = app.settings;
      await approveStatement(app.db, staff, { ...input, mailFrom }, now);
      return { statementId: input.statementId };
    }),
  }),
  publish: defineAction({
    accept: 'form',
    input: dutyChoice.extend({ statementId, draftBroadcasts: ticked }),
    handler: asStaff('approver', async ({ duty, listVersion, ...input }, { app, staff, now }) => {
      const { mailFrom, publicUrl } = app.settings;
      const chosen = { duty, listVersion };
      const to = { dutyToChanged: dutyToChanged(chosen), dutyToSegment: dutyToSegment(chosen) };
      const publish = { ...input, ...to, mailFrom, publicUrl };
      await publishStatement(app.db, staff, publish, now);
      return { statementId: input.statementId };
    }),
  }),
  correct: defineAction({
    accept: 'form',
    input: z.object({ statementId }),
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await draftCorrection(app.db, staff, input, now);
      return input;
    }),
  }),
  withdraw: defineAction({
    accept: 'form',
    input: z.object({ statementId, reason, draftBroadcasts: ticked }),
    handler: asStaff('approver', async (input, { app, staff, now }) => {
      const { publicUrl } = app.settings;
      await withdrawStatement(app.db, staff, { ...input, publicUrl }, now);
      return { statementId: input.statementId };
    }),
  }),
  redact: defineAction({
    accept: 'form',
    input: z.object({
      statementId,
      number: z.coerce.number('Choose a revision.').int(),
      reason,
      titleToo: ticked,
    }),
    handler: asStaff('owner', async ({ titleToo, ...input }, { app, staff, now }) => {
      const { language = 'en' } = (await findStatement(app.db, input.statementId)) ?? {};
      const titleInstead = app.messages.in(language)('statement.withdrawn.name');
      await redactRevision(app.db, staff, { ...input, ...(titleToo && { titleInstead }) }, now);
      return { statementId: input.statementId };
    }),
  }),
};
