import { and, eq, sql } from '#db/drizzle.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#db/client.ts';
import { senderGate } from '#db/schema/index.ts';
import type { Mailer, SendResult } from '#src/mail/mailer.ts';

/** A turn that is further away is not waited for: whoever asks does something else first. */
const WAIT_MAX = '1 second';
/** No provider asks for more patience than this; what lies further ahead was written by a clock that was wrong. */
const PATIENCE_MAX = '61 minutes';

/** Makes the one row where it is missing: every claim locks it. */
export async function prepareGate(db: Database): Promise<void> {
  await db.insert(senderGate).values({ id: 1 }).onConflictDoNothing();
}

/**
 * Takes the next turn at the provider's rate, which all processes share, and waits for it.
 *
 * @returns false when it is more than a second away; no turn was taken.
 */
export async function waitForTurn(db: Database, intervalMs: number, clock: () => Date): Promise<boolean> {
  const now = clock();
  const at = sql`${now.toISOString()}::timestamptz`;
  const next = sql`coalesce(${senderGate.nextAt}, ${at})`;
  const isNear = sql`(${next} <= ${at} + ${WAIT_MAX}::interval or ${next} > ${at} + ${PATIENCE_MAX}::interval)`;
  const from = sql`case when ${next} > ${at} + ${PATIENCE_MAX}::interval then ${at} else greatest(${next}, ${at}) end`;
  const [row] = await db
    .update(senderGate)
    .set({ nextAt: sql`${from} + ${`${intervalMs} milliseconds`}::interval` })
    .where(and(eq(senderGate.id, 1), isNear))
    .returning({ nextAt: senderGate.nextAt });
  if (!row?.nextAt) return false;
  await sleep(Math.max(0, row.nextAt.getTime() - intervalMs - clock().getTime()));
  return true;
}

/** The provider asked for patience: no request of anybody leaves before. */
export async function delayTurns(db: Database, until: Date): Promise<void> {
  await db
    .update(senderGate)
    .set({ nextAt: sql`greatest(${senderGate.nextAt}, ${until.toISOString()}::timestamptz)` })
    .where(eq(senderGate.id, 1));
}

/** The same way out, at the shared rate: one request of a letter costs a broadcast one turn and no more. */
export function pacedMailer(db: Database, mailer: Mailer, intervalMs: number, clock: () => Date): Mailer {
  const inTurn = async (send: () => Promise<SendResult>): Promise<SendResult> =>
    (await waitForTurn(db, intervalMs, clock))
      ? send()
      : { state: 'again', reason: 'The mail provider asked for patience.', retryAfterMs: 1000 };
  return {
    name: mailer.name,
    send: (message, signal) => inTurn(() => mailer.send(message, signal)),
    sendBatch: (batch, signal) => inTurn(() => mailer.sendBatch(batch, signal)),
  };
}

/** Why everything is stopped; undefined when it is not. */
export async function findStop(db: Database): Promise<string | undefined> {
  const [row] = await db
    .select({ stopped: senderGate.stopped, reason: senderGate.reason })
    .from(senderGate)
    .where(eq(senderGate.id, 1));
  return row?.stopped ? (row.reason ?? 'Sending is stopped.') : undefined;
}
