import { asc, desc, eq, inArray, max } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { components, impacts } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { AddComponent, AddComponentGroup, EditComponent, SetComponentStatus } from './input.ts';
import { getComponent } from './queries.ts';
import type { ComponentStatus } from './rules.ts';

/**
 * Adds a part of the service, operational from now on, behind those that exist. It is public at once.
 *
 * @throws DomainError `forbidden` below editor; `invalid` when it shows somebody's address.
 */
export async function addComponent(
  db: Database,
  actor: Actor,
  input: AddComponent,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    if (input.groupId) await assertGroup(tx, input.groupId);
    const id = await insertComponent(tx, actor, { ...input, isGroup: false }, now);
    await tx.insert(impacts).values({ componentId: id, status: 'operational', startsAt: now });
    return { id };
  });
}

/** Adds a group: its status is that of its worst part. @throws DomainError */
export async function addComponentGroup(
  db: Database,
  actor: Actor,
  input: AddComponentGroup,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => ({
    id: await insertComponent(tx, actor, { ...input, groupId: null, isGroup: true }, now),
  }));
}

async function insertComponent(
  tx: Database,
  actor: Actor,
  input: AddComponent & { isGroup: boolean },
  now: Date,
): Promise<string> {
  await refuseUnfitText(tx, [input.name, input.description ?? ''], null);
  const [last] = await tx.select({ position: max(components.position) }).from(components);
  const id = newId();
  await tx.insert(components).values({
    id,
    groupId: input.groupId || null,
    isGroup: input.isGroup,
    name: input.name,
    description: input.description || null,
    position: (last?.position ?? 0) + 1,
    createdAt: now,
    updatedAt: now,
  });
  const { name, isGroup } = input;
  const details = { name, isGroup, groupId: input.groupId || null };
  await appendEvidence(tx, { kind: 'component_added', subject: `component:${id}`, actor, details }, now);
  await touch(tx, ['components']);
  return id;
}

/** Renames, moves or describes a component or group. Its history stays. @throws DomainError */
export async function editComponent(
  db: Database,
  actor: Actor,
  input: EditComponent,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const component = await getComponent(tx, input.componentId);
    if (component.isGroup && input.groupId) {
      throw new DomainError('invalid', 'A group cannot stand inside another group. Leave its group empty.');
    }
    if (input.groupId) await assertGroup(tx, input.groupId);
    await refuseUnfitText(tx, [input.name, input.description], null);
    await tx
      .update(components)
      .set({
        name: input.name,
        description: input.description || null,
        groupId: input.groupId,
        position: input.position,
        updatedAt: now,
      })
      .where(eq(components.id, component.id));
    const { name, groupId, position } = input;
    const entry = { subject: `component:${component.id}`, actor, details: { name, groupId, position } };
    await appendEvidence(tx, { kind: 'component_edited', ...entry }, now);
    await touch(tx, ['components']);
  });
}

/** Says what a component's status is from now on. The status it already has changes nothing. @throws DomainError */
export async function setComponentStatus(
  db: Database,
  actor: Actor,
  input: SetComponentStatus,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction((tx) => recordImpact(tx, actor, input, now));
}

/**
 * The same within an incident update's transaction. Named by an update, a component that keeps its status is recorded too:
 * it was affected.
 */
export async function recordImpact(
  tx: Database,
  actor: Actor,
  { componentId, status, incidentUpdateId }: SetComponentStatus & { incidentUpdateId?: string },
  now: Date,
): Promise<void> {
  const component = await getComponent(tx, componentId);
  if (component.isGroup) {
    throw new DomainError(
      'invalid',
      `"${component.name}" is a group. Set the status of the components in it.`,
    );
  }
  const before = await currentStatus(tx, componentId);
  if (before === status && !incidentUpdateId) return;
  await tx
    .insert(impacts)
    .values({ componentId, status, startsAt: now, incidentUpdateId: incidentUpdateId ?? null });
  await tx.update(components).set({ updatedAt: now }).where(eq(components.id, componentId));
  const details = { before, status, ...(incidentUpdateId && { incidentUpdateId }) };
  const entry = { subject: `component:${componentId}`, actor, details };
  await appendEvidence(tx, { kind: 'component_status_set', ...entry }, now);
  await touch(tx, ['components']);
}

/** Held until the transaction ends, in one order, so that two updates about the same components wait for each other. */
export async function lockComponents(tx: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .select({ id: components.id })
    .from(components)
    .where(inArray(components.id, [...ids]))
    .orderBy(asc(components.id))
    .for('update');
}

async function currentStatus(tx: Database, componentId: string): Promise<ComponentStatus> {
  await lockComponents(tx, [componentId]);
  const [newest] = await tx
    .select({ status: impacts.status })
    .from(impacts)
    .where(eq(impacts.componentId, componentId))
    .orderBy(desc(impacts.startsAt), desc(impacts.id))
    .limit(1);
  return newest?.status ?? 'operational';
}

async function assertGroup(tx: Database, groupId: string): Promise<void> {
  const group = await getComponent(tx, groupId);
  if (!group.isGroup)
    throw new DomainError('invalid', `"${group.name}" is not a group. Choose a group, or none.`);
}
