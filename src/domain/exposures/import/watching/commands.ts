import { and, eq, inArray, isNull, lt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureImports } from '#db/schema/index.ts';
import { actorId, type Actor } from '../../../actors.ts';
import { DomainError } from '../../../errors.ts';
import { findWatchedImport } from './queries.ts';
import { isUnderWay, mayCancel } from './rules.ts';

const KEPT_MS = 7 * 24 * 60 * 60_000;
const FORGOTTEN_AT_ONCE_MAX = 100;

/**
 * Asks the process that works on an import to end it: that takes a second at most. May be repeated; what has ended stays as
 * it ended.
 *
 * @throws DomainError `not_found`; `forbidden` for an editor who did not start it.
 */
export async function cancelImport(db: Database, actor: Actor, importId: string, now: Date): Promise<void> {
  const found = await findWatchedImport(db, importId, now);
  if (!found) throw new DomainError('not_found', 'There is no such import any more.');
  if (!mayCancel(actor, found.startedBy)) {
    throw new DomainError(
      'forbidden',
      'This import is somebody else’s. They can cancel it, and so can an approver or an owner.',
    );
  }
  if (!isUnderWay(found.state)) return;
  await db
    .update(exposureImports)
    .set({ cancelAskedBy: actorId(actor) ?? 'operator', cancelAskedAt: now })
    .where(
      and(
        eq(exposureImports.id, importId),
        inArray(exposureImports.state, ['receiving', 'working']),
        isNull(exposureImports.cancelAskedAt),
      ),
    );
}

/** Deletes what nobody has said anything of for a week. Says how many; more may be left. */
export async function forgetImports(db: Database, now: Date): Promise<number> {
  const old = db
    .select({ id: exposureImports.id })
    .from(exposureImports)
    .where(lt(exposureImports.touchedAt, new Date(now.getTime() - KEPT_MS)))
    .limit(FORGOTTEN_AT_ONCE_MAX);
  const gone = await db
    .delete(exposureImports)
    .where(inArray(exposureImports.id, old))
    .returning({ id: exposureImports.id });
  return gone.length;
}
