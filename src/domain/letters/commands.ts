import { and, inArray, lt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { letters } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { sealAddress } from '../addresses.ts';
import { wakeWorker } from '../wake.ts';
import type { LetterKind } from './rules.ts';

const KEPT_MS = 24 * 60 * 60_000;
const FORGOTTEN_AT_ONCE_MAX = 5_000;

export type QueuedLetter = {
  kind: LetterKind;
  /** The row the letter is written from when it leaves. */
  subjectId: string;
  to: EmailAddress;
  sendAfter: Date;
};

/** Queues one mail to one person, in the caller's transaction. The worker writes and sends it, from the commit on. */
export async function enqueueLetter(
  tx: Database,
  keys: KeyStore,
  { kind, subjectId, to, sendAfter }: QueuedLetter,
  now: Date,
): Promise<void> {
  const id = newId();
  await tx.insert(letters).values({
    id,
    kind,
    subjectId,
    sealedAddress: sealAddress(keys, to, letterPlace(id)),
    state: 'pending',
    sendAfter,
    createdAt: now,
  });
  await wakeWorker(tx);
}

export function letterPlace(id: string): string {
  return `letters:${id}`;
}

/** Deletes letters that are over and a day old. Says how many; more may be left. */
export async function forgetLetters(db: Database, now: Date): Promise<number> {
  const over = db
    .select({ id: letters.id })
    .from(letters)
    .where(
      and(
        inArray(letters.state, ['accepted', 'failed']),
        lt(letters.createdAt, new Date(now.getTime() - KEPT_MS)),
      ),
    )
    .limit(FORGOTTEN_AT_ONCE_MAX);
  const gone = await db.delete(letters).where(inArray(letters.id, over)).returning({ id: letters.id });
  return gone.length;
}
