import { and, asc, eq, gt, inArray, isNull, lt, max, min } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { componentDays, components, impacts } from '#db/schema/index.ts';
import { touch } from '../editions.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { getSite } from '../site/queries.ts';
import { lockComponents } from './commands.ts';
import { beginningOf, daysToFreeze, type Frozen } from './frozen-days.ts';
import { findStatusAt, listComponents } from './queries.ts';
import { countSeconds, type DayPeriod, type Period, type Seconds, type StatusChange } from './uptime.ts';

const COMPONENTS_AT_ONCE = 10;
const DAYS_AT_ONCE = 31;
const RECOUNTED_AT_ONCE = 50;

/**
 * Freezes finished days that are not frozen yet, some at a time: call it again until it answers 0. It may be repeated at any
 * time, in any number of processes, and catches up with a pause of up to 100 days.
 */
export async function freezeDays(db: Database, now: Date): Promise<number> {
  const { timeZone } = await getSite(db);
  const due = (await listFrozen(db))
    .map(({ id, beginning, frozen }) => ({
      id,
      days: daysToFreeze(beginning(timeZone), frozen, now, timeZone).slice(0, DAYS_AT_ONCE),
    }))
    .filter(({ days }) => days.length > 0)
    .slice(0, COMPONENTS_AT_ONCE);
  if (due.length === 0) return 0;
  return db.transaction(async (tx) => {
    // What is being told of these components arrives before the count, or finds the day frozen and has it counted again.
    await lockComponents(
      tx,
      due.map(({ id }) => id),
    );
    let written = 0;
    for (const { id, days } of due) written += await freeze(tx, id, days, now);
    await touch(tx, ['components']);
    return written;
  });
}

async function freeze(
  tx: Database,
  componentId: string,
  days: readonly DayPeriod[],
  now: Date,
): Promise<number> {
  const startsAt = new Date(Math.min(...days.map((day) => day.startsAt.getTime())));
  const endsAt = new Date(Math.max(...days.map((day) => day.endsAt.getTime())));
  const changes = await listChanges(tx, componentId, { startsAt, endsAt });
  const rows = days.map((day) => ({
    componentId,
    ...day,
    ...columnsOf(countSeconds(changes, day)),
    frozenAt: now,
  }));
  const written = await tx
    .insert(componentDays)
    .values(rows)
    .onConflictDoNothing()
    .returning({ day: componentDays.day });
  return written.length;
}

/** Each component in view, with which of its days are frozen. */
async function listFrozen(db: Database) {
  const rows = await db
    .select({
      id: components.id,
      startDate: components.startDate,
      createdAt: components.createdAt,
      firstDay: min(componentDays.day),
      firstStartsAt: min(componentDays.startsAt),
      lastDay: max(componentDays.day),
      lastEndsAt: max(componentDays.endsAt),
    })
    .from(components)
    .leftJoin(componentDays, eq(componentDays.componentId, components.id))
    .where(and(eq(components.isGroup, false), isNull(components.retiredAt)))
    .groupBy(components.id)
    .orderBy(asc(components.id));
  return rows.map(({ id, startDate, createdAt, firstDay, firstStartsAt, lastDay, lastEndsAt }) => ({
    id,
    beginning: (timeZone: string) => beginningOf({ startDate, createdAt }, timeZone),
    frozen:
      firstDay && firstStartsAt && lastDay && lastEndsAt
        ? ({ firstDay, firstStartsAt, lastDay, lastEndsAt } satisfies Frozen)
        : undefined,
  }));
}

/** The changes within a period, oldest first, after what held when it began. */
async function listChanges(
  tx: Database,
  componentId: string,
  { startsAt, endsAt }: Period,
): Promise<StatusChange[]> {
  const before = await findStatusAt(tx, componentId, startsAt);
  const within = await tx
    .select({ status: impacts.status, at: impacts.startsAt })
    .from(impacts)
    .where(
      and(eq(impacts.componentId, componentId), gt(impacts.startsAt, startsAt), lt(impacts.startsAt, endsAt)),
    )
    .orderBy(asc(impacts.startsAt), asc(impacts.id));
  return before ? [{ status: before, at: startsAt }, ...within] : within;
}

/**
 * Counts the finished days again of which something was told afterwards, some at a time: call it again until it answers 0.
 * The evidence log keeps what stood there before.
 */
export async function recountDays(db: Database, now: Date): Promise<number> {
  const outdated = await listOutdated(db);
  if (outdated.length === 0) return 0;
  return db.transaction(async (tx) => {
    const ids = [...new Set(outdated.map(({ componentId }) => componentId))];
    await lockComponents(tx, ids);
    const days = await listOutdated(tx, ids);
    for (const day of days) await recount(tx, day, now);
    if (days.length > 0) await touch(tx, ['components']);
    return days.length;
  });
}

type OutdatedDay = typeof componentDays.$inferSelect;

async function listOutdated(db: Database, ids?: readonly string[]): Promise<OutdatedDay[]> {
  return db
    .select()
    .from(componentDays)
    .where(and(eq(componentDays.outdated, true), ids && inArray(componentDays.componentId, [...ids])))
    .orderBy(asc(componentDays.componentId), asc(componentDays.day))
    .limit(RECOUNTED_AT_ONCE);
}

async function recount(tx: Database, row: OutdatedDay, now: Date): Promise<void> {
  const { componentId, day } = row;
  const seconds = countSeconds(await listChanges(tx, componentId, row), row);
  await tx
    .update(componentDays)
    .set({ ...columnsOf(seconds), outdated: false })
    .where(and(eq(componentDays.componentId, componentId), eq(componentDays.day, day)));
  const before = secondsOf(row);
  if (Object.keys(before).every((kind) => before[kind as keyof Seconds] === seconds[kind as keyof Seconds]))
    return;
  const entry = {
    subject: `component:${componentId}`,
    actor: 'worker' as const,
    details: { day, before, seconds },
  };
  await appendEvidence(tx, { kind: 'day_recomputed', ...entry }, now);
}

function columnsOf({ major, partial, degraded, maintenance, counted }: Seconds) {
  return {
    majorSeconds: major,
    partialSeconds: partial,
    degradedSeconds: degraded,
    maintenanceSeconds: maintenance,
    countedSeconds: counted,
  };
}

function secondsOf(row: OutdatedDay): Seconds {
  return {
    major: row.majorSeconds,
    partial: row.partialSeconds,
    degraded: row.degradedSeconds,
    maintenance: row.maintenanceSeconds,
    counted: row.countedSeconds,
  };
}

/** How soon a change's first length is worth showing, and how often it is from then on. */
const FIRST_MS = 60_000;
const AGAIN_MS = 10 * 60_000;

/**
 * While something is not operational its day says more with every minute though nothing is told: says that the page has
 * changed, a minute after it began and then every ten. True when it has.
 */
export async function touchWhileWrong(db: Database, touchedAt: Date, now: Date): Promise<boolean> {
  const wrong = (await listComponents(db)).filter(
    ({ isGroup, status }) => !isGroup && status !== 'operational',
  );
  const isDue = (since: Date) => {
    const first = since.getTime() + FIRST_MS;
    return (
      first <= now.getTime() &&
      (first > touchedAt.getTime() || now.getTime() - touchedAt.getTime() >= AGAIN_MS)
    );
  };
  if (!wrong.some(({ since }) => since !== null && isDue(since))) return false;
  await db.transaction((tx) => touch(tx, ['components']));
  return true;
}
