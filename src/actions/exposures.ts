import { defineAction } from 'astro:actions';
import { acknowledgeAnswer } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList, replaceExposureList } from '#src/domain/exposures/commands.ts';
import { destroyExposures } from '#src/domain/exposures/destruction.ts';
import { compareWithListInForce } from '#src/domain/exposures/difference.ts';
import { cancelImport } from '#src/domain/exposures/import/watching/commands.ts';
import {
  acknowledgeInput,
  applyInput,
  destroyInput,
  importInput,
  listInput,
} from '#src/domain/exposures/input.ts';
import { asCustomer } from './as-customer.ts';
import { asStaff } from './as-staff.ts';

export const exposures = {
  acknowledge: defineAction({
    accept: 'form',
    input: acknowledgeInput,
    handler: asCustomer((input, { app, customer, now }) => acknowledgeAnswer(app.db, customer, input, now)),
  }),
  compare: defineAction({
    accept: 'form',
    input: listInput,
    handler: asStaff('editor', async ({ listId }, { app, staff, now }) => {
      await compareWithListInForce(app.store, staff, listId, now);
      return { listId };
    }),
  }),
  apply: defineAction({
    accept: 'form',
    input: applyInput,
    handler: asStaff('approver', async ({ listId, version, reason }, { app, staff, now }) => {
      if (version === undefined) await applyExposureList(app.db, staff, listId, now);
      else await replaceExposureList(app.db, staff, { listId, version, reason }, now);
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
  cancelImport: defineAction({
    accept: 'form',
    input: importInput,
    handler: asStaff('editor', async ({ importId }, { app, staff, now }) => {
      await cancelImport(app.db, staff, importId, now);
      await app.imports.cancel(importId);
      return { importId };
    }),
  }),
  destroy: defineAction({
    accept: 'form',
    input: destroyInput,
    handler: asStaff('owner', (input, { app, staff, now }) =>
      destroyExposures(app.db, app.keys, staff, input, now),
    ),
  }),
};
