import type { BroadcastContent, ClockTime, StatementText } from '#db/schema/index.ts';
import { formatDay, formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import { markdownToText, renderMarkdown } from '#src/text/markdown.ts';
import { completed } from './details.ts';
import { sectionsOf } from './sections.ts';
import { englishWords } from './words.ts';

export const timeNames = ['occurred', 'aware', 'contained', 'nextUpdate'] as const;
export type TimeName = (typeof timeNames)[number];
export type TimeFact = { name: TimeName; time: ClockTime };

const timeTerms: Readonly<Record<TimeName, string>> = {
  occurred: 'When it happened',
  aware: 'When we learned of it',
  contained: 'When it was contained',
  nextUpdate: 'Next update',
};

/** The times a statement gives, in the order in which things happen. */
export function timesOf(text: StatementText): TimeFact[] {
  const { occurredAt, awareAt, containedAt, nextUpdateAt, nextUpdatePrecision } = completed(text);
  const times: Record<TimeName, ClockTime | null> = {
    occurred: occurredAt,
    aware: awareAt,
    contained: containedAt,
    nextUpdate: nextUpdateAt ? { at: nextUpdateAt, precision: nextUpdatePrecision } : null,
  };
  return timeNames.flatMap((name) => {
    const time = times[name];
    return time ? [{ name, time }] : [];
  });
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
  const words = englishWords({
    moment: (iso) => formatMoment(new Date(iso), timeZone).text,
    day: (day) => formatDay(new Date(day), 'UTC').text,
  });
  const { involved, notInvolved, figures } = completed(text);
  const facts = [
    involved && `What was involved: ${involved}`,
    notInvolved && `What was not: ${notInvolved}`,
    ...figures.map((figure) => `How many: ${words.figure(figure)}`),
    ...timesOf(text).map(({ name, time }) => `${timeTerms[name]}: ${timeInWords(time, timeZone)}`),
  ].filter(Boolean);
  const sections = sectionsOf(text, words);
  return {
    title: text.title,
    summary: text.summary,
    byline: `${text.authorName}, ${text.authorTitle} · ${formatMoment(publishedAt, timeZone).text}`,
    html: [
      changeSummary && `<p><strong>Corrected:</strong> ${escapeHtml(changeSummary)}</p>`,
      facts.length > 0 && `<ul>${facts.map((fact) => `<li>${escapeHtml(fact)}</li>`).join('')}</ul>`,
      ...sections.map(
        ({ title, markdown }) => `<h2>${title}</h2>\n${renderMarkdown(markdown, { headingsFrom: 3 })}`,
      ),
    ]
      .filter(Boolean)
      .join('\n'),
    text: [
      changeSummary && `Corrected: ${changeSummary}`,
      facts.map((fact) => `- ${fact}`).join('\n'),
      ...sections.map(
        ({ title, markdown }) =>
          `${title}\n${'-'.repeat(title.length)}\n\n${markdownToText(markdown).trim()}`,
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
