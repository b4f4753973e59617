import type { Messages } from '#src/messages/messages.ts';
import { formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import { makeBody, type Body } from './body.ts';
import type { Edition, Pressed } from './edition.ts';

const TIME = '{time}';

/** All of an edition's documents, each saying as of when it is true. */
export async function asOfBodies(
  { documents, language }: Pick<Edition, 'documents' | 'language'>,
  at: Date,
  messages: Messages,
): Promise<Map<string, Body>> {
  const bodies = new Map<string, Body>();
  for (const [path, pressed] of documents) {
    if (pressed.document.standsIn) continue;
    const [, first = ''] = path.split('/', 2);
    const spoken = messages.languages.includes(first) ? first : language;
    bodies.set(path, await asOfBody(pressed, at, messages, spoken));
  }
  return bodies;
}

/**
 * The same document, saying as of when it is true: while the database does not answer, nobody may take it for news. Pages
 * say it in words; everything else in a header.
 */
async function asOfBody(pressed: Pressed, at: Date, messages: Messages, language: string): Promise<Body> {
  const { type, bytes, body } = pressed;
  const shared = [...body.shared, 'Forthright-As-Of', at.toISOString()];
  if (!type.startsWith('text/html')) return makeBody(type, bytes, shared);
  const html = Buffer.from(bytes).toString();
  return makeBody(type, Buffer.from(withNote(html, asOfNote(at, messages, language))), shared);
}

/** At the top of what the page says; of a page without a main part, at the top of the page. */
function withNote(html: string, note: string): string {
  const opening = /<main\b[^>]*>/.exec(html) ?? /<body\b[^>]*>/.exec(html);
  if (!opening) return html;
  const at = opening.index + opening[0].length;
  return `${html.slice(0, at)}${note}${html.slice(at)}`;
}

function asOfNote(at: Date, messages: Messages, language: string): string {
  const t = messages.in(language);
  const { iso, text } = formatMoment(at, 'UTC', t.language);
  const words = escapeHtml(t('asOf.note', { time: TIME }));
  const time = `<time datetime="${iso}">${escapeHtml(text)}</time>`;
  return `<p class="as-of" lang="${escapeHtml(t.language)}">${words.replace(TIME, time)}</p>`;
}
