import type { Preview } from '#src/domain/broadcasts/messages.ts';

/** A mail brings its own style sheet and may do nothing else: no script, no image, no form. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/** The HTML of a message as a page of its own, exactly as it is mailed; or, in words, why it cannot be. */
export function mailResponse(preview: Preview): Response {
  if (!preview.ok) return new Response(`${preview.reason}\n`, { status: 409 });
  return new Response(preview.message.html, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': MAIL_POLICY },
  });
}
