import { and, eq, inArray, lt, sql } from '#db/drizzle.ts';
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

/**
 * A letter to this mailbox for this purpose that nobody has tried to send yet, or the place for one. Nobody else takes it
 * until the transaction ends. However many ask, one waits: it leaves when the first of them may have theirs.
 *
 * @returns its id, and which subject it has had so far: another than the given one when it was waiting already.
 */
export async function holdWaitingLetter(
  tx: Database,
  keys: KeyStore,
  letter: QueuedLetter & { waitingKey: Uint8Array },
  now: Date,
): Promise<{ id: string; subjectId: string }> {
  const { waitingKey, ...queued } = letter;
  const [row] = await tx
    .insert(letters)
    .values({ ...rowOf(keys, queued, now), waitingKey })
    .onConflictDoUpdate({
      target: letters.waitingKey,
      set: { sendAfter: sql`least(${letters.sendAfter}, excluded.send_after)` },
    })
    .returning({ id: letters.id, subjectId: letters.subjectId });
  if (!row) throw new Error('the letter was not queued');
  await wakeWorker(tx);
  return row;
}

/** Makes a letter that was held about what was asked for last, in the spelling of the address that was typed last. */
export async function addressWaitingLetter(
  tx: Database,
  keys: KeyStore,
  id: string,
  { subjectId, to }: Pick<QueuedLetter, 'subjectId' | 'to'>,
): Promise<void> {
  const sealedAddress = sealAddress(keys, to, letterPlace(id));
  await tx.update(letters).set({ subjectId, sealedAddress }).where(eq(letters.id, id));
}

/** Queues one mail to one person, in the caller's transaction. The worker writes and sends it, from the commit on. */
export async function enqueueLetter(
  tx: Database,
  keys: KeyStore,
  letter: QueuedLetter,
  now: Date,
): Promise<void> {
  await tx.insert(letters).values(rowOf(keys, letter, now));
  await wakeWorker(tx);
}

function rowOf(keys: KeyStore, { kind, subjectId, to, sendAfter }: QueuedLetter, now: Date) {
  const id = newId();
  const sealedAddress = sealAddress(keys, to, letterPlace(id));
  return { id, kind, subjectId, sealedAddress, state: 'pending' as const, sendAfter, createdAt: now };
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
