import { defineAction } from 'astro:actions';
import {
  editComponent,
  moveComponent,
  restoreComponent,
  retireComponent,
} from '#src/domain/components/arranging.ts';
import { addComponent, addComponentGroup, setComponentStatus } from '#src/domain/components/commands.ts';
import { correctRecord } from '#src/domain/components/correcting.ts';
import {
  addComponentGroupInput,
  addComponentInput,
  componentInput,
  correctRecordForm,
  editComponentInput,
  moveComponentInput,
  setComponentStatusInput,
} from '#src/domain/components/input.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { asStaff } from './as-staff.ts';
import { momentFrom } from './local-times.ts';

export const components = {
  add: defineAction({
    accept: 'form',
    input: addComponentInput,
    handler: asStaff('editor', (input, { app, staff, now }) => addComponent(app.db, staff, input, now)),
  }),
  addGroup: defineAction({
    accept: 'form',
    input: addComponentGroupInput,
    handler: asStaff('editor', (input, { app, staff, now }) => addComponentGroup(app.db, staff, input, now)),
  }),
  edit: defineAction({
    accept: 'form',
    input: editComponentInput,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await editComponent(app.db, staff, input, now);
      return { id: input.componentId };
    }),
  }),
  move: defineAction({
    accept: 'form',
    input: moveComponentInput,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await moveComponent(app.db, staff, input, now);
      return { id: input.componentId };
    }),
  }),
  retire: defineAction({
    accept: 'form',
    input: componentInput,
    handler: asStaff('editor', async ({ componentId }, { app, staff, now }) => {
      await retireComponent(app.db, staff, componentId, now);
      return { id: componentId };
    }),
  }),
  restore: defineAction({
    accept: 'form',
    input: componentInput,
    handler: asStaff('editor', async ({ componentId }, { app, staff, now }) => {
      await restoreComponent(app.db, staff, componentId, now);
      return { id: componentId };
    }),
  }),
  setStatus: defineAction({
    accept: 'form',
    input: setComponentStatusInput,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await setComponentStatus(app.db, staff, input, now);
      return { id: input.componentId };
    }),
  }),
  correctRecord: defineAction({
    accept: 'form',
    input: correctRecordForm,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      const { timeZone } = await getSite(app.db);
      const from = momentFrom('from', input.from, timeZone);
      const until = momentFrom('until', input.until, timeZone);
      await correctRecord(app.db, staff, { ...input, from, until }, now);
      return { id: input.componentId };
    }),
  }),
};
