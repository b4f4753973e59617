import { and, asc, desc, eq, gte, inArray, isNotNull, lt, notExists, sql, type SQL } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { maintenanceComponents, maintenances, maintenanceUpdates } from '#db/schema/index.ts';
import type { MaintenanceState, MaintenanceStatus } from './rules.ts';

const UPDATES_MAX = 200;

export type MaintenanceUpdate = {
  id: string;
  maintenanceId: string;
  status: MaintenanceStatus;
  /** Markdown. */
  body: string;
  /** Null: it wrote itself. */
  authorId: string | null;
  displayAt: Date;
};

export type Maintenance = {
  id: string;
  slug: string;
  title: string;
  /** Markdown. */
  description: string;
  state: MaintenanceState;
  scheduledFor: Date;
  scheduledUntil: Date;
  /** Null while it is a draft. */
  publishedAt: Date | null;
  /** When it really began, and when checking began. */
  startedAt: Date | null;
  verifyingAt: Date | null;
  /** When it was completed or cancelled. */
  endedAt: Date | null;
  dueAt: Date | null;
  reminderMinutes: number[];
  remindedAt: Date | null;
  remindersApprovedBy: string | null;
  authorId: string | null;
  seriesId: string | null;
  occurrence: string | null;
  /** Raised by every public change. */
  sequence: number;
  createdAt: Date;
  updatedAt: Date;
};

/** With the components worked on and its timeline, newest first. At most 200 updates. */
export type MaintenanceInFull = Maintenance & {
  componentIds: readonly string[];
  updates: readonly MaintenanceUpdate[];
};

/** Announced at some time. */
export const isPublic = isNotNull(maintenances.publishedAt);

/** No other of its series is announced for an earlier time; true of what does not repeat. */
export function isNextOfSeries(db: Database): SQL {
  const earlier = alias(maintenances, 'earlier');
  return notExists(
    db
      .select({ id: earlier.id })
      .from(earlier)
      .where(
        and(
          eq(earlier.seriesId, maintenances.seriesId),
          eq(earlier.state, 'scheduled'),
          lt(earlier.scheduledFor, maintenances.scheduledFor),
        ),
      ),
  );
}

/** At least one of these. */
export function worksOn(db: Database, componentIds: readonly string[]): SQL {
  return inArray(
    maintenances.id,
    db
      .select({ id: maintenanceComponents.maintenanceId })
      .from(maintenanceComponents)
      .where(inArray(maintenanceComponents.componentId, [...componentIds])),
  );
}

/** From (included) to (excluded). */
export function plannedIn(from: Date, until: Date): SQL | undefined {
  return and(gte(maintenances.scheduledFor, from), lt(maintenances.scheduledFor, until));
}

/** The first to begin of those that fit. */
export async function findFirst(
  db: Database,
  where: SQL | undefined,
): Promise<MaintenanceInFull | undefined> {
  const [maintenance] = await inFull(db, selectMaintenances(db, where, 1));
  return maintenance;
}

/** By their planned beginning unless told, the first first. */
export async function selectMaintenances(
  db: Database,
  where: SQL | undefined,
  limit: number,
  order: SQL[] = [asc(maintenances.scheduledFor)],
  offset = 0,
): Promise<Maintenance[]> {
  return db
    .select()
    .from(maintenances)
    .where(where)
    .orderBy(...order, asc(maintenances.id))
    .limit(limit)
    .offset(offset);
}

/** With the components worked on and the timelines of all of them. */
export async function inFull(db: Database, selected: Promise<Maintenance[]>): Promise<MaintenanceInFull[]> {
  const found = await selected;
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  const parts = await db
    .select()
    .from(maintenanceComponents)
    .where(inArray(maintenanceComponents.maintenanceId, ids))
    .orderBy(asc(maintenanceComponents.componentId));
  const updates = await listUpdates(db, ids);
  return found.map((maintenance) => ({
    ...maintenance,
    componentIds: parts
      .filter(({ maintenanceId }) => maintenanceId === maintenance.id)
      .map(({ componentId }) => componentId),
    updates: updates.filter(({ maintenanceId }) => maintenanceId === maintenance.id),
  }));
}

async function listUpdates(db: Database, ids: readonly string[]): Promise<MaintenanceUpdate[]> {
  // Bounded for each: a long timeline takes nothing from the others.
  const newest = db
    .select({
      id: maintenanceUpdates.id,
      maintenanceId: maintenanceUpdates.maintenanceId,
      status: maintenanceUpdates.status,
      body: maintenanceUpdates.body,
      authorId: maintenanceUpdates.authorId,
      displayAt: maintenanceUpdates.displayAt,
    })
    .from(maintenanceUpdates)
    .where(eq(maintenanceUpdates.maintenanceId, maintenances.id))
    .orderBy(desc(maintenanceUpdates.displayAt))
    .limit(UPDATES_MAX)
    .as('newest');
  return db
    .select({
      id: newest.id,
      maintenanceId: newest.maintenanceId,
      status: newest.status,
      body: newest.body,
      authorId: newest.authorId,
      displayAt: newest.displayAt,
    })
    .from(maintenances)
    .innerJoinLateral(newest, sql`true`)
    .where(inArray(maintenances.id, [...ids]))
    .orderBy(desc(newest.displayAt));
}
