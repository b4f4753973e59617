import type { IncidentInFull } from '#src/domain/incidents/queries.ts';
import type { MaintenanceInFull } from '#src/domain/maintenances/queries.ts';
import type { PublishedNotice } from '#src/domain/notices/queries.ts';
import { timesOf } from '#src/domain/statements/content.ts';
import { completed } from '#src/domain/statements/details.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { sectionsOf } from '#src/domain/statements/sections.ts';
import type { Words } from '#src/domain/statements/words.ts';
import type { MessageKey, Translate } from '#src/messages/messages.ts';
import { formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import { urnOf } from '#src/text/ids.ts';
import { renderMarkdown } from '#src/text/markdown.ts';
import { oneLine } from './xml.ts';

const ENTRIES_MAX = 50;

/** What all three feeds say of one thing. */
export type Entry = {
  /** A URN: the same on another host, in another language, after every change. */
  id: string;
  kind: 'incident' | 'maintenance' | 'statement' | 'notice';
  title: string;
  href: string;
  published: Date;
  /** Of its newest change, never of the build. */
  updated: Date;
  author?: string;
  /** BCP 47, where it is not the feed's: nobody has translated it yet. */
  language?: string;
  html: string;
};

/** In which words, under which address and in which zone. */
export type Telling = {
  t: Translate;
  /** What links begin with: the site's address, and the language's prefix if it is not the site's own. */
  base: string;
  timeZone: string;
  /** Around a statement stand the words of its own language. */
  say: (language: string) => { t: Translate; words: Words };
};

export type Told = {
  incidents: readonly IncidentInFull[];
  /** What is said in short by those that there are, by incident. */
  postmortems?: ReadonlyMap<string, string>;
  maintenances: readonly MaintenanceInFull[];
  statements: readonly StatementEntry[];
  notices: readonly PublishedNotice[];
};

/**
 * An entry for each incident and each maintenance with all its updates, for each statement as it now reads, and for each notice:
 * the latest changed first, at most 50.
 */
export function entriesOf(told: Told, telling: Telling): Entry[] {
  return [
    ...told.incidents.map((incident) => incidentEntry(incident, told.postmortems?.get(incident.id), telling)),
    ...told.maintenances.flatMap((maintenance) => maintenanceEntry(maintenance, telling)),
    ...told.statements.map((statement) => statementEntry(statement, telling)),
    ...told.notices.map((notice) => noticeEntry(notice, telling)),
  ]
    .map((entry) => ({ ...entry, title: oneLine(entry.title) }))
    .sort((a, b) => b.updated.getTime() - a.updated.getTime() || (a.id < b.id ? -1 : 1))
    .slice(0, ENTRIES_MAX);
}

function incidentEntry(incident: IncidentInFull, postmortem: string | undefined, telling: Telling): Entry {
  const { id, slug, title, startedAt, updatedAt, publishedAt, updates } = incident;
  const href = `${telling.base}/incidents/${slug}`;
  return {
    id: urnOf(`incident:${id}`),
    kind: 'incident',
    title,
    href,
    published: updates.at(-1)?.displayAt ?? publishedAt ?? startedAt,
    updated: latest([updatedAt, ...updates.map(({ displayAt, correctedAt }) => correctedAt ?? displayAt)]),
    html: [
      postmortem && shortPostmortem(postmortem, `${href}/post-mortem`, telling),
      timeline(updates, telling),
    ]
      .filter(Boolean)
      .join('\n'),
  };
}

function shortPostmortem(summary: string, href: string, { t }: Telling): string {
  const link = `<a href="${escapeHtml(href)}">${escapeHtml(t('incident.postmortemLink'))}</a>`;
  return `<h2>${escapeHtml(t('incident.postmortem'))}</h2>\n<p>${escapeHtml(summary)}</p>\n<p>${link}</p>`;
}

/** None for what is not public. A cancelled one stays, and says so. */
function maintenanceEntry(maintenance: MaintenanceInFull, telling: Telling): Entry[] {
  const { id, slug, title, description, publishedAt, updatedAt, updates } = maintenance;
  if (!publishedAt) return [];
  const planned = telling.t('feed.planned', {
    from: moment(maintenance.scheduledFor, telling).text,
    until: moment(maintenance.scheduledUntil, telling).text,
  });
  return [
    {
      id: urnOf(`maintenance:${id}`),
      kind: 'maintenance',
      title,
      href: `${telling.base}/maintenance/${slug}`,
      published: publishedAt,
      updated: latest([updatedAt, ...updates.map(({ displayAt }) => displayAt)]),
      html: [
        `<p>${escapeHtml(planned)}</p>`,
        // The announcement says it, unless it was edited since.
        updates.every(({ body }) => body !== description) && renderMarkdown(description),
        timeline(updates, telling),
      ]
        .filter(Boolean)
        .join('\n'),
    },
  ];
}

function statementEntry(statement: StatementEntry, telling: Telling): Entry {
  const { id, slug, text, changeSummary, publishedAt, changedAt, state, language } = statement;
  const { t, words } = telling.say(language);
  const withdrawn = state === 'withdrawn';
  const reason = changeSummary && `<p>${escapeHtml(changeSummary)}</p>`;
  const html = withdrawn
    ? [`<p>${escapeHtml(t('statement.withdrawn.title'))}</p>`, reason]
    : [
        `<p>${escapeHtml(text.summary)}</p>`,
        changeSummary && `<p><strong>${escapeHtml(t('statement.corrected'))}</strong></p>\n${reason}`,
        facts(text, { ...telling, t }, words),
        ...sectionsOf(text, words).map(
          ({ title, markdown }) =>
            `<h2>${escapeHtml(title)}</h2>\n${renderMarkdown(markdown, { headingsFrom: 3 })}`,
        ),
      ];
  return {
    id: urnOf(`statement:${id}`),
    kind: 'statement',
    title: withdrawn ? t('statement.withdrawn.page', { title: text.title }) : text.title,
    href: `${telling.base}/statements/${slug}`,
    published: publishedAt,
    updated: changedAt,
    ...(language !== telling.t.language && { language }),
    ...(!withdrawn && { author: oneLine(`${text.authorName}, ${text.authorTitle}`) }),
    html: html.filter(Boolean).join('\n'),
  };
}

/** What, what not, how many and when, in a line each. */
function facts(text: StatementEntry['text'], telling: Telling, words: Words): string {
  const { t } = telling;
  const { involved, notInvolved, figures } = completed(text);
  const lines = [
    involved && `${t('statement.fact.involved')}: ${involved}`,
    notInvolved && `${t('statement.fact.notInvolved')}: ${notInvolved}`,
    ...figures.map((figure) => `${t('statement.fact.numbers')}: ${words.figure(figure)}`),
    ...timesOf(text).map(({ name, time: { at, until, precision } }) => {
      const span = [at, until].flatMap((each) => (each ? moment(new Date(each), telling).text : []));
      const about = precision === 'estimated' ? `${t('statement.about.time')} ` : '';
      return `${t(`statement.fact.${name}`)}: ${about}${span.join(' – ')}`;
    }),
  ].filter(Boolean);
  if (lines.length === 0) return '';
  return `<ul>\n${lines.map((line) => `<li>${escapeHtml(line)}</li>\n`).join('')}</ul>`;
}

function noticeEntry(notice: PublishedNotice, telling: Telling): Entry {
  const { t } = telling;
  const { state, title, reason, body, publishedAt, changedAt } = notice;
  const withdrawn = state === 'withdrawn';
  const effective = t('feed.effective', { from: moment(notice.effectiveAt, telling).text });
  const why = reason && `<p>${escapeHtml(reason)}</p>`;
  const html = withdrawn
    ? [`<p>${escapeHtml(t('notice.withdrawn.title'))}</p>`, why]
    : [
        `<p>${escapeHtml(effective)}</p>`,
        why && `<p><strong>${escapeHtml(t('statement.corrected'))}</strong></p>\n${why}`,
        renderMarkdown(body, { headingsFrom: 2 }),
      ];
  return {
    id: urnOf(`notice:${notice.id}`),
    kind: 'notice',
    title: withdrawn ? t('statement.withdrawn.page', { title }) : title,
    href: `${telling.base}/notices/${notice.slug}`,
    published: publishedAt,
    updated: changedAt,
    html: html.filter(Boolean).join('\n'),
  };
}

type Update = { status: string; displayAt: Date; body: string };

function timeline(updates: readonly Update[], telling: Telling): string {
  return updates
    .map(({ status, displayAt, body }) => {
      const { iso, text } = moment(displayAt, telling);
      const word = telling.t(`mark.${status}` as MessageKey);
      return `<h2>${escapeHtml(word)}, <time datetime="${iso}">${escapeHtml(text)}</time></h2>\n${renderMarkdown(body, { headingsFrom: 3 })}`;
    })
    .join('\n');
}

function moment(at: Date, { t, timeZone }: Telling) {
  return formatMoment(at, timeZone, t.language);
}

function latest(times: readonly Date[]): Date {
  return new Date(Math.max(...times.map((at) => at.getTime())));
}
