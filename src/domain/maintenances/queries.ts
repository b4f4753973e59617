import {
  and,
  asc,
  count,
  desc,
  eq,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  ne,
  notExists,
  or,
  sql,
  type SQL,
} from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { maintenanceComponents, maintenances, maintenanceUpdates } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { once } from '../snapshot.ts';
import { activeStates, endedStates, type MaintenanceState, type MaintenanceStatus } from './rules.ts';

const NEWEST_MAX = 50;
const UPDATES_MAX = 200;
const CALENDAR_MAX = 500;

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

/** Under way: in progress or being checked, the first to have begun first. At most 50. */
export function listActiveMaintenances(db: Database): Promise<MaintenanceInFull[]> {
  return once(db, 'maintenances:active', () =>
    inFull(db, select(db, inArray(maintenances.state, [...activeStates]), NEWEST_MAX)),
  );
}

/** Announced and not begun, the next one first. At most 50 unless told otherwise. */
export function listUpcomingMaintenances(db: Database, limit = NEWEST_MAX): Promise<MaintenanceInFull[]> {
  return once(db, `maintenances:upcoming:${limit}`, () =>
    inFull(db, select(db, eq(maintenances.state, 'scheduled'), limit)),
  );
}

/** The same with only the next of what repeats: for a short list. */
export async function listNextMaintenances(db: Database, limit: number): Promise<MaintenanceInFull[]> {
  return inFull(db, select(db, and(eq(maintenances.state, 'scheduled'), isNextOfSeries(db)), limit));
}

type Newest = {
  /** Only those that work on one of these components. */
  componentIds?: readonly string[];
  cancelledToo?: boolean;
};

/**
 * In any state but draft and, unless told, cancelled: the latest changed first, among equals the next one. At most 50 unless
 * told otherwise.
 */
export async function listNewestMaintenances(
  db: Database,
  limit = NEWEST_MAX,
  { componentIds, cancelledToo = false }: Newest = {},
): Promise<MaintenanceInFull[]> {
  const shown = and(
    isPublic,
    cancelledToo ? undefined : ne(maintenances.state, 'cancelled'),
    componentIds && worksOn(db, componentIds),
  );
  const found = () =>
    inFull(db, select(db, shown, limit, [desc(maintenances.updatedAt), asc(maintenances.scheduledFor)]));
  return componentIds ? found() : once(db, `maintenances:newest:${limit}:${cancelledToo}`, found);
}

/** Completed or publicly cancelled, and planned for this stretch of time: the latest first. At most 500. */
export async function listEndedMaintenances(
  db: Database,
  { from, until }: { from: Date; until: Date },
): Promise<MaintenanceInFull[]> {
  const ended = and(isPublic, inArray(maintenances.state, [...endedStates]), plannedIn(from, until));
  return inFull(db, select(db, ended, CALENDAR_MAX, [desc(maintenances.scheduledFor)]));
}

/** Public work that had begun and lasted into a span of time, the first to have begun first. At most 500. */
export async function listMaintenancesDuring(
  db: Database,
  { from, until }: { from: Date; until: Date },
): Promise<(Maintenance & { startedAt: Date })[]> {
  const lasted = or(isNull(maintenances.endedAt), gte(maintenances.endedAt, from));
  const found = await select(db, and(isPublic, lt(maintenances.startedAt, until), lasted), CALENDAR_MAX, [
    asc(maintenances.startedAt),
  ]);
  return found.flatMap((row) => (row.startedAt ? [{ ...row, startedAt: row.startedAt }] : []));
}

/** Everything public, the cancelled too: the latest planned 500, the earliest of them first. */
export function listCalendar(db: Database): Promise<MaintenanceInFull[]> {
  return once(db, 'maintenances:calendar', async () => {
    const latest = await inFull(db, select(db, isPublic, CALENDAR_MAX, [desc(maintenances.scheduledFor)]));
    return latest.reverse();
  });
}

/** How many are under way: what the headline asks. */
export function countActiveMaintenances(db: Database): Promise<number> {
  return once(db, 'maintenances:active:count', () => loadActiveCount(db));
}

async function loadActiveCount(db: Database): Promise<number> {
  const [row] = await db
    .select({ active: count() })
    .from(maintenances)
    .where(inArray(maintenances.state, [...activeStates]));
  return row?.active ?? 0;
}

/** Undefined for a draft: it does not exist for the public. */
export async function findPublishedMaintenance(
  db: Database,
  slug: string,
): Promise<MaintenanceInFull | undefined> {
  return first(db, and(eq(maintenances.slug, slug), isPublic));
}

/** Drafts included: for staff and the command line. */
export async function findMaintenanceBySlug(
  db: Database,
  slug: string,
): Promise<MaintenanceInFull | undefined> {
  return first(db, eq(maintenances.slug, slug));
}

export async function findMaintenance(db: Database, id: string): Promise<MaintenanceInFull | undefined> {
  return first(db, eq(maintenances.id, id));
}

/** @throws DomainError `not_found`. */
export async function getMaintenance(db: Database, id: string): Promise<MaintenanceInFull> {
  const maintenance = await findMaintenance(db, id);
  if (!maintenance) {
    throw new DomainError('not_found', 'There is no such maintenance. Open the list of maintenances again.');
  }
  return maintenance;
}

/**
 * Drafts included, and of what repeats only the next to come: for staff. Those that are not over first, the next one first;
 * then the latest over. At most 100 unless told.
 */
export async function listMaintenances(
  db: Database,
  { limit = 100, offset = 0 }: { limit?: number; offset?: number } = {},
): Promise<Maintenance[]> {
  const over = inArray(maintenances.state, [...endedStates]);
  const order = [
    sql`${over}`,
    sql`case when ${over} then null else ${maintenances.scheduledFor} end asc`,
    desc(maintenances.scheduledFor),
  ];
  const listed = or(ne(maintenances.state, 'scheduled'), isNextOfSeries(db));
  return select(db, listed, limit, order, offset);
}

/** Of one series, the next ones first. At most 500. */
export async function listOccurrences(db: Database, seriesId: string): Promise<Maintenance[]> {
  return select(db, eq(maintenances.seriesId, seriesId), CALENDAR_MAX);
}

const isPublic = isNotNull(maintenances.publishedAt);

/** No other of its series is announced for an earlier time; true of what does not repeat. */
function isNextOfSeries(db: Database): SQL {
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

function worksOn(db: Database, componentIds: readonly string[]): SQL {
  return inArray(
    maintenances.id,
    db
      .select({ id: maintenanceComponents.maintenanceId })
      .from(maintenanceComponents)
      .where(inArray(maintenanceComponents.componentId, [...componentIds])),
  );
}

function plannedIn(from: Date, until: Date): SQL | undefined {
  return and(gte(maintenances.scheduledFor, from), lt(maintenances.scheduledFor, until));
}

async function first(db: Database, where: SQL | undefined): Promise<MaintenanceInFull | undefined> {
  const [maintenance] = await inFull(db, select(db, where, 1));
  return maintenance;
}

async function select(
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

async function inFull(db: Database, selected: Promise<Maintenance[]>): Promise<MaintenanceInFull[]> {
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
