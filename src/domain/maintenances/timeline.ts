import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenances, maintenanceUpdates } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { actorId, type Actor } from '../actors.ts';
import { lockComponents } from '../components/commands.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { beginImpacts, endImpacts } from './impacts.ts';
import { getMaintenance, type MaintenanceInFull } from './queries.ts';
import { dropStaleReminders } from './stale-reminders.ts';
import {
  canMoveTo,
  dueAt,
  isActiveState,
  isEndedState,
  maintenanceStateWords,
  nextStates,
  type MaintenanceStatus,
} from './rules.ts';

/** What an entry may change beside the state. */
export type Changes = Partial<
  Pick<
    MaintenanceInFull,
    | 'title'
    | 'description'
    | 'scheduledFor'
    | 'scheduledUntil'
    | 'reminderMinutes'
    | 'remindedAt'
    | 'remindersApprovedBy'
    | 'occurrence'
  >
>;

export type Entry = {
  status: MaintenanceStatus;
  /** Markdown. */
  body: string;
  actor: Actor | 'worker';
  changes?: Changes;
};

/** Held until the transaction ends: what may follow depends on what was said last. */
export async function lockedMaintenance(tx: Database, id: string): Promise<MaintenanceInFull> {
  await tx.select({ id: maintenances.id }).from(maintenances).where(eq(maintenances.id, id)).for('update');
  return getMaintenance(tx, id);
}

/**
 * Adds an entry to the timeline of a locked maintenance with everything that follows from it: state, components, what happens
 * next by itself.
 *
 * @throws DomainError `conflict` when it cannot go there from where it is.
 */
export async function addEntry(
  tx: Database,
  maintenance: MaintenanceInFull,
  { status, body, actor, changes = {} }: Entry,
  now: Date,
): Promise<{ id: string }> {
  assertMovable(maintenance, status);
  // Before the evidence and the editions, as everywhere: two that lock in different orders would wait for each other.
  await lockComponents(tx, maintenance.componentIds);
  const id = newId();
  const displayAt = momentAfter(maintenance, now);
  const authorId = actor === 'worker' ? null : actorId(actor);
  await tx
    .insert(maintenanceUpdates)
    .values({ id, maintenanceId: maintenance.id, status, body, authorId, displayAt, createdAt: now });
  const after = { ...maintenance, ...changes, state: status };
  await tx
    .update(maintenances)
    .set({
      ...changes,
      state: status,
      publishedAt: maintenance.publishedAt ?? displayAt,
      startedAt: maintenance.startedAt ?? (isActiveState(status) ? displayAt : null),
      verifyingAt: status === 'verifying' ? (maintenance.verifyingAt ?? displayAt) : maintenance.verifyingAt,
      endedAt: maintenance.endedAt ?? (isEndedState(status) ? displayAt : null),
      dueAt: dueAt(after),
      sequence: maintenance.sequence + (maintenance.publishedAt ? 1 : 0),
      updatedAt: displayAt,
    })
    .where(eq(maintenances.id, maintenance.id));
  const cause = { maintenanceId: maintenance.id, updateId: id, actor };
  const [wasActive, isActive] = [isActiveState(maintenance.state), isActiveState(status)];
  if (isActive && !wasActive) await beginImpacts(tx, maintenance.componentIds, cause, displayAt);
  if (wasActive && !isActive) await endImpacts(tx, maintenance.componentIds, cause, displayAt);
  const isNews = status === maintenance.state && Object.keys(changes).length === 0;
  if (!isNews) await dropStaleReminders(tx, maintenance.id, actor, now);
  const details = { updateId: id, before: maintenance.state, status, changed: Object.keys(changes) };
  await appendEvidence(
    tx,
    { kind: 'maintenance_updated', subject: `maintenance:${maintenance.id}`, actor, details },
    now,
  );
  await touch(tx, ['maintenances', `maintenance:${maintenance.slug}`]);
  return { id };
}

function assertMovable({ state }: MaintenanceInFull, to: MaintenanceStatus): void {
  if (canMoveTo(state, to)) return;
  const allowed = nextStates(state).map((next) => maintenanceStateWords[next].toLowerCase());
  throw new DomainError(
    'conflict',
    `This maintenance is ${maintenanceStateWords[state].toLowerCase()} and cannot become ${maintenanceStateWords[to].toLowerCase()}. It can be: ${allowed.join(', ')}.`,
  );
}

/** Never the instant of the entry before: the order of the times is the order of the timeline. */
function momentAfter({ updates: [newest] }: MaintenanceInFull, now: Date): Date {
  return newest && newest.displayAt >= now ? new Date(newest.displayAt.getTime() + 1) : now;
}
