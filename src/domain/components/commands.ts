import { and, asc, eq, gt, inArray, lt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { componentDays, components, impacts } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { AddComponent, AddComponentGroup, SetComponentStatus } from './input.ts';
import { placeLast } from './placing.ts';
import { findStatusAt, getComponent } from './queries.ts';

/**
 * Adds a part of the service, operational from now on, behind those that exist. It is public at once.
 *
 * @throws DomainError `forbidden` below editor; `invalid` when it shows somebody's address, or in what is no group.
 */
export async function addComponent(
  db: Database,
  actor: Actor,
  input: AddComponent,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    const id = await insertComponent(tx, actor, { ...input, isGroup: false }, now);
    await tx.insert(impacts).values({ componentId: id, status: 'operational', startsAt: now });
    return { id };
  });
}

/** Adds a group: its status is that of its worst part. It may stand in a group. @throws DomainError */
export async function addComponentGroup(
  db: Database,
  actor: Actor,
  input: AddComponentGroup,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => ({
    id: await insertComponent(tx, actor, { ...input, isGroup: true }, now),
  }));
}

async function insertComponent(
  tx: Database,
  actor: Actor,
  input: AddComponent & AddComponentGroup & { isGroup: boolean },
  now: Date,
): Promise<string> {
  const { name, isGroup, display, onlyShowIfDegraded, showcase, startDate } = input;
  const groupId = input.groupId || null;
  await refuseUnfitText(tx, [name, input.description ?? ''], null);
  const id = newId();
  const position = await placeLast(tx, id, groupId);
  await tx.insert(components).values({
    id,
    groupId,
    isGroup,
    name,
    description: input.description || null,
    position,
    display,
    onlyShowIfDegraded,
    showcase,
    startDate: startDate || null,
    createdAt: now,
    updatedAt: now,
  });
  const details = { name, isGroup, groupId };
  await appendEvidence(tx, { kind: 'component_added', subject: `component:${id}`, actor, details }, now);
  await touch(tx, ['components']);
  return id;
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

export type ImpactToRecord = SetComponentStatus & { incidentUpdateId?: string; maintenanceUpdateId?: string };

/**
 * The same within the transaction of an incident's or a maintenance's update. Named by an update, a component that keeps its
 * status is recorded too: it was affected. `at` may lie in the past: then the finished days it tells of are counted again.
 */
export async function recordImpact(
  tx: Database,
  actor: Actor | 'worker',
  { componentId, status, incidentUpdateId, maintenanceUpdateId }: ImpactToRecord,
  at: Date,
  now = at,
): Promise<void> {
  await lockComponents(tx, [componentId]);
  const component = await getComponent(tx, componentId);
  if (component.isGroup) {
    throw new DomainError(
      'invalid',
      `"${component.name}" is a group. Set the status of the components in it.`,
    );
  }
  const before = (await findStatusAt(tx, componentId, at)) ?? 'operational';
  if (before === status && !incidentUpdateId && !maintenanceUpdateId) return;
  await tx
    .insert(impacts)
    .values({ componentId, status, startsAt: at, incidentUpdateId, maintenanceUpdateId });
  await outdateDays(tx, componentId, at, await nextChangeAfter(tx, componentId, at));
  if (at > component.updatedAt) {
    await tx.update(components).set({ updatedAt: at }).where(eq(components.id, componentId));
  }
  const details = {
    before,
    status,
    ...(incidentUpdateId && { incidentUpdateId }),
    ...(maintenanceUpdateId && { maintenanceUpdateId }),
    ...(now > at && { startsAt: at.toISOString() }),
  };
  const entry = { subject: `component:${componentId}`, actor, details };
  await appendEvidence(tx, { kind: 'component_status_set', ...entry }, now);
  await touch(tx, ['components']);
}

async function nextChangeAfter(tx: Database, componentId: string, at: Date): Promise<Date | undefined> {
  const [next] = await tx
    .select({ startsAt: impacts.startsAt })
    .from(impacts)
    .where(and(eq(impacts.componentId, componentId), gt(impacts.startsAt, at)))
    .orderBy(asc(impacts.startsAt))
    .limit(1);
  return next?.startsAt;
}

/** The finished days in a span say something else than was counted. Without an end it lasts. */
export async function outdateDays(
  tx: Database,
  componentId: string,
  from: Date,
  until: Date | undefined,
): Promise<void> {
  await tx
    .update(componentDays)
    .set({ outdated: true })
    .where(
      and(
        eq(componentDays.componentId, componentId),
        gt(componentDays.endsAt, from),
        until && lt(componentDays.startsAt, until),
      ),
    );
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
