import type { ShownTime } from './dates.ts';

// Private characters, which Markdown passes on as they are.
const [OPEN, BETWEEN, CLOSE] = ['\uE0F0', '\uE0F1', '\uE0F2'];
const MARKED = new RegExp(
  `${OPEN}([0-9T:.Z-]{10,24})${BETWEEN}([^<>${OPEN}${BETWEEN}${CLOSE}]*)${CLOSE}`,
  'gu',
);

/** A time in Markdown or a plain text of which a page is made: `timesIn` finds it again. */
export function markTime({ iso, text }: ShownTime): string {
  return `${OPEN}${iso}${BETWEEN}${text}${CLOSE}`;
}

/** The marked times of HTML as its own. */
export function timesIn(html: string): string {
  return html.replace(MARKED, '<time datetime="$1">$2</time>');
}
