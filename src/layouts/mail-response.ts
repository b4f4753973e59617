import type { Preview } from '#src/domain/broadcasts/messages.ts';

/** A mail brings its own style sheet and may do nothing else: no script, no image, no form. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/**
 * The HTML of a message as a page of its own, as it is mailed but for the landmark that a page has and a mail in somebody's
 * mailbox must not; or, in words, why it cannot be.
 */
export function mailResponse(preview: Preview): Response {
  if (!preview.ok) return new Response(`${preview.reason}\n`, { status: 409 });
  const page = preview.message.html.replace(/(<body>\n)([^]*)(<\/body>)/, '$1<main>\n$2</main>\n$3');
  return new Response(page, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': MAIL_POLICY },
  });
}
