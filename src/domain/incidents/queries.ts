import { and, desc, eq, exists, inArray, isNotNull, isNull, or, sql, type SQL } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { impacts, incidents, incidentUpdates } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { once } from '../snapshot.ts';
import type { Impact, IncidentStatus, Nature } from './rules.ts';
import { listUpdates, type ComponentChange, type IncidentUpdate } from './timelines.ts';

export type { ComponentChange, IncidentUpdate } from './timelines.ts';

const OPEN_MAX = 50;
const NEWEST_CHOICES = 200;
const CHOICES_MAX = 500;

export type Incident = {
  id: string;
  slug: string;
  title: string;
  nature: Nature;
  impact: Impact;
  /** That of the newest update; null while it is a draft. */
  status: IncidentStatus | null;
  startedAt: Date;
  /** When it was resolved or closed; null while it is open. */
  endedAt: Date | null;
  publishedAt: Date | null;
  /** When it was added, if that was afterwards. */
  backfilledAt: Date | null;
  createdAt: Date;
  /** When anything about it last changed: an update, a correction, its post-mortem. */
  updatedAt: Date;
};

/** An incident with its timeline, newest first. At most 200 updates. */
export type IncidentInFull = Incident & { updates: readonly IncidentUpdate[] };

/** Everything public that has not ended, in full, the latest to start first. At most 50. */
export function listOpenIncidents(db: Database): Promise<IncidentInFull[]> {
  return once(db, 'incidents:open', async () =>
    withUpdates(db, await select(db, { where: and(isPublic, isNull(incidents.endedAt)), limit: OPEN_MAX })),
  );
}

/** Public incidents that have ended, the latest to start first. */
export async function listEndedIncidents(db: Database, limit: number): Promise<Incident[]> {
  return select(db, { where: and(isPublic, isNotNull(incidents.endedAt)), limit });
}

/** Drafts included, or nothing else: for staff and the command line. The latest to start first. At most 100 unless told. */
export async function listIncidents(
  db: Database,
  { drafts = false, limit = 100, offset = 0 }: { drafts?: boolean; limit?: number; offset?: number } = {},
): Promise<Incident[]> {
  return select(db, { where: drafts ? isNull(incidents.publishedAt) : undefined, limit, offset });
}

/** For staff to choose from: what is open, what has been chosen, and the newest 200. At most 500, the latest to start first. */
export async function listIncidentChoices(
  db: Database,
  { chosen, nature }: { chosen?: string | undefined; nature?: Nature } = {},
): Promise<Incident[]> {
  const of = nature && eq(incidents.nature, nature);
  const newest = db
    .select({ id: incidents.id })
    .from(incidents)
    .where(of)
    .orderBy(desc(incidents.startedAt), desc(incidents.id))
    .limit(NEWEST_CHOICES);
  const offered = or(
    isNull(incidents.endedAt),
    inArray(incidents.id, newest),
    chosen ? eq(incidents.id, chosen) : undefined,
  );
  return select(db, { where: and(of, offered), limit: CHOICES_MAX });
}

type Told = {
  /** Only those whose updates are about one of these components. */
  componentIds?: readonly string[];
  /** The latest changed first, or the latest to start. */
  order?: 'changed' | 'started';
};

/** Public incidents with their timelines, the latest changed first unless told: for feeds and the API. */
export async function listIncidentsInFull(
  db: Database,
  limit: number,
  { componentIds, order = 'changed' }: Told = {},
): Promise<IncidentInFull[]> {
  const where = and(isPublic, componentIds && isAbout(db, componentIds));
  const found = async () =>
    withUpdates(db, await select(db, { where, limit, ...(order === 'changed' && { order: byChange }) }));
  return componentIds ? found() : once(db, `incidents:${order}:${limit}`, found);
}

/** Undefined for a draft: it does not exist for the public. */
export async function findPublishedIncident(db: Database, slug: string): Promise<IncidentInFull | undefined> {
  return first(db, and(eq(incidents.slug, slug), isPublic));
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

/** Public incidents that lasted into a span of time: the latest to start first. */
export async function listIncidentsDuring(
  db: Database,
  { from, until }: { from: Date; until: Date },
  limit: number,
): Promise<Incident[]> {
  const lasted = sql`(${incidents.endedAt} is null or ${incidents.endedAt} >= ${at(from)})`;
  return select(db, { where: and(isPublic, sql`${incidents.startedAt} < ${at(until)}`, lasted), limit });
}

/** The components its updates were about, each with what the newest of them said. */
export function affectedComponents({ updates }: Pick<IncidentInFull, 'updates'>): ComponentChange[] {
  const newest = new Map<string, ComponentChange>();
  for (const { changes } of updates) {
    for (const change of changes) {
      if (!newest.has(change.componentId)) newest.set(change.componentId, change);
    }
  }
  return [...newest.values()];
}

const isPublic = isNotNull(incidents.publishedAt);
const byChange = desc(incidents.updatedAt);
const at = (time: Date) => sql.param(time, incidents.startedAt);

function isAbout(db: Database, componentIds: readonly string[]): SQL {
  return exists(
    db
      .select({ id: impacts.id })
      .from(incidentUpdates)
      .innerJoin(impacts, eq(impacts.incidentUpdateId, incidentUpdates.id))
      .where(
        and(
          eq(incidentUpdates.incidentId, incidents.id),
          componentIds.length > 0 ? inArray(impacts.componentId, [...componentIds]) : sql`false`,
        ),
      ),
  );
}

type Which = { where?: SQL | undefined; limit: number; offset?: number; order?: SQL };

async function select(db: Database, { where, limit, offset = 0, order }: Which): Promise<Incident[]> {
  const newest = db
    .select({ status: incidentUpdates.status })
    .from(incidentUpdates)
    .where(eq(incidentUpdates.incidentId, incidents.id))
    .orderBy(desc(incidentUpdates.displayAt))
    .limit(1)
    .as('newest');
  return db
    .select({
      id: incidents.id,
      slug: incidents.slug,
      title: incidents.title,
      nature: incidents.nature,
      impact: incidents.impact,
      status: newest.status,
      startedAt: incidents.startedAt,
      endedAt: incidents.endedAt,
      publishedAt: incidents.publishedAt,
      backfilledAt: incidents.backfilledAt,
      createdAt: incidents.createdAt,
      updatedAt: incidents.updatedAt,
    })
    .from(incidents)
    .leftJoinLateral(newest, sql`true`)
    .where(where)
    .orderBy(order ?? desc(incidents.startedAt), desc(incidents.id))
    .limit(limit)
    .offset(offset);
}

async function first(db: Database, where: SQL | undefined): Promise<IncidentInFull | undefined> {
  const [incident] = await withUpdates(db, await select(db, { where, limit: 1 }));
  return incident;
}

async function withUpdates(db: Database, found: readonly Incident[]): Promise<IncidentInFull[]> {
  const updates = await listUpdates(
    db,
    found.map(({ id }) => id),
  );
  return found.map((incident) => ({ ...incident, updates: updates.get(incident.id) ?? [] }));
}
