import { escapeHtml } from '#src/text/html.ts';
import { byline, content, paragraph, type Block } from './blocks.ts';
import { withoutSlots } from './slots.ts';

/** What a broadcast tells, as it was published. */
export type Told = {
  title: string;
  /** A sentence or two before everything else; may be empty. */
  summary?: string | undefined;
  /** Who says it and when, with the zone: "Ada Lovelace, Chief Operating Officer · 4 November 2019, 09:00 UTC". */
  byline?: string | undefined;
  html: string;
  text: string;
  /** The public page that says the same. */
  permalink: string;
};

/** Title, who says it, what must stand above the text, and all of the text: a letter sends nobody to a page for the rest. */
export function tell(told: Told, above: readonly Block[] = []): Block[] {
  const title = told.title.replace(/\s+/g, ' ').trim();
  const parts: Block[] = [
    { html: `<h1>${escapeHtml(title)}</h1>`, text: `${title}\n${'='.repeat(Math.min(title.length, 72))}` },
  ];
  if (told.byline) parts.push(byline(told.byline));
  if (told.summary) {
    const summary = paragraph(told.summary);
    parts.push({ ...summary, html: summary.html.replace('<p>', '<p class="lead">') });
  }
  return [...parts, ...above, content(told)].map(withoutSlots);
}
