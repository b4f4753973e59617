import { asc, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { components } from '#db/schema/index.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { EditComponent, MoveComponent } from './input.ts';
import { listBeside, placeLast } from './placing.ts';
import { getComponent } from './queries.ts';

/**
 * Renames or describes a component or group, or says how it is shown. In another group it stands last. Its history stays.
 *
 * @throws DomainError `forbidden` below editor; `not_found`; `conflict` when it is out of view; `invalid`.
 */
export async function editComponent(
  db: Database,
  actor: Actor,
  input: EditComponent,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const { componentId, name, description, groupId, display, onlyShowIfDegraded, showcase, startDate } =
      input;
    const component = await getComponentInView(tx, componentId);
    await refuseUnfitText(tx, [name, description], null);
    const position = groupId === component.groupId ? undefined : await placeLast(tx, componentId, groupId);
    const shown = { display, onlyShowIfDegraded, showcase, startDate };
    await tx
      .update(components)
      .set({ name, description: description || null, groupId, position, ...shown, updatedAt: now })
      .where(eq(components.id, componentId));
    const details = { name, groupId, ...shown };
    const entry = { subject: `component:${componentId}`, actor, details };
    await appendEvidence(tx, { kind: 'component_edited', ...entry }, now);
    await touch(tx, ['components']);
  });
}

/** Up or down by one place among those of its group. At the end of them nothing changes. @throws DomainError */
export async function moveComponent(
  db: Database,
  actor: Actor,
  { componentId, direction }: MoveComponent,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    await lockAll(tx);
    const { groupId } = await getComponentInView(tx, componentId);
    const beside = await listBeside(tx, groupId);
    const from = beside.indexOf(componentId);
    const to = from + (direction === 'up' ? -1 : 1);
    if (to < 0 || to >= beside.length) return;
    beside.splice(to, 0, ...beside.splice(from, 1));
    for (const [index, id] of beside.entries()) {
      await tx
        .update(components)
        .set({ position: index + 1 })
        .where(eq(components.id, id));
    }
    await tx.update(components).set({ updatedAt: now }).where(eq(components.id, componentId));
    const entry = { subject: `component:${componentId}`, actor, details: { position: to + 1 } };
    await appendEvidence(tx, { kind: 'component_moved', ...entry }, now);
    await touch(tx, ['components']);
  });
}

/**
 * Takes a component, or a group in which nothing stands, out of view. What was told of it stays, and so does its history.
 *
 * @throws DomainError `conflict` when something stands in it, or it is out of view already; `not_found`; `forbidden`.
 */
export async function retireComponent(
  db: Database,
  actor: Actor,
  componentId: string,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    await lockAll(tx);
    await getComponentInView(tx, componentId);
    const inside = await listBeside(tx, componentId);
    if (inside.length > 0) {
      throw new DomainError(
        'conflict',
        'Something stands in this group. Move what stands in it, or take that out of view first.',
      );
    }
    await tx.update(components).set({ retiredAt: now, updatedAt: now }).where(eq(components.id, componentId));
    const entry = { subject: `component:${componentId}`, actor };
    await appendEvidence(tx, { kind: 'component_retired', ...entry }, now);
    await touch(tx, ['components']);
  });
}

/** Brings it back, last in its group, with the status it had. @throws DomainError `conflict` when its group is out of view. */
export async function restoreComponent(
  db: Database,
  actor: Actor,
  componentId: string,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    await lockAll(tx);
    const { groupId, retiredAt } = await getComponent(tx, componentId);
    if (!retiredAt) return;
    const group = groupId ? await getComponent(tx, groupId) : null;
    if (group?.retiredAt) {
      throw new DomainError('conflict', `Its group, "${group.name}", is out of view. Bring that back first.`);
    }
    const position = await placeLast(tx, componentId, groupId);
    await tx
      .update(components)
      .set({ retiredAt: null, position, updatedAt: now })
      .where(eq(components.id, componentId));
    const entry = { subject: `component:${componentId}`, actor };
    await appendEvidence(tx, { kind: 'component_restored', ...entry }, now);
    await touch(tx, ['components']);
  });
}

async function getComponentInView(tx: Database, componentId: string) {
  const component = await getComponent(tx, componentId);
  if (component.retiredAt) {
    throw new DomainError('conflict', `"${component.name}" is out of view. Bring it back first.`);
  }
  return component;
}

async function lockAll(tx: Database): Promise<void> {
  await tx.select({ id: components.id }).from(components).orderBy(asc(components.id)).for('update');
}
