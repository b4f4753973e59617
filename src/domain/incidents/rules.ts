export const natures = ['service', 'data'] as const;
export type Nature = (typeof natures)[number];

export const impacts = ['none', 'minor', 'major', 'critical'] as const;
export type Impact = (typeof impacts)[number];

export const serviceStatuses = [
  'investigating',
  'identified',
  'monitoring',
  'resolved',
  'postmortem',
] as const;
export const incidentStatuses = [...serviceStatuses, 'contained', 'closed'] as const;
export type IncidentStatus = (typeof incidentStatuses)[number];

export const endedStatuses = [
  'resolved',
  'postmortem',
  'closed',
] as const satisfies readonly IncidentStatus[];

/** A leak is contained and then closed; it is never resolved: what was seen cannot be unseen. */
export const incidentStatusWords: Readonly<Record<IncidentStatus, string>> = {
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
  postmortem: 'Post-mortem',
  contained: 'Contained',
  closed: 'Closed',
};

export const natureWords: Readonly<Record<Nature, string>> = {
  service: 'Service incident',
  data: 'Data incident',
};

/** An incident without an update is a draft and has no status. */
type Before = IncidentStatus | null;

/** Every status may be said again with news; what is over can break out again. */
const SERVICE_MOVES: Readonly<Record<string, readonly IncidentStatus[]>> = {
  draft: ['investigating', 'identified', 'monitoring', 'resolved'],
  investigating: ['investigating', 'identified', 'monitoring', 'resolved'],
  identified: ['investigating', 'identified', 'monitoring', 'resolved'],
  monitoring: ['investigating', 'identified', 'monitoring', 'resolved'],
  resolved: ['investigating', 'identified', 'monitoring', 'resolved', 'postmortem'],
  postmortem: ['postmortem'],
};

const DATA_MOVES: Readonly<Record<string, readonly IncidentStatus[]>> = {
  draft: ['investigating', 'identified', 'contained'],
  investigating: ['investigating', 'identified', 'contained'],
  identified: ['investigating', 'identified', 'contained'],
  contained: ['investigating', 'identified', 'contained', 'closed'],
  closed: ['investigating', 'closed'],
};

/** What the next update may say, in the order in which incidents usually go. */
export function nextStatuses(nature: Nature, from: Before): readonly IncidentStatus[] {
  return (nature === 'service' ? SERVICE_MOVES : DATA_MOVES)[from ?? 'draft'] ?? [];
}

export function canMoveTo(nature: Nature, from: Before, to: IncidentStatus): boolean {
  return nextStatuses(nature, from).includes(to);
}

export function isEnded(status: IncidentStatus | null): boolean {
  return endedStatuses.some((ended) => ended === status);
}

type Moved = { status: IncidentStatus; displayAt: Date };

/**
 * When it last entered monitoring (of a leak: was contained) and when it last ended, from its updates, the newest first. Null
 * while it has not, and again once it has broken out anew.
 */
export function phaseTimes(updates: readonly Moved[]): { monitoringAt: Date | null; endedAt: Date | null } {
  let monitoringAt: Date | null = null;
  let endedAt: Date | null = null;
  let before: IncidentStatus | null = null;
  for (const { status, displayAt } of updates.toReversed()) {
    const watched = status === 'monitoring' || status === 'contained';
    if (watched && status !== before) monitoringAt = displayAt;
    if (!watched && !isEnded(status)) monitoringAt = null;
    if (!isEnded(status)) endedAt = null;
    else endedAt ??= displayAt;
    before = status;
  }
  return { monitoringAt, endedAt };
}

/** What its status was at a time: that of the newest update until then, of its first one before. Updates: the newest first. */
export function statusAt(updates: readonly Moved[], at: Date): IncidentStatus | null {
  return (updates.find(({ displayAt }) => displayAt <= at) ?? updates.at(-1))?.status ?? null;
}

export const relationKinds = ['caused_by', 'part_of', 'related', 'unrelated'] as const;
export type RelationKind = (typeof relationKinds)[number];

/** The same relation as the page of either incident says it. */
export type RelationSaid = RelationKind | 'caused' | 'has_part';

const FROM_THE_OTHER: Readonly<Record<RelationKind, RelationSaid>> = {
  caused_by: 'caused',
  part_of: 'has_part',
  related: 'related',
  unrelated: 'unrelated',
};

export function relationSaid(kind: RelationKind, fromTheOther: boolean): RelationSaid {
  return fromTheOther ? FROM_THE_OTHER[kind] : kind;
}
