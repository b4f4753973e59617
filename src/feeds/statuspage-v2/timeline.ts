import type { Affected } from '#src/domain/components/affected.ts';
import type { IncidentInFull } from '#src/domain/incidents/queries.ts';
import { statusAt, type IncidentStatus } from '#src/domain/incidents/rules.ts';
import { contentOf, withdrawalContentOf } from '#src/domain/statements/content.ts';
import type { MaintenanceInFull } from '#src/domain/maintenances/queries.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { markdownToText } from '#src/text/markdown.ts';
import type { Told, ToldIncident, ToldMaintenance } from './events.ts';
import type { MaintenanceStatus } from './types.ts';

export type TimelineOf = {
  /** Published ones; those about other incidents are left out. */
  statements: readonly StatementEntry[];
  publicUrl: string;
  timeZone: string;
};

/** An incident as a client sees it: what was posted and what was stated about it, on one timeline, in plain text. */
export function toldIncident(incident: IncidentInFull, timeline: TimelineOf): ToldIncident {
  const posted = incident.updates.map((update): Told<IncidentStatus> => ({
    ...update,
    body: markdownToText(update.body).trim(),
    changedAt: update.correctedAt ?? update.displayAt,
    affected: update.changes,
    // Of an incident added afterwards what was said until then; each update since went its way.
    notified: !incident.backfilledAt || update.createdAt > incident.backfilledAt,
  }));
  const stated = timeline.statements
    .filter(({ incidentId }) => incidentId === incident.id)
    .map((statement) => toldStatement(statement, incident.updates, timeline));
  return { ...incident, updates: [...posted, ...stated] };
}

/** What holds of it now, where it was first said, with the status that the incident had then. */
function toldStatement(
  statement: StatementEntry,
  updates: IncidentInFull['updates'],
  { publicUrl, timeZone }: TimelineOf,
): Told<IncidentStatus> {
  const { id, slug, text, changeSummary, publishedAt, changedAt, state } = statement;
  const permalink = `${publicUrl}/statements/${slug}`;
  const told = { text, changeSummary, publishedAt: changedAt, permalink, timeZone };
  const content = state === 'withdrawn' ? withdrawalContentOf(told) : contentOf(told);
  const { title, summary, byline, text: account } = content;
  return {
    id,
    status: statusAt(updates, publishedAt) ?? 'investigating',
    body: [title, summary, account, byline, permalink].filter(Boolean).join('\n\n'),
    displayAt: publishedAt,
    changedAt,
    affected: [],
    notified: true,
  };
}

/** Undefined for what is not public, or was cancelled: readers of this API would take it for planned. */
export function toldMaintenance(
  maintenance: MaintenanceInFull,
  affected: readonly Affected[],
): ToldMaintenance | undefined {
  const { publishedAt, state, description } = maintenance;
  if (!publishedAt || state === 'draft' || state === 'cancelled') return undefined;
  const posted = maintenance.updates.flatMap(({ id, status, body, displayAt }): Told<MaintenanceStatus>[] => {
    if (status === 'cancelled') return [];
    const text = markdownToText(body).trim();
    const about = affected.filter(({ updateId }) => updateId === id);
    return [{ id, status, body: text, displayAt, changedAt: displayAt, affected: about, notified: true }];
  });
  const announced: Told<MaintenanceStatus> = {
    id: maintenance.id,
    status: state,
    body: markdownToText(description).trim(),
    displayAt: publishedAt,
    changedAt: publishedAt,
    affected: [],
    notified: true,
  };
  return { ...maintenance, updates: posted.length > 0 ? posted : [announced] };
}
