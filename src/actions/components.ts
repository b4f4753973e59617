import { defineAction } from 'astro:actions';
import {
  addComponent,
  addComponentGroup,
  editComponent,
  setComponentStatus,
} from '#src/domain/components/commands.ts';
import {
  addComponentGroupInput,
  addComponentInput,
  editComponentInput,
  setComponentStatusInput,
} from '#src/domain/components/input.ts';
import { asStaff } from './as-staff.ts';

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
  setStatus: defineAction({
    accept: 'form',
    input: setComponentStatusInput,
    handler: asStaff('editor', async (input, { app, staff, now }) => {
      await setComponentStatus(app.db, staff, input, now);
      return { id: input.componentId };
    }),
  }),
};
