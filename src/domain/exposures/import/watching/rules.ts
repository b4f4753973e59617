import { hasRole, type Actor } from '../../../actors.ts';

export type RowState = 'receiving' | 'working' | 'done' | 'refused' | 'failed' | 'cancelled';

/** A process that has said nothing for so long is gone, and its import with it. It speaks every second. */
export const SILENCE_MS = 30_000;

export const GONE =
  'The process that worked on it has ended. Nothing was imported; start the import again, and choose the files again.';

export function isUnderWay(state: RowState): boolean {
  return state === 'receiving' || state === 'working';
}

type Standing = {
  state: RowState;
  message: string | null;
  outcome: 'imported' | 'already_imported' | 'dry_run' | null;
  listId: string | null;
};

/**
 * What an import is, whatever its row still says of a process that cannot write any more: the list tells.
 *
 * @param importedId the id of the list that it has become.
 */
export function standingOf(
  row: Standing & { touchedAt: Date },
  importedId: string | null,
  now: Date,
): Standing {
  const { state, message, outcome, listId } = row;
  const silentMs = now.getTime() - row.touchedAt.getTime();
  if (!isUnderWay(state) || silentMs <= SILENCE_MS) return { state, message, outcome, listId };
  if (importedId !== null) return { state: 'done', message: null, outcome: 'imported', listId: importedId };
  return { state: 'failed', message: GONE, outcome, listId };
}

/** Whoever started an import may end it, and so may those who may put its list in force. */
export function mayCancel(actor: Actor, startedBy: string): boolean {
  return hasRole(actor, 'approver') || (hasRole(actor, 'editor') && 'id' in actor && actor.id === startedBy);
}
