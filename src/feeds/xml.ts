import { escapeHtml } from '#src/text/html.ts';

const CONTROLS = /[\p{Cc}\ufffe\uffff]/gu;
/** They reorder the text around them; in a list of titles that is another entry's. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/gu;

/** What XML 1.0 cannot carry goes, the rest is escaped: for elements and quoted attributes. */
export function xml(text: string): string {
  return escapeHtml(text.toWellFormed().replace(CONTROLS, (sign) => (/[\n\t]/.test(sign) ? sign : '')));
}

/** A title or a name: one line, without characters that have an effect beyond it. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').replace(CONTROLS, '').replace(DIRECTIONS, '').trim();
}
