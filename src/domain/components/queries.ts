import { and, asc, desc, eq, isNotNull, isNull, lte, sql, type SQL } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { components, impacts } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { once } from '../snapshot.ts';
import type { ComponentStatus, GroupDisplay } from './rules.ts';
import { rowsOf, statusOf, treeOf, type Branch } from './tree.ts';

const COMPONENTS_MAX = 500;

/** A part of the service with its current status, or a group of parts with that of its worst. */
export type Component = {
  id: string;
  groupId: string | null;
  isGroup: boolean;
  name: string;
  description: string | null;
  /** Among those of the same group, from 1. */
  position: number;
  status: ComponentStatus;
  /** When it took this status; a group's is absent. */
  since: Date | null;
  /** How a group is first shown. */
  display: GroupDisplay;
  /** Left out of the page while it is operational. */
  onlyShowIfDegraded: boolean;
  /** Shown with its last 90 days. */
  showcase: boolean;
  /** The first day that counts, as 2019-11-01 in the site's zone; null: it counts from `createdAt`. */
  startDate: string | null;
  createdAt: Date;
  updatedAt: Date;
};

/** A component with what stands in it, when it is a group. */
export type ComponentBranch = Branch<Component>;

/** All components and groups in view, flat, each group before what stands in it, by position. At most 500. */
export function listComponents(db: Database): Promise<Component[]> {
  return once(db, 'components', () => loadComponents(db));
}

async function loadComponents(db: Database): Promise<Component[]> {
  return inOrder(treeOf(await select(db, isNull(components.retiredAt))));
}

async function select(db: Database, which: SQL, ...order: readonly SQL[]) {
  // One index entry a component: the cost does not grow with the log.
  const newest = db
    .select({ status: impacts.status, startsAt: impacts.startsAt })
    .from(impacts)
    .where(eq(impacts.componentId, components.id))
    .orderBy(desc(impacts.startsAt), desc(impacts.id))
    .limit(1)
    .as('newest');
  const rows = await db
    .select({
      id: components.id,
      groupId: components.groupId,
      isGroup: components.isGroup,
      name: components.name,
      description: components.description,
      position: components.position,
      status: newest.status,
      since: newest.startsAt,
      display: components.display,
      onlyShowIfDegraded: components.onlyShowIfDegraded,
      showcase: components.showcase,
      startDate: components.startDate,
      createdAt: components.createdAt,
      retiredAt: components.retiredAt,
      updatedAt: components.updatedAt,
    })
    .from(components)
    .leftJoinLateral(newest, sql`true`)
    .where(which)
    .orderBy(...order, asc(components.position), asc(components.name), asc(components.id))
    .limit(COMPONENTS_MAX);
  return rows.map((row) => ({ ...row, status: row.status ?? ('operational' as const) }));
}

function inOrder(tree: readonly ComponentBranch[]): Component[] {
  return tree.flatMap((branch, index) => {
    const { children, ...component } = branch;
    return [{ ...component, status: statusOf(branch), position: index + 1 }, ...inOrder(children)];
  });
}

/** The statuses the headline is derived from: those of the parts, not of the groups. */
export function statusesOf(components: readonly Component[]): ComponentStatus[] {
  return components.filter(({ isGroup }) => !isGroup).map(({ status }) => status);
}

/** As the page shows them: the top level by position, each group with what stands in it. */
export function branches(components: readonly Component[]): ComponentBranch[] {
  return treeOf(components);
}

/** Groups with their level, from top to bottom: where a component may stand. */
export function groupsOf(components: readonly Component[]): { group: Component; level: number }[] {
  return rowsOf(branches(components)).flatMap(({ row, level }) =>
    row.isGroup ? [{ group: row, level }] : [],
  );
}

export type RetiredComponent = Component & { retiredAt: Date | null };

/** Those out of view with the status they had, the last first. At most 500. */
export function listRetiredComponents(db: Database): Promise<RetiredComponent[]> {
  return select(db, isNotNull(components.retiredAt), desc(components.retiredAt), desc(components.id));
}

/** Also one that is out of view. @throws DomainError `not_found`. */
export async function getComponent(db: Database, componentId: string) {
  const [row] = await db
    .select({
      id: components.id,
      groupId: components.groupId,
      isGroup: components.isGroup,
      name: components.name,
      description: components.description,
      position: components.position,
      display: components.display,
      onlyShowIfDegraded: components.onlyShowIfDegraded,
      showcase: components.showcase,
      startDate: components.startDate,
      retiredAt: components.retiredAt,
      createdAt: components.createdAt,
      updatedAt: components.updatedAt,
    })
    .from(components)
    .where(eq(components.id, componentId));
  if (!row)
    throw new DomainError(
      'not_found',
      'There is no such component. It may belong to another site; open the list again.',
    );
  return row;
}

/** The status a component had at an instant; undefined before its first. */
export async function findStatusAt(
  db: Database,
  componentId: string,
  at: Date,
): Promise<ComponentStatus | undefined> {
  const [row] = await db
    .select({ status: impacts.status })
    .from(impacts)
    .where(and(eq(impacts.componentId, componentId), lte(impacts.startsAt, at)))
    .orderBy(desc(impacts.startsAt), desc(impacts.id))
    .limit(1);
  return row?.status;
}
