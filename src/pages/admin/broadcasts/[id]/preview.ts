import type { APIRoute } from 'astro';
import { previewBroadcast } from '#src/domain/broadcasts/messages.ts';
import { findBroadcast } from '#src/domain/broadcasts/queries.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { mailResponse } from '#src/layouts/mail-response.ts';

/** The HTML of the message, exactly as it is mailed. */
export const GET: APIRoute = async ({ locals, params }) => {
  const { app } = locals;
  const broadcast = await findBroadcast(app.db, params['id'] ?? '');
  if (!broadcast) return new Response(null, { status: 404 });
  const { mailFrom: from, publicUrl } = app.settings;
  return mailResponse(previewBroadcast(app.keys, broadcast, await getSite(app.db), { from, publicUrl }));
};
