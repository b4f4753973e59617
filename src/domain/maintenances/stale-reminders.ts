import { and, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts } from '#db/schema/index.ts';
import type { Actor } from '../actors.ts';
import { appendEvidence } from '../evidence/commands.ts';

/** Reminders that nobody has released yet, of what has begun, been changed or called off: nobody can release them any more. */
export async function dropStaleReminders(
  tx: Database,
  maintenanceId: string,
  actor: Actor | 'worker',
  now: Date,
): Promise<void> {
  const reason = 'The maintenance has begun, been changed or called off since this was written.';
  const dropped = await tx
    .update(broadcasts)
    .set({ state: 'aborted', reason, finishedAt: now })
    .where(
      and(
        eq(broadcasts.aboutKind, 'maintenance'),
        eq(broadcasts.aboutId, maintenanceId),
        eq(broadcasts.state, 'draft'),
      ),
    )
    .returning({ id: broadcasts.id });
  for (const { id } of dropped) {
    const entry = { subject: `broadcast:${id}`, actor, details: { reason } };
    await appendEvidence(tx, { kind: 'broadcast_stopped', ...entry }, now);
  }
}
