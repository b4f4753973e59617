import type { BroadcastContent, ClockTime, StatementText } from '#db/schema/index.ts';
import { formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import { markdownToText, renderMarkdown } from '#src/text/markdown.ts';
import { headings } from './rules.ts';

export type Fact = { term: string; time: ClockTime };

/** The times a statement gives, in the order in which things happen. */
export function factsOf(text: StatementText): Fact[] {
  const facts: [string, ClockTime | null][] = [
    ['When it happened', text.occurredAt],
    ['When we learned of it', text.awareAt],
    ['When it was contained', text.containedAt],
    ['Next update', text.nextUpdateAt ? { at: text.nextUpdateAt, precision: 'exact' } : null],
  ];
  return facts.flatMap(([term, time]) => (time ? [{ term, time }] : []));
}

/** "about 1 November 2019, 06:00 UTC to 1 November 2019, 07:15 UTC". */
export function timeInWords(time: ClockTime, timeZone: string): string {
  const from = formatMoment(new Date(time.at), timeZone).text;
  const until = time.until ? ` to ${formatMoment(new Date(time.until), timeZone).text}` : '';
  return `${time.precision === 'estimated' ? 'about ' : ''}${from}${until}`;
}

export type Told = {
  text: StatementText;
  /** Empty unless a published text was corrected. */
  changeSummary: string;
  publishedAt: Date;
  permalink: string;
  timeZone: string;
};

/** A statement as mail tells it: the same words as the page, complete in themselves. */
export function contentOf({ text, changeSummary, publishedAt, permalink, timeZone }: Told): BroadcastContent {
  const facts = factsOf(text).map(({ term, time }) => `${term}: ${timeInWords(time, timeZone)}`);
  const sections = headings.filter(({ key }) => text[key].trim());
  return {
    title: text.title,
    summary: text.summary,
    byline: `${text.authorName}, ${text.authorTitle} · ${formatMoment(publishedAt, timeZone).text}`,
    html: [
      changeSummary && `<p><strong>Corrected:</strong> ${escapeHtml(changeSummary)}</p>`,
      facts.length > 0 && `<ul>${facts.map((fact) => `<li>${escapeHtml(fact)}</li>`).join('')}</ul>`,
      ...sections.map(
        ({ key, title }) => `<h2>${title}</h2>\n${renderMarkdown(text[key], { headingsFrom: 3 })}`,
      ),
    ]
      .filter(Boolean)
      .join('\n'),
    text: [
      changeSummary && `Corrected: ${changeSummary}`,
      facts.map((fact) => `- ${fact}`).join('\n'),
      ...sections.map(
        ({ key, title }) => `${title}\n${'-'.repeat(title.length)}\n\n${markdownToText(text[key]).trim()}`,
      ),
    ]
      .filter(Boolean)
      .join('\n\n'),
    permalink,
  };
}

/** What readers of a withdrawn statement are told. */
export function withdrawalContentOf({
  text,
  changeSummary,
  publishedAt,
  permalink,
  timeZone,
}: Told): BroadcastContent {
  const told = 'We have withdrawn this statement. What it said stays public among its revisions.';
  return {
    title: `Withdrawn: ${text.title}`,
    summary: told,
    byline: formatMoment(publishedAt, timeZone).text,
    html: `<p><strong>Reason:</strong> ${escapeHtml(changeSummary)}</p>`,
    text: `Reason: ${changeSummary}`,
    permalink,
  };
}
