import { and, asc, eq, inArray, isNull, lte, or, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { letters } from '#db/schema/index.ts';
import type { Message } from '#src/mail/mailer.ts';
import { normalisedAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { openAddress } from '../addresses.ts';
import { letterPlace } from './commands.ts';
import {
  backoffMs,
  GIVE_UP_AFTER_MS,
  GROUP_MAX,
  LEASE_MS,
  type LetterKind,
  type LetterWriters,
} from './rules.ts';

type LetterRow = typeof letters.$inferSelect;

export type Group = {
  providerBatchId: string;
  /** Which attempt this is: what an earlier one has to say comes too late. */
  attempts: number;
  oldestAt: Date;
  /** By position. */
  letters: readonly { id: string; kind: LetterKind; subjectId: string }[];
  messages: readonly Message[];
};

/**
 * Takes one group of letters to send, under a lease: first one that was attempted before and is due again, as it was;
 * else up to 100 that are due, one to each mailbox. Undefined when nothing is due.
 */
export async function claimGroup(
  db: Database,
  keys: KeyStore,
  writers: LetterWriters,
  now: Date,
): Promise<Group | undefined> {
  return db.transaction(
    async (tx) => (await claimAgain(tx, keys, writers, now)) ?? (await claimNew(tx, keys, writers, now)),
  );
}

const isWaiting = inArray(letters.state, ['pending', 'sending']);

async function claimAgain(tx: Database, keys: KeyStore, writers: LetterWriters, now: Date) {
  const [first] = await tx
    .select({ providerBatchId: letters.providerBatchId })
    .from(letters)
    .where(
      and(
        isWaiting,
        eq(letters.position, 0),
        lte(letters.sendAfter, now),
        or(isNull(letters.leaseUntil), lte(letters.leaseUntil, now)),
      ),
    )
    .orderBy(asc(letters.sendAfter))
    .limit(1)
    .for('update', { skipLocked: true });
  if (!first?.providerBatchId) return undefined;
  const { providerBatchId } = first;
  const rows = await tx
    .update(letters)
    .set(underLease(now))
    .where(and(isWaiting, eq(letters.providerBatchId, providerBatchId)))
    .returning();
  rows.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const { written, unwritable } = await writeAll(tx, keys, writers, rows, now);
  if (unwritable.length > 0) {
    // It may have been accepted: the group stays as it is until the same bytes can be made again.
    const error = unwritable[0]?.error;
    for (const row of rows) await postpone(tx, row, error, now);
    return undefined;
  }
  if (written.length === rows.length) return groupOf(providerBatchId, written);
  // One of them has nothing left to be about: those that are left go out as a group of their own.
  await ungroup(tx, idsOf(written), now);
  return undefined;
}

async function claimNew(tx: Database, keys: KeyStore, writers: LetterWriters, now: Date) {
  const due = await tx
    .select()
    .from(letters)
    .where(
      and(
        eq(letters.state, 'pending'),
        isNull(letters.providerBatchId),
        lte(letters.sendAfter, now),
        inArray(letters.kind, Object.keys(writers) as LetterKind[]),
      ),
    )
    .orderBy(asc(letters.sendAfter))
    .limit(GROUP_MAX)
    .for('update', { skipLocked: true });
  if (due.length === 0) return undefined;
  const attempt = await writeAll(tx, keys, writers, due, now);
  for (const { row, error } of attempt.unwritable) await postpone(tx, row, error, now);
  const written = onePerMailbox(attempt.written);
  if (written.length === 0) return undefined;
  const providerBatchId = newId();
  const ids = JSON.stringify(idsOf(written));
  const rows = await tx
    .update(letters)
    .set({
      ...underLease(now),
      providerBatchId,
      position: sql`(select entry.place - 1 from jsonb_array_elements_text(${ids}::jsonb) with ordinality as entry(id, place) where entry.id = ${letters.id})`,
    })
    .where(inArray(letters.id, idsOf(written)))
    .returning();
  const fresh = new Map(rows.map((row) => [row.id, row]));
  return groupOf(
    providerBatchId,
    written.map(({ row, message }) => ({ row: fresh.get(row.id) ?? row, message })),
  );
}

function underLease(now: Date) {
  return {
    state: 'sending' as const,
    waitingKey: null,
    attempts: sql`${letters.attempts} + 1`,
    leaseUntil: new Date(now.getTime() + LEASE_MS),
  };
}

type Written = { row: LetterRow; message: Message };
type Unwritable = { row: LetterRow; error: Error };

/** Letters whose subject is gone fail here; what cannot be written now does not hold up the others. */
async function writeAll(
  tx: Database,
  keys: KeyStore,
  writers: LetterWriters,
  rows: readonly LetterRow[],
  now: Date,
): Promise<{ written: Written[]; unwritable: Unwritable[] }> {
  const written: Written[] = [];
  const unwritable: Unwritable[] = [];
  for (const row of rows) {
    const message = await writeOne(tx, keys, writers, row, now);
    if (message instanceof Error) unwritable.push({ row, error: message });
    else if (message) written.push({ row, message });
    else await fail(tx, [row.id], 'What it was about is gone.');
  }
  return { written, unwritable };
}

async function writeOne(
  tx: Database,
  keys: KeyStore,
  writers: LetterWriters,
  row: LetterRow,
  now: Date,
): Promise<Message | Error | undefined> {
  const write = writers[row.kind]?.write;
  if (!write || !row.sealedAddress) return undefined;
  try {
    const to = openAddress(keys, row.sealedAddress, letterPlace(row.id));
    // A failed statement of the writer must not take the claim with it.
    const letter = await tx.transaction((inner) => write(inner, keys, row.subjectId, to, now));
    return (
      letter && { ...letter, tags: { kind: row.kind, letter: row.id }, idempotencyKey: `letter/${row.id}` }
    );
  } catch (error) {
    return error instanceof Error ? error : new Error('unknown');
  }
}

/** Two letters to one mailbox never share a request: the later one goes with the next. */
function onePerMailbox(written: readonly Written[]): Written[] {
  const mailboxes = new Set<string>();
  return written.filter(({ message }) => {
    const mailbox = normalisedAddress(message.to);
    return mailboxes.has(mailbox) ? false : mailboxes.add(mailbox);
  });
}

function groupOf(providerBatchId: string, written: readonly Written[]): Group {
  return {
    providerBatchId,
    attempts: Math.max(...written.map(({ row }) => row.attempts)),
    oldestAt: new Date(Math.min(...written.map(({ row }) => row.createdAt.getTime()))),
    letters: written.map(({ row }) => ({ id: row.id, kind: row.kind, subjectId: row.subjectId })),
    messages: written.map(({ message }) => message),
  };
}

async function postpone(tx: Database, row: LetterRow, error: Error | undefined, now: Date): Promise<void> {
  // The kind of error only: a message can repeat values.
  const reason = `It could not be written (${error?.name}).`;
  if (now.getTime() - row.createdAt.getTime() >= GIVE_UP_AFTER_MS) return fail(tx, [row.id], reason);
  const attempts = row.attempts + 1;
  const sendAfter = new Date(now.getTime() + backoffMs(attempts, 1));
  await tx
    .update(letters)
    .set({ state: 'pending', leaseUntil: null, attempts, sendAfter, reason })
    .where(eq(letters.id, row.id));
}

const idsOf = (written: readonly Written[]) => written.map(({ row }) => row.id);

/** Takes letters out of their group: they go out with whatever is due next. */
export async function ungroup(tx: Database, ids: readonly string[], now: Date): Promise<void> {
  await tx
    .update(letters)
    .set({ state: 'pending', providerBatchId: null, position: null, leaseUntil: null, sendAfter: now })
    .where(inArray(letters.id, [...ids]));
}

/** Ends letters that will not be sent; their addresses go. */
export async function fail(tx: Database, ids: readonly string[], reason: string): Promise<void> {
  await tx
    .update(letters)
    .set({ state: 'failed', reason, sealedAddress: null, waitingKey: null, leaseUntil: null })
    .where(inArray(letters.id, [...ids]));
}
