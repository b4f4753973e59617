import type { IncidentInFull } from '#src/domain/incidents/queries.ts';
import { incidentStatusWords } from '#src/domain/incidents/rules.ts';
import type { Site } from '#src/domain/site/queries.ts';
import { contentOf, withdrawalContentOf } from '#src/domain/statements/content.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import { urnOf } from '#src/text/ids.ts';
import { renderMarkdown } from '#src/text/markdown.ts';

const ENTRIES_MAX = 50;

export type Feed = {
  site: Site;
  publicUrl: string;
  statements: readonly StatementEntry[];
  incidents: readonly IncidentInFull[];
};

type Entry = {
  id: string;
  title: string;
  href: string;
  published: Date;
  updated: Date;
  author?: string;
  html: string;
};

/**
 * Atom (RFC 4287) of what was said: an entry for each statement and each incident with all its updates, the latest changed
 * first, at most 50. Ids stay the same on another host; `updated` is the time of the newest change, never of the build.
 */
export function atomFeed({ site, publicUrl, statements, incidents }: Feed): string {
  const entries = [
    ...statements.map((statement) => statementEntry(statement, publicUrl, site.timeZone)),
    ...incidents.map((incident) => incidentEntry(incident, publicUrl, site.timeZone)),
  ]
    .sort((a, b) => b.updated.getTime() - a.updated.getTime() || (a.id < b.id ? -1 : 1))
    .slice(0, ENTRIES_MAX);
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xml(site.language)}">
  <id>${urnOf('feed')}</id>
  <title>${xml(site.name)}</title>
  <updated>${(entries[0]?.updated ?? new Date(0)).toISOString()}</updated>
  <author><name>${xml(site.legalEntity || site.name)}</name></author>
  <link rel="self" type="application/atom+xml" href="${xml(publicUrl)}/feed.atom"/>
  <link rel="alternate" type="text/html" href="${xml(publicUrl)}/"/>
${entries.map(entryXml).join('')}</feed>
`;
}

function statementEntry(statement: StatementEntry, publicUrl: string, timeZone: string): Entry {
  const href = `${publicUrl}/statements/${statement.slug}`;
  const told = {
    text: statement.text,
    changeSummary: statement.changeSummary,
    publishedAt: statement.changedAt,
    permalink: href,
    timeZone,
  };
  const withdrawn = statement.state === 'withdrawn';
  const { title, summary, html } = withdrawn ? withdrawalContentOf(told) : contentOf(told);
  return {
    id: urnOf(`statement:${statement.id}`),
    title,
    href,
    published: statement.publishedAt,
    updated: statement.changedAt,
    ...(!withdrawn && { author: `${statement.authorName}, ${statement.authorTitle}` }),
    html: `<p>${escapeHtml(summary)}</p>\n${html}`,
  };
}

function incidentEntry(incident: IncidentInFull, publicUrl: string, timeZone: string): Entry {
  const updates = incident.updates.map(({ status, displayAt, body }) => {
    const { iso, text } = formatMoment(displayAt, timeZone);
    return `<h2>${incidentStatusWords[status]}, <time datetime="${iso}">${text}</time></h2>\n${renderMarkdown(body, { headingsFrom: 3 })}`;
  });
  const oldest = incident.updates.at(-1)?.displayAt ?? incident.startedAt;
  return {
    id: urnOf(`incident:${incident.id}`),
    title: incident.title,
    href: `${publicUrl}/incidents/${incident.slug}`,
    published: incident.publishedAt ?? oldest,
    updated: incident.updates[0]?.displayAt ?? incident.updatedAt,
    html: updates.join('\n'),
  };
}

function entryXml(entry: Entry): string {
  const author = entry.author ? `\n    <author><name>${xml(entry.author)}</name></author>` : '';
  return `  <entry>
    <id>${entry.id}</id>
    <title>${xml(entry.title)}</title>
    <link rel="alternate" type="text/html" href="${xml(entry.href)}"/>
    <published>${entry.published.toISOString()}</published>
    <updated>${entry.updated.toISOString()}</updated>${author}
    <content type="html">${xml(entry.html)}</content>
  </entry>
`;
}

/** What XML 1.0 cannot carry goes, the rest is escaped. */
function xml(text: string): string {
  return escapeHtml(
    text.toWellFormed().replace(/[\p{Cc}\ufffe\uffff]/gu, (sign) => (/[\n\t]/.test(sign) ? sign : '')),
  );
}
