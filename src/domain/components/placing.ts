import { and, asc, eq, isNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { components } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { getComponent } from './queries.ts';
import { levelsWith, LEVELS_MAX } from './tree.ts';

/**
 * The position behind everything that stands in a group, or on the top level. Holds all components until the transaction
 * ends: two moves at once cannot put two groups into each other.
 *
 * @throws DomainError `invalid` when that is no group, or the component would stand in itself or too deep.
 */
export async function placeLast(tx: Database, componentId: string, groupId: string | null): Promise<number> {
  const all = await tx
    .select({ id: components.id, groupId: components.groupId, position: components.position })
    .from(components)
    .orderBy(asc(components.id))
    .for('update');
  if (groupId) await assertGroup(tx, groupId);
  const levels = levelsWith(componentId, groupId, all);
  if (levels === undefined) {
    throw new DomainError('invalid', 'A group cannot stand inside itself. Choose another group, or none.');
  }
  if (levels > LEVELS_MAX) {
    throw new DomainError(
      'invalid',
      `There are at most ${LEVELS_MAX} levels: a group, a group in it, and components. Choose a group further up.`,
    );
  }
  const beside = all.filter((each) => each.groupId === groupId && each.id !== componentId);
  return Math.max(0, ...beside.map(({ position }) => position)) + 1;
}

async function assertGroup(tx: Database, groupId: string): Promise<void> {
  const group = await getComponent(tx, groupId);
  if (!group.isGroup || group.retiredAt) {
    throw new DomainError('invalid', `"${group.name}" is not a group in view. Choose a group, or none.`);
  }
}

/** Those in view in a group or on the top level, in their order. */
export async function listBeside(tx: Database, groupId: string | null): Promise<string[]> {
  const rows = await tx
    .select({ id: components.id })
    .from(components)
    .where(
      and(
        groupId === null ? isNull(components.groupId) : eq(components.groupId, groupId),
        isNull(components.retiredAt),
      ),
    )
    .orderBy(asc(components.position), asc(components.name), asc(components.id));
  return rows.map(({ id }) => id);
}
