import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenances } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { slugOf } from '#src/text/slug.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { refuseUnfitText } from '../published-text.ts';
import { getSite } from '../site/queries.ts';
import { wakeWorker } from '../wake.ts';
import type { DraftMaintenance, EditMaintenance } from './input.ts';
import { assertPlannable, freeSlugs, isOver, setComponents } from './planned.ts';
import type { MaintenanceInFull } from './queries.ts';
import { addEntry, lockedMaintenance, type Changes } from './timeline.ts';
import type { MaintenanceWords } from './words.ts';

/**
 * Plans a maintenance as a draft that only staff see.
 *
 * @throws DomainError `invalid` when it ends before it begins or shows somebody's address; `conflict` when the slug asked for is
 *   taken; `forbidden`.
 */
export async function draftMaintenance(
  db: Database,
  actor: Actor,
  input: DraftMaintenance,
  now: Date,
): Promise<{ id: string; slug: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    await assertPlannable(tx, input);
    const { title, description, scheduledFor, scheduledUntil, reminderMinutes, componentIds } = input;
    const id = newId();
    const [free] = input.slug ? [] : await freeSlugs(tx, [{ id, slug: slugOf(title) }]);
    const slug = input.slug ?? free?.slug ?? id;
    const inserted = await tx
      .insert(maintenances)
      .values({
        id,
        slug,
        title,
        description,
        state: 'draft',
        scheduledFor,
        scheduledUntil,
        reminderMinutes: [...reminderMinutes],
        authorId: actorId(actor),
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing()
      .returning({ id: maintenances.id });
    if (inserted.length === 0) {
      throw new DomainError(
        'conflict',
        `There is already a maintenance called "${slug}". Open that one, or choose another name.`,
      );
    }
    await setComponents(tx, id, componentIds);
    return { id, slug };
  });
}

/** Announces a draft: from here it starts, reminds and ends by itself. @throws DomainError `conflict` when its time is over. */
export async function scheduleMaintenance(
  db: Database,
  actor: Actor,
  input: { maintenanceId: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const draft = await lockedMaintenance(tx, input.maintenanceId);
    if (draft.state !== 'draft') {
      throw new DomainError('conflict', 'This maintenance is announced already. Open it again.');
    }
    if (draft.scheduledUntil <= now) throw isOver();
    await refuseUnfitText(tx, [draft.title, draft.description], null);
    const entry = {
      status: 'scheduled',
      body: draft.description,
      actor,
      changes: { remindedAt: now },
    } as const;
    await addEntry(tx, draft, entry, now);
    await wakeWorker(tx);
  });
}

/**
 * Puts right what is planned, until it begins. Once it is announced the timeline says so, and reminders need to be approved again.
 *
 * @throws DomainError `conflict` when it has begun, `invalid`, `forbidden`.
 */
export async function editMaintenance(
  db: Database,
  actor: Actor,
  input: EditMaintenance,
  words: MaintenanceWords,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const maintenance = await lockedMaintenance(tx, input.maintenanceId);
    await editLocked(tx, actor, maintenance, input, words, now);
  });
}

/** The same for a maintenance that this transaction has locked. */
export async function editLocked(
  tx: Database,
  actor: Actor,
  maintenance: MaintenanceInFull,
  input: Omit<EditMaintenance, 'maintenanceId'> & { occurrence?: string },
  words: MaintenanceWords,
  now: Date,
): Promise<void> {
  if (maintenance.state !== 'draft' && maintenance.state !== 'scheduled') {
    throw new DomainError(
      'conflict',
      'This maintenance has begun. Post an update that says what is different.',
    );
  }
  if (maintenance.state === 'scheduled' && input.scheduledUntil <= now) throw isOver();
  await assertPlannable(tx, input);
  const { componentIds, title, description, scheduledFor, scheduledUntil } = input;
  const changes = {
    title,
    description,
    scheduledFor,
    scheduledUntil,
    reminderMinutes: [...input.reminderMinutes],
    remindersApprovedBy: null,
    ...(input.occurrence && { occurrence: input.occurrence }),
  } satisfies Changes;
  await setComponents(tx, maintenance.id, componentIds);
  if (maintenance.state === 'draft') {
    await tx
      .update(maintenances)
      .set({ ...changes, updatedAt: now })
      .where(eq(maintenances.id, maintenance.id));
    return;
  }
  const moved =
    scheduledFor.getTime() !== maintenance.scheduledFor.getTime() ||
    scheduledUntil.getTime() !== maintenance.scheduledUntil.getTime();
  const { timeZone } = await getSite(tx);
  const body = moved ? words.moved({ from: scheduledFor, until: scheduledUntil, timeZone }) : words.edited;
  const entry = { status: 'scheduled', body, actor, changes: { ...changes, remindedAt: now } } as const;
  await addEntry(tx, maintenance, entry, now);
  await wakeWorker(tx);
}
