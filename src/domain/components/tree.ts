import { worstStatus, type ComponentStatus } from './rules.ts';

/** A group, a group in it, and their components: nobody finds a way through more. */
export const LEVELS_MAX = 3;

type Placed = { id: string; groupId: string | null };

/** A component with what stands in it, when it is a group. */
export type Branch<T> = T & { children: readonly Branch<T>[] };

/** The top level in the order of the list, each group with what stands in it. */
export function treeOf<T extends Placed>(components: readonly T[]): Branch<T>[] {
  return below(null, byGroup(components), 1);
}

function below<T extends Placed>(groupId: string | null, children: Children<T>, level: number): Branch<T>[] {
  if (level > LEVELS_MAX) return [];
  return (children.get(groupId) ?? []).map((each) => ({
    ...each,
    children: below(each.id, children, level + 1),
  }));
}

type Children<T> = ReadonlyMap<string | null, readonly T[]>;

export function byGroup<T extends Placed>(components: readonly T[]): Children<T> {
  return Map.groupBy(components, ({ groupId }) => groupId);
}

/** The components in a branch that are no groups, itself included. */
export function leavesOf<T extends { isGroup: boolean }>(branch: Branch<T>): Branch<T>[] {
  return branch.isGroup ? branch.children.flatMap((child) => leavesOf(child)) : [branch];
}

/** The branch and everything in it, from top to bottom, with its level: 1 is the top. */
export function rowsOf<T>(branches: readonly Branch<T>[], level = 1): { row: Branch<T>; level: number }[] {
  return branches.flatMap((row) => [{ row, level }, ...rowsOf(row.children, level + 1)]);
}

/** A component's own status, or the worst in a group. */
export function statusOf(branch: Branch<{ isGroup: boolean; status: ComponentStatus }>): ComponentStatus {
  return branch.isGroup ? worstStatus(branch.children.map(statusOf)) : branch.status;
}

/** `Group - Component`, with every group it stands in. */
export function fullName(
  component: { name: string; groupId: string | null },
  groups: ReadonlyMap<string, { name: string; groupId: string | null }>,
): string {
  const names = [component.name];
  let group = groups.get(component.groupId ?? '');
  while (group && names.length < LEVELS_MAX) {
    names.unshift(group.name);
    group = groups.get(group.groupId ?? '');
  }
  return names.join(' - ');
}

/** How many levels there would be if it stood in this group; `undefined` when it would stand in itself. */
export function levelsWith(
  componentId: string,
  groupId: string | null,
  all: readonly Placed[],
): number | undefined {
  const parents = new Map(all.map((each) => [each.id, each.groupId]));
  let above = 0;
  for (let id = groupId; id !== null; id = parents.get(id) ?? null) {
    if (id === componentId || above > all.length) return undefined;
    above += 1;
  }
  const children = byGroup(all);
  const height = (id: string): number =>
    1 + Math.max(0, ...(children.get(id) ?? []).map((child) => height(child.id)));
  return above + height(componentId);
}
