import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { maintenances } from '#db/schema/index.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { refuseUnfitText } from '../published-text.ts';
import { getSite } from '../site/queries.ts';
import { wakeWorker } from '../wake.ts';
import type { ExtendMaintenance, PostMaintenanceUpdate } from './input.ts';
import { assertLasting, isOver } from './planned.ts';
import type { MaintenanceInFull } from './queries.ts';
import { isEndedState } from './rules.ts';
import { addEntry, lockedMaintenance, type Changes } from './timeline.ts';
import type { MaintenanceWords } from './words.ts';

const MINUTE_MS = 60_000;

/**
 * Adds an entry to the timeline: news, the start or the end by hand. Without a text it says what the state says.
 *
 * @throws DomainError `conflict` when it cannot go there from where it is; `invalid`; `forbidden`.
 */
export async function postMaintenanceUpdate(
  db: Database,
  actor: Actor,
  input: PostMaintenanceUpdate,
  words: MaintenanceWords,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const maintenance = await lockedMaintenance(tx, input.maintenanceId);
    if (maintenance.state === 'draft') {
      throw new DomainError('conflict', 'This maintenance is a draft. Announce it first.');
    }
    const { status } = input;
    const body = input.body || (status !== maintenance.state && wordsFor(status, words));
    if (!body) throw new DomainError('invalid', 'Write what readers need to know now.');
    await refuseUnfitText(tx, [body], null);
    await addEntry(
      tx,
      maintenance,
      { status, body, actor, changes: laterEnd(maintenance, status, now) },
      now,
    );
    await wakeWorker(tx);
  });
}

function wordsFor(status: PostMaintenanceUpdate['status'], words: MaintenanceWords): string {
  const said = { in_progress: words.started, verifying: words.verifying, completed: words.completed };
  return status === 'scheduled' ? '' : said[status];
}

/** Begun before its hour, it lasts as long as was planned. */
function laterEnd(
  { state, scheduledFor, scheduledUntil }: MaintenanceInFull,
  status: string,
  now: Date,
): Changes {
  if (state !== 'scheduled' || status !== 'in_progress' || scheduledFor <= now) return {};
  const lasting = scheduledUntil.getTime() - scheduledFor.getTime();
  return { scheduledFor: now, scheduledUntil: new Date(now.getTime() + lasting) };
}

/** Moves the end. @throws DomainError `conflict` when it is over; `invalid` when the end is past; `forbidden`. */
export async function extendMaintenance(
  db: Database,
  actor: Actor,
  input: ExtendMaintenance,
  words: MaintenanceWords,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const maintenance = await lockedMaintenance(tx, input.maintenanceId);
    const { state } = maintenance;
    if (state === 'draft' || isEndedState(state)) {
      throw new DomainError('conflict', `This maintenance is ${state}: there is no end to move.`);
    }
    const { scheduledFor: from } = maintenance;
    const { scheduledUntil } = input;
    if (scheduledUntil <= now) throw isOver();
    assertLasting((scheduledUntil.getTime() - from.getTime()) / MINUTE_MS);
    const { timeZone } = await getSite(tx);
    const body = input.body || words.extended({ from, until: scheduledUntil, timeZone });
    await refuseUnfitText(tx, [body], null);
    await addEntry(
      tx,
      maintenance,
      { status: state as 'scheduled', body, actor, changes: { scheduledUntil } },
      now,
    );
    await wakeWorker(tx);
  });
}

/** It does not take place, or does not go on. A draft is put aside and never becomes public. @throws DomainError */
export async function cancelMaintenance(
  db: Database,
  actor: Actor,
  input: { maintenanceId: string; reason: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const maintenance = await lockedMaintenance(tx, input.maintenanceId);
    if (isEndedState(maintenance.state)) {
      throw new DomainError(
        'conflict',
        `This maintenance is ${maintenance.state} already. Nothing was changed.`,
      );
    }
    await refuseUnfitText(tx, [input.reason], null);
    if (maintenance.state === 'draft') {
      await tx
        .update(maintenances)
        .set({ state: 'cancelled', endedAt: now, updatedAt: now })
        .where(eq(maintenances.id, maintenance.id));
      return;
    }
    await addEntry(tx, maintenance, { status: 'cancelled', body: input.reason, actor }, now);
  });
}
