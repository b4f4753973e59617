import type { APIRoute } from 'astro';
import { recordProviderEvent } from '#src/domain/broadcasts/provider-events.ts';
import { readResendEvent } from '#src/mail/resend-events.ts';

/** Resend's events are about one message each. */
const BODY_BYTES_MAX = 256 * 1024;

/** Writes the event down and answers; the worker acts on it. A repeat is answered like the first. */
export const POST: APIRoute = async ({ request, locals }) => {
  const { app } = locals;
  const secret = app.settings.resendWebhookSecret;
  if (!secret) return text(404, 'No webhook is set up here: RESEND_WEBHOOK_SECRET is not set.');
  const rawBody = await request.text();
  if (rawBody.length > BODY_BYTES_MAX) return text(413, 'This is larger than any event of Resend.');
  const now = app.now();
  const read = readResendEvent({ rawBody, headers: request.headers, secret }, now);
  if (!read.ok) {
    app.log.warn('webhook_refused', { requestId: locals.requestId, reason: read.reason });
    return text(400, read.reason);
  }
  const { id, kind, providerId, permanent, at, tags } = read.event;
  const event = { id, kind, providerId, permanent, at, deliveryId: tags['delivery'] };
  await recordProviderEvent(app.db, event, now);
  return text(200, 'recorded');
};

function text(status: number, words: string): Response {
  return new Response(`${words}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}
