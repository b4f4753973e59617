import { defineAction } from 'astro:actions';
import { z } from 'zod';
import { releaseBroadcast, resumeBroadcast, stopBroadcast } from '#src/domain/broadcasts/commands.ts';
import { asStaff } from './as-staff.ts';

const input = z.object({ broadcastId: z.string().max(40) });

export const broadcasts = {
  release: defineAction({
    accept: 'form',
    input,
    handler: asStaff('approver', async ({ broadcastId }, { app, staff, now }) => {
      const { mailFrom: from, publicUrl } = app.settings;
      await releaseBroadcast(app.db, app.keys, staff, { broadcastId, letterhead: { from, publicUrl } }, now);
      return { broadcastId };
    }),
  }),
  stop: defineAction({
    accept: 'form',
    input,
    handler: asStaff('editor', async ({ broadcastId }, { app, staff, now }) => {
      await stopBroadcast(app.db, staff, { broadcastId }, now);
      return { broadcastId };
    }),
  }),
  resume: defineAction({
    accept: 'form',
    input,
    handler: asStaff('approver', async ({ broadcastId }, { app, staff, now }) => {
      await resumeBroadcast(app.db, staff, { broadcastId }, now);
      return { broadcastId };
    }),
  }),
};
