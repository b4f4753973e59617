import { asc, desc, eq, sql } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { components, impacts } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { worstStatus, type ComponentStatus } from './rules.ts';

const COMPONENTS_MAX = 500;

/** A part of the service with its current status, or a group of parts with that of its worst. */
export type Component = {
  id: string;
  groupId: string | null;
  isGroup: boolean;
  name: string;
  description: string | null;
  position: number;
  status: ComponentStatus;
  /** When it took this status; a group's is absent. */
  since: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

/** A component of the top level, with its children when it is a group. */
export type ComponentBranch = Component & { children: readonly Component[] };

/** All components and groups, flat, by position within their level. At most 500. */
export async function listComponents(db: Database): Promise<Component[]> {
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
      createdAt: components.createdAt,
      updatedAt: components.updatedAt,
    })
    .from(components)
    .leftJoinLateral(newest, sql`true`)
    .orderBy(asc(components.position), asc(components.name), asc(components.id))
    .limit(COMPONENTS_MAX);
  return rows.map((row) => ({
    ...row,
    status: row.isGroup ? groupStatus(row.id, rows) : (row.status ?? 'operational'),
  }));
}

function groupStatus(
  groupId: string,
  rows: readonly { groupId: string | null; status: ComponentStatus | null }[],
): ComponentStatus {
  return worstStatus(rows.filter((row) => row.groupId === groupId).map((row) => row.status ?? 'operational'));
}

/** The statuses the headline is derived from: those of the parts, not of the groups. */
export function statusesOf(components: readonly Component[]): ComponentStatus[] {
  return components.filter(({ isGroup }) => !isGroup).map(({ status }) => status);
}

/** As the page shows them: the top level by position, each group with its children. */
export function branches(components: readonly Component[]): ComponentBranch[] {
  return components
    .filter(({ groupId }) => groupId === null)
    .map((top) => ({ ...top, children: components.filter(({ groupId }) => groupId === top.id) }));
}

/** @throws DomainError `not_found`. */
export async function getComponent(db: Database, componentId: string) {
  const [row] = await db
    .select({
      id: components.id,
      groupId: components.groupId,
      isGroup: components.isGroup,
      name: components.name,
      description: components.description,
      position: components.position,
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
