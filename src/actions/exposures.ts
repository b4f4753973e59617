import { defineAction } from 'astro:actions';
import { acknowledgeAnswer } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { acknowledgeInput, listInput } from '#src/domain/exposures/input.ts';
import { asCustomer } from './as-customer.ts';
import { asStaff } from './as-staff.ts';

export const exposures = {
  acknowledge: defineAction({
    accept: 'form',
    input: acknowledgeInput,
    handler: asCustomer((input, { app, customer, now }) => acknowledgeAnswer(app.db, customer, input, now)),
  }),
  apply: defineAction({
    accept: 'form',
    input: listInput,
    handler: asStaff('approver', async ({ listId }, { app, staff, now }) => {
      await applyExposureList(app.db, staff, listId, now);
      return { listId };
    }),
  }),
  close: defineAction({
    accept: 'form',
    input: listInput,
    handler: asStaff('approver', async ({ listId }, { app, staff, now }) => {
      await closeExposureList(app.db, staff, listId, now);
      return { listId };
    }),
  }),
};
