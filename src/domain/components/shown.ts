import { and, asc, desc, eq, gt, gte, inArray, lte, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { componentDays, components, impacts } from '#db/schema/index.ts';
import { dayIn } from '#src/text/dates.ts';
import { addDays, startOfDay } from '#src/text/days.ts';
import { once } from '../snapshot.ts';
import { beginningOf } from './frozen-days.ts';
import type { Component } from './queries.ts';
import { leavesOf, treeOf, type Branch } from './tree.ts';
import {
  countSeconds,
  daysOf,
  DAYS_SHOWN,
  historyOf,
  noSeconds,
  sumOfSeconds,
  togetherOf,
  withCurrent,
  type History,
  type Seconds,
  type StatusChange,
} from './uptime.ts';

/** Beyond this many changes of one component since the last frozen day only the newest are counted. */
const CHANGES_MAX = 2000;
/** Today, and yesterday until it is frozen. */
const LIVE_DAYS_MAX = 3;

/** A component as the page shows it; without a history when it is not to be shown with one. */
export type ComponentShown = Branch<Component & { history: History | null }>;

/**
 * The components a reader sees, with their last 90 days. Two queries, whose cost depends on the days and not on how much
 * was ever told: finished days come frozen, and only what changed since is read from the log.
 */
export async function componentsShown(
  db: Database,
  all: readonly Component[],
  timeZone: string,
  now: Date,
): Promise<ComponentShown[]> {
  const key = `histories:${dayIn(now, timeZone)}:${all.map(({ id }) => id).join()}`;
  const histories = await once(db, key, () => historiesOf(db, all, timeZone, now));
  return treeOf(all).flatMap((branch) => shown(branch, histories));
}

function shown(branch: Branch<Component>, histories: ReadonlyMap<string, History>): ComponentShown[] {
  if (!branch.isGroup) {
    if (branch.onlyShowIfDegraded && branch.status === 'operational') return [];
    const history = branch.showcase ? (histories.get(branch.id) ?? null) : null;
    return [{ ...branch, children: [], history }];
  }
  const children = branch.children.flatMap((child) => shown(child, histories));
  if (children.length === 0) return [];
  const leaves = leavesOf(branch).filter(({ showcase }) => showcase);
  const history = branch.showcase ? togetherOf(leaves.flatMap(({ id }) => histories.get(id) ?? [])) : null;
  return [{ ...branch, children, history }];
}

async function historiesOf(
  db: Database,
  all: readonly Component[],
  timeZone: string,
  now: Date,
): Promise<ReadonlyMap<string, History>> {
  const leaves = all.filter(({ isGroup }) => !isGroup);
  const ids = leaves.map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const today = dayIn(now, timeZone);
  const yesterdayAt = startOfDay(addDays(today, -1), timeZone);
  const frozen = await frozenDays(db, ids, addDays(today, 1 - DAYS_SHOWN));
  const liveFrom = new Map(
    leaves.map((leaf) => {
      const from = latest(frozen.get(leaf.id)?.until ?? yesterdayAt, yesterdayAt);
      return [leaf.id, latest(from, beginningOf(leaf, timeZone))] as const;
    }),
  );
  const since = new Date(Math.min(...[...liveFrom.values()].map((at) => at.getTime()), now.getTime()));
  const changes = await changesSince(db, ids, since);
  return new Map(
    leaves.map((leaf) => {
      const firstDay = leaf.startDate ?? '';
      const days = new Map([...(frozen.get(leaf.id)?.days ?? [])].filter(([day]) => day >= firstDay));
      const live = { startsAt: liveFrom.get(leaf.id) ?? since, endsAt: now };
      for (const period of daysOf(live, timeZone, LIVE_DAYS_MAX)) {
        const seconds = countSeconds(changes.get(leaf.id) ?? [], period);
        days.set(period.day, sumOfSeconds([days.get(period.day) ?? noSeconds, seconds]));
      }
      days.set(today, withCurrent(days.get(today) ?? noSeconds, leaf.status));
      return [leaf.id, historyOf(days, today)];
    }),
  );
}

type FrozenDays = { days: ReadonlyMap<string, Seconds>; until: Date };

/** One row a component. */
async function frozenDays(
  db: Database,
  ids: readonly string[],
  from: string,
): Promise<ReadonlyMap<string, FrozenDays>> {
  const inOrder = (column: unknown) => sql<number[]>`array_agg(${column} order by ${componentDays.day})`;
  const rows = await db
    .select({
      componentId: componentDays.componentId,
      days: sql<string[]>`array_agg(${componentDays.day}::text order by ${componentDays.day})`,
      major: inOrder(componentDays.majorSeconds),
      partial: inOrder(componentDays.partialSeconds),
      degraded: inOrder(componentDays.degradedSeconds),
      maintenance: inOrder(componentDays.maintenanceSeconds),
      counted: inOrder(componentDays.countedSeconds),
      until: sql`max(${componentDays.endsAt})`.mapWith(componentDays.endsAt),
    })
    .from(componentDays)
    .where(and(inArray(componentDays.componentId, [...ids]), gte(componentDays.day, from)))
    .groupBy(componentDays.componentId);
  return new Map(
    rows.map((row) => {
      const days = row.days.map((day, index): [string, Seconds] => [
        day,
        {
          major: row.major[index] ?? 0,
          partial: row.partial[index] ?? 0,
          degraded: row.degraded[index] ?? 0,
          maintenance: row.maintenance[index] ?? 0,
          counted: row.counted[index] ?? 0,
        },
      ]);
      return [row.componentId, { days: new Map(days), until: row.until }];
    }),
  );
}

/** What held at that instant and what changed after it, oldest first. */
async function changesSince(
  db: Database,
  ids: readonly string[],
  since: Date,
): Promise<ReadonlyMap<string, StatusChange[]>> {
  const newest = (condition: ReturnType<typeof gt>, limit: number) =>
    db
      .select({ status: impacts.status, at: impacts.startsAt, id: impacts.id })
      .from(impacts)
      .where(and(eq(impacts.componentId, components.id), condition))
      .orderBy(desc(impacts.startsAt), desc(impacts.id))
      .limit(limit);
  const recent = newest(lte(impacts.startsAt, since), 1)
    .unionAll(newest(gt(impacts.startsAt, since), CHANGES_MAX))
    .as('recent');
  const rows = await db
    .select({ componentId: components.id, status: recent.status, at: recent.at })
    .from(components)
    .innerJoinLateral(recent, sql`true`)
    .where(inArray(components.id, [...ids]))
    .orderBy(asc(recent.at), asc(recent.id));
  return Map.groupBy(rows, ({ componentId }) => componentId);
}

const latest = (a: Date, b: Date) => (a > b ? a : b);
