import { branches, type Component as Part, type ComponentBranch } from '#src/domain/components/queries.ts';
import { worstStatus } from '#src/domain/components/rules.ts';
import { dayIn } from '#src/text/dates.ts';
import type { Component } from './types.ts';

/** How a component is told within one page. */
export type ComponentPlace = { pageId: string; timeZone: string };

/**
 * Every component, flat, each group before its children. This API knows one level of groups: a group inside another stands beside it
 * as `Outer - Inner`, and a group that holds nothing but groups is told through them.
 */
export function apiComponents(parts: readonly Part[], place: ComponentPlace): Component[] {
  return numbered(
    branches(parts).flatMap((branch) =>
      branch.isGroup ? group(branch, branch.name, place) : [component(branch, branch.name, place)],
    ),
  );
}

function group(branch: ComponentBranch, name: string, place: ComponentPlace): Component[] {
  const leaves = branch.children.filter(({ isGroup }) => !isGroup);
  const inner = branch.children
    .filter(({ isGroup }) => isGroup)
    .flatMap((child) => group(child, `${name} - ${child.name}`, place));
  if (leaves.length === 0 && inner.length > 0) return inner;
  const own = {
    ...component(branch, name, place),
    // With its status it changed.
    updated_at: latest([branch, ...leaves].map(({ updatedAt }) => updatedAt)).toISOString(),
    status: worstStatus(leaves.map(({ status }) => status)),
    components: leaves.map(({ id }) => id),
  };
  return [own, ...leaves.map((leaf) => component(leaf, leaf.name, place)), ...inner];
}

function component(part: Part, name: string, { pageId, timeZone }: ComponentPlace): Component {
  return {
    id: part.id,
    name,
    status: part.status,
    created_at: part.createdAt.toISOString(),
    updated_at: part.updatedAt.toISOString(),
    position: 0,
    description: part.description,
    showcase: part.showcase && !part.isGroup,
    start_date: part.isGroup ? null : (part.startDate ?? dayIn(part.createdAt, timeZone)),
    group_id: part.isGroup ? null : part.groupId,
    page_id: pageId,
    group: part.isGroup,
    only_show_if_degraded: part.onlyShowIfDegraded,
  };
}

const latest = (times: readonly Date[]) => new Date(Math.max(...times.map((at) => at.getTime())));

/** Counts from 1 on each level, in the order of the list. */
function numbered(components: readonly Component[]): Component[] {
  const counts = new Map<string | null, number>();
  return components.map((each) => {
    const position = (counts.get(each.group_id) ?? 0) + 1;
    counts.set(each.group_id, position);
    return { ...each, position };
  });
}

const namesOf = new WeakMap<readonly Component[], ReadonlyMap<string, string>>();

/** `Group - Component`; the component's own name outside of groups. Of one list worked out once: every update asks. */
export function fullNames(components: readonly Component[]): ReadonlyMap<string, string> {
  const known = namesOf.get(components) ?? fullNamesOf(components);
  namesOf.set(components, known);
  return known;
}

function fullNamesOf(components: readonly Component[]): ReadonlyMap<string, string> {
  const names = new Map(components.map(({ id, name }) => [id, name]));
  return new Map(
    components.map(({ id, name, group_id }) => [
      id,
      group_id === null ? name : `${names.get(group_id) ?? ''} - ${name}`,
    ]),
  );
}
