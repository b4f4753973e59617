import { and, desc, eq, inArray, isNotNull, notInArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { incidents, incidentUpdates } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { endedStatuses, type Impact, type IncidentStatus, type Nature } from './rules.ts';

const OPEN_MAX = 50;
const UPDATES_MAX = 200;

export type IncidentUpdate = {
  id: string;
  incidentId: string;
  status: IncidentStatus;
  /** Markdown. */
  body: string;
  displayAt: Date;
};

export type Incident = {
  id: string;
  slug: string;
  title: string;
  nature: Nature;
  impact: Impact;
  /** That of the newest update; null while it is a draft. */
  status: IncidentStatus | null;
  startedAt: Date;
  publishedAt: Date | null;
  updatedAt: Date;
};

/** An incident with its timeline, newest first. At most 200 updates. */
export type IncidentInFull = Incident & { updates: readonly IncidentUpdate[] };

/** Everything public that has not ended, in full, the latest to start first. At most 50. */
export async function listOpenIncidents(db: Database): Promise<IncidentInFull[]> {
  return withUpdates(db, await select(db, { state: 'open', limit: OPEN_MAX }));
}

/** Public incidents that have ended, the latest to start first. */
export async function listEndedIncidents(db: Database, limit: number): Promise<Incident[]> {
  return select(db, { state: 'ended', limit });
}

/** Drafts included: for staff and the command line. The latest to start first. */
export async function listIncidents(db: Database, limit = 100): Promise<Incident[]> {
  return select(db, { limit });
}

/** Public incidents with their timelines, the latest changed first: for feeds. */
export async function listIncidentsInFull(db: Database, limit: number): Promise<IncidentInFull[]> {
  return withUpdates(
    db,
    await select(db, { where: isNotNull(incidents.publishedAt), limit, order: desc(incidents.updatedAt) }),
  );
}

/** Undefined for a draft: it does not exist for the public. */
export async function findPublishedIncident(db: Database, slug: string): Promise<IncidentInFull | undefined> {
  return first(db, and(eq(incidents.slug, slug), isNotNull(incidents.publishedAt)));
}

/** Drafts included: for staff and the command line. */
export async function findIncidentBySlug(db: Database, slug: string): Promise<IncidentInFull | undefined> {
  return first(db, eq(incidents.slug, slug));
}

export async function findIncident(db: Database, incidentId: string): Promise<IncidentInFull | undefined> {
  return first(db, eq(incidents.id, incidentId));
}

/** @throws DomainError `not_found`. */
export async function getIncident(db: Database, incidentId: string): Promise<IncidentInFull> {
  const incident = await findIncident(db, incidentId);
  if (!incident)
    throw new DomainError('not_found', 'There is no such incident. Open the list of incidents again.');
  return incident;
}

type Which = { where?: SQL | undefined; state?: 'open' | 'ended'; limit: number; order?: SQL };

async function select(db: Database, { where, state, limit, order }: Which): Promise<Incident[]> {
  const newest = db
    .select({ status: incidentUpdates.status })
    .from(incidentUpdates)
    .where(eq(incidentUpdates.incidentId, incidents.id))
    .orderBy(desc(incidentUpdates.displayAt))
    .limit(1)
    .as('newest');
  const inState = {
    open: and(isNotNull(incidents.publishedAt), notInArray(newest.status, [...endedStatuses])),
    ended: and(isNotNull(incidents.publishedAt), inArray(newest.status, [...endedStatuses])),
  };
  return db
    .select({
      id: incidents.id,
      slug: incidents.slug,
      title: incidents.title,
      nature: incidents.nature,
      impact: incidents.impact,
      status: newest.status,
      startedAt: incidents.startedAt,
      publishedAt: incidents.publishedAt,
      updatedAt: incidents.updatedAt,
    })
    .from(incidents)
    .leftJoinLateral(newest, sql`true`)
    .where(and(where, state && inState[state]))
    .orderBy(order ?? desc(incidents.startedAt), desc(incidents.id))
    .limit(limit);
}

async function first(db: Database, where: SQL | undefined): Promise<IncidentInFull | undefined> {
  const [incident] = await withUpdates(db, await select(db, { where, limit: 1 }));
  return incident;
}

async function withUpdates(db: Database, found: readonly Incident[]): Promise<IncidentInFull[]> {
  if (found.length === 0) return [];
  // Bounded for each: a long timeline takes nothing from the others.
  const newest = db
    .select({
      id: incidentUpdates.id,
      incidentId: incidentUpdates.incidentId,
      status: incidentUpdates.status,
      body: incidentUpdates.body,
      displayAt: incidentUpdates.displayAt,
    })
    .from(incidentUpdates)
    .where(eq(incidentUpdates.incidentId, incidents.id))
    .orderBy(desc(incidentUpdates.displayAt))
    .limit(UPDATES_MAX)
    .as('newest');
  const updates = await db
    .select({
      id: newest.id,
      incidentId: newest.incidentId,
      status: newest.status,
      body: newest.body,
      displayAt: newest.displayAt,
    })
    .from(incidents)
    .innerJoinLateral(newest, sql`true`)
    .where(
      inArray(
        incidents.id,
        found.map(({ id }) => id),
      ),
    )
    .orderBy(desc(newest.displayAt));
  return found.map((incident) => ({
    ...incident,
    updates: updates.filter(({ incidentId }) => incidentId === incident.id),
  }));
}
