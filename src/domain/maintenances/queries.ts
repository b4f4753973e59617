import { and, asc, count, desc, eq, gte, inArray, isNull, lt, ne, or, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenances } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { once } from '../snapshot.ts';
import {
  findFirst,
  inFull,
  isNextOfSeries,
  isPublic,
  plannedIn,
  selectMaintenances,
  worksOn,
  type Maintenance,
  type MaintenanceInFull,
} from './rows.ts';
import { activeStates, endedStates } from './rules.ts';

export type { Maintenance, MaintenanceInFull, MaintenanceUpdate } from './rows.ts';

const NEWEST_MAX = 50;
const CALENDAR_MAX = 500;

/** Under way: in progress or being checked, the first to have begun first. At most 50. */
export function listActiveMaintenances(db: Database): Promise<MaintenanceInFull[]> {
  return once(db, 'maintenances:active', () =>
    inFull(db, selectMaintenances(db, inArray(maintenances.state, [...activeStates]), NEWEST_MAX)),
  );
}

/** Announced and not begun, the next one first. At most 50 unless told otherwise. */
export function listUpcomingMaintenances(db: Database, limit = NEWEST_MAX): Promise<MaintenanceInFull[]> {
  return once(db, `maintenances:upcoming:${limit}`, () =>
    inFull(db, selectMaintenances(db, eq(maintenances.state, 'scheduled'), limit)),
  );
}

/** The same with only the next of what repeats: for a short list. */
export async function listNextMaintenances(db: Database, limit: number): Promise<MaintenanceInFull[]> {
  return inFull(
    db,
    selectMaintenances(db, and(eq(maintenances.state, 'scheduled'), isNextOfSeries(db)), limit),
  );
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
    inFull(
      db,
      selectMaintenances(db, shown, limit, [desc(maintenances.updatedAt), asc(maintenances.scheduledFor)]),
    );
  return componentIds ? found() : once(db, `maintenances:newest:${limit}:${cancelledToo}`, found);
}

/** Completed or publicly cancelled, and planned for this stretch of time: the latest first. At most 500. */
export async function listEndedMaintenances(
  db: Database,
  { from, until }: { from: Date; until: Date },
): Promise<MaintenanceInFull[]> {
  const ended = and(isPublic, inArray(maintenances.state, [...endedStates]), plannedIn(from, until));
  return inFull(db, selectMaintenances(db, ended, CALENDAR_MAX, [desc(maintenances.scheduledFor)]));
}

/** Public work that had begun and lasted into a span of time, the first to have begun first. At most 500. */
export async function listMaintenancesDuring(
  db: Database,
  { from, until }: { from: Date; until: Date },
): Promise<(Maintenance & { startedAt: Date })[]> {
  const lasted = or(isNull(maintenances.endedAt), gte(maintenances.endedAt, from));
  const found = await selectMaintenances(
    db,
    and(isPublic, lt(maintenances.startedAt, until), lasted),
    CALENDAR_MAX,
    [asc(maintenances.startedAt)],
  );
  return found.flatMap((row) => (row.startedAt ? [{ ...row, startedAt: row.startedAt }] : []));
}

/** Everything public, the cancelled too: the latest planned 500, the earliest of them first. */
export function listCalendar(db: Database): Promise<MaintenanceInFull[]> {
  return once(db, 'maintenances:calendar', async () => {
    const latest = await inFull(
      db,
      selectMaintenances(db, isPublic, CALENDAR_MAX, [desc(maintenances.scheduledFor)]),
    );
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
  return findFirst(db, and(eq(maintenances.slug, slug), isPublic));
}

/** Drafts included: for staff and the command line. */
export async function findMaintenanceBySlug(
  db: Database,
  slug: string,
): Promise<MaintenanceInFull | undefined> {
  return findFirst(db, eq(maintenances.slug, slug));
}

export async function findMaintenance(db: Database, id: string): Promise<MaintenanceInFull | undefined> {
  return findFirst(db, eq(maintenances.id, id));
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
  return selectMaintenances(db, listed, limit, order, offset);
}

/** Of one series, the next ones first. At most 500. */
export async function listOccurrences(db: Database, seriesId: string): Promise<Maintenance[]> {
  return selectMaintenances(db, eq(maintenances.seriesId, seriesId), CALENDAR_MAX);
}
