import { and, isNotNull, isNull, lt, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { invitations, rateLimits } from '#db/schema/index.ts';
import { forgetLetters } from '../letters/commands.ts';
import { forgetProofs } from './proofs.ts';
import { forgetSessions } from './sessions.ts';

const DAY_MS = 24 * 60 * 60_000;
const ROUNDS_MAX = 20;

/**
 * Deletes what has expired: requests for codes and unproven addresses after a day, letters a day after they are over,
 * ended sessions, limits that are idle again, set-up links. May run at any time, in any number of processes.
 */
export async function forgetExpired(db: Database, now: Date): Promise<void> {
  await inRounds(() => forgetProofs(db, now));
  await inRounds(() => forgetLetters(db, now));
  await forgetSessions(db, now);
  await db.delete(rateLimits).where(lt(rateLimits.dueAt, now));
  const dayAgo = new Date(now.getTime() - DAY_MS);
  await db
    .delete(invitations)
    .where(
      or(
        and(isNull(invitations.usedAt), lt(invitations.expiresAt, now)),
        and(isNotNull(invitations.usedAt), lt(invitations.usedAt, dayAgo)),
      ),
    );
}

/** In portions, so that no statement holds up an embedded database for long; what is left waits for the next run. */
async function inRounds(forget: () => Promise<number>): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if ((await forget()) === 0) return;
  }
}
