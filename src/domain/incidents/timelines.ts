import { asc, desc, eq, inArray, sql } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import {
  components,
  impacts,
  incidents,
  incidentUpdateRevisions,
  incidentUpdates,
} from '#db/schema/index.ts';
import { statusBefore } from '../components/affected.ts';
import type { ComponentStatus } from '../components/rules.ts';
import { onceEach } from '../snapshot.ts';
import type { IncidentStatus } from './rules.ts';

const UPDATES_MAX = 200;
const ROWS_MAX = 20_000;

/** What an update said of a component. */
export type ComponentChange = {
  componentId: string;
  name: string;
  /** Null at the top level. */
  groupName: string | null;
  before: ComponentStatus;
  after: ComponentStatus;
};

/** What an update said before it was put right. */
export type UpdateCorrection = {
  number: number;
  /** Empty once it is redacted. */
  body: string;
  reason: string;
  correctedAt: Date;
  /** Its text was taken out because it disclosed something; null otherwise. */
  redaction: { at: Date; reason: string } | null;
};

export type IncidentUpdate = {
  id: string;
  incidentId: string;
  status: IncidentStatus;
  /** Markdown: what holds now. */
  body: string;
  displayAt: Date;
  createdAt: Date;
  /** When its text was last corrected; null as long as it stands as it was written. */
  correctedAt: Date | null;
  /** The newest first. */
  corrections: readonly UpdateCorrection[];
  changes: readonly ComponentChange[];
};

/** The timelines of some incidents, each the newest update first, at most 200 of each. */
export function listUpdates(
  db: Database,
  incidentIds: readonly string[],
): Promise<ReadonlyMap<string, IncidentUpdate[]>> {
  return onceEach(db, 'incident-updates', incidentIds, (missing) => loadUpdates(db, missing));
}

async function loadUpdates(
  db: Database,
  incidentIds: readonly string[],
): Promise<ReadonlyMap<string, IncidentUpdate[]>> {
  if (incidentIds.length === 0) return new Map();
  const updates = await updatesOf(db, incidentIds);
  const changes = groupBy(await changesOf(db, incidentIds), ({ updateId }) => updateId);
  const corrections = groupBy(await correctionsOf(db, incidentIds), ({ updateId }) => updateId);
  return groupBy(
    updates.map((update) => ({
      ...update,
      corrections: (corrections.get(update.id) ?? []).map(
        ({ updateId: _, redactedAt, redactionReason, ...correction }) => ({
          ...correction,
          redaction: redactedAt && { at: redactedAt, reason: redactionReason ?? '' },
        }),
      ),
      changes: (changes.get(update.id) ?? []).map(({ updateId: _, ...change }) => change),
    })),
    ({ incidentId }) => incidentId,
  );
}

function updatesOf(db: Database, incidentIds: readonly string[]) {
  // Bounded for each: a long timeline takes nothing from the others.
  const newest = db
    .select({
      id: incidentUpdates.id,
      incidentId: incidentUpdates.incidentId,
      status: incidentUpdates.status,
      body: incidentUpdates.body,
      displayAt: incidentUpdates.displayAt,
      createdAt: incidentUpdates.createdAt,
      correctedAt: incidentUpdates.correctedAt,
    })
    .from(incidentUpdates)
    .where(eq(incidentUpdates.incidentId, incidents.id))
    .orderBy(desc(incidentUpdates.displayAt))
    .limit(UPDATES_MAX)
    .as('newest');
  return db
    .select({
      id: newest.id,
      incidentId: newest.incidentId,
      status: newest.status,
      body: newest.body,
      displayAt: newest.displayAt,
      createdAt: newest.createdAt,
      correctedAt: newest.correctedAt,
    })
    .from(incidents)
    .innerJoinLateral(newest, sql`true`)
    .where(inArray(incidents.id, [...incidentIds]))
    .orderBy(desc(newest.displayAt));
}

async function changesOf(db: Database, incidentIds: readonly string[]) {
  const group = alias(components, 'component_group');
  const before = statusBefore(db);
  const rows = await db
    .select({
      updateId: incidentUpdates.id,
      componentId: impacts.componentId,
      name: components.name,
      groupName: group.name,
      before: before.status,
      after: impacts.status,
    })
    .from(incidentUpdates)
    .innerJoin(impacts, eq(impacts.incidentUpdateId, incidentUpdates.id))
    .innerJoin(components, eq(components.id, impacts.componentId))
    .leftJoin(group, eq(group.id, components.groupId))
    .leftJoinLateral(before, sql`true`)
    .where(inArray(incidentUpdates.incidentId, [...incidentIds]))
    .orderBy(asc(components.position), asc(components.id))
    .limit(ROWS_MAX);
  return rows.map((row) => ({ ...row, before: row.before ?? ('operational' as const) }));
}

function correctionsOf(db: Database, incidentIds: readonly string[]) {
  return db
    .select({
      updateId: incidentUpdateRevisions.updateId,
      body: incidentUpdateRevisions.body,
      number: incidentUpdateRevisions.number,
      redactedAt: incidentUpdateRevisions.redactedAt,
      redactionReason: incidentUpdateRevisions.redactionReason,
      reason: incidentUpdateRevisions.reason,
      correctedAt: incidentUpdateRevisions.correctedAt,
    })
    .from(incidentUpdateRevisions)
    .innerJoin(incidentUpdates, eq(incidentUpdates.id, incidentUpdateRevisions.updateId))
    .where(inArray(incidentUpdates.incidentId, [...incidentIds]))
    .orderBy(desc(incidentUpdateRevisions.number))
    .limit(ROWS_MAX);
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
