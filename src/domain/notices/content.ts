import type { BroadcastContent } from '#db/schema/index.ts';
import { formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import { markdownToText, renderMarkdown } from '#src/text/markdown.ts';
import type { Notice } from './queries.ts';

type Told = { permalink: string; timeZone: string; now: Date };

/** A notice as mail tells it; `changeSummary` when it puts right what was said before. */
export function contentOf(
  notice: Pick<Notice, 'title' | 'body' | 'effectiveAt'>,
  changeSummary: string,
  { permalink, timeZone, now }: Told,
): BroadcastContent {
  const effective = notice.effectiveAt > now ? formatMoment(notice.effectiveAt, timeZone).text : undefined;
  const corrected = changeSummary && `<p><strong>Corrected:</strong> ${escapeHtml(changeSummary)}</p>\n`;
  return {
    title: changeSummary ? `Corrected: ${notice.title}` : notice.title,
    summary: '',
    byline: formatMoment(now, timeZone).text,
    ...(effective && { effective }),
    html: `${corrected}${renderMarkdown(notice.body)}`,
    text: `${changeSummary && `Corrected: ${changeSummary}\n\n`}${markdownToText(notice.body)}`,
    permalink,
  };
}

/** What those are told who may have read it. */
export function withdrawalContentOf(
  title: string,
  reason: string,
  { permalink, timeZone, now }: Told,
): BroadcastContent {
  return {
    title: `Withdrawn: ${title}`,
    summary: 'We have withdrawn this notice. What it said stays public among its earlier versions.',
    byline: formatMoment(now, timeZone).text,
    html: `<p><strong>Reason:</strong> ${escapeHtml(reason)}</p>`,
    text: `Reason: ${reason}`,
    permalink,
  };
}
