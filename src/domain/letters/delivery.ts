import { and, eq, inArray, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { letters } from '#db/schema/index.ts';
import type { Mailer, SendResult } from '#src/mail/mailer.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { claimGroup, fail, ungroup, type Group } from './groups.ts';
import {
  backoffMs,
  GIVE_UP_AFTER_MS,
  groupKey,
  HALTED_RETRY_MS,
  REQUEST_TIMEOUT_MS,
  type LetterKind,
  type LetterWriters,
} from './rules.ts';

/** What one hand-over came to. `idle`: nothing was due, and nothing was asked of the provider. */
export type LetterDelivery =
  { outcome: 'idle' } | { outcome: SendResult['state']; letters: number; reason: string };

/**
 * Hands one group of due letters to the provider in one request and writes down what became of it. Any number of
 * workers may call it; one that dies leaves its group to the next, under the same key and with the same bytes.
 */
export async function deliverLetters(
  db: Database,
  keys: KeyStore,
  mailer: Mailer,
  writers: LetterWriters,
  now: Date,
): Promise<LetterDelivery> {
  const group = await claimGroup(db, keys, writers, now);
  if (!group) return { outcome: 'idle' };
  const result = await handOver(mailer, group);
  await db.transaction((tx) => record(tx, writers, group, result, now));
  const reason = result.state === 'accepted' ? '' : result.reason;
  return { outcome: result.state, letters: group.letters.length, reason };
}

async function handOver(mailer: Mailer, group: Group): Promise<SendResult> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const [only, ...others] = group.messages;
  try {
    if (only && others.length === 0) return await mailer.send(only, signal);
    const idempotencyKey = groupKey(group.providerBatchId);
    return await mailer.sendBatch({ messages: group.messages, idempotencyKey }, signal);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    // Held back before anything left: the group is halved until the message at fault stands alone.
    if (name === 'OneRecipientError')
      return { state: 'refused', reason: 'It was held back: not one plain recipient.' };
    return { state: 'again', reason: `The hand-over failed (${name}).` };
  }
}

async function record(tx: Database, writers: LetterWriters, group: Group, result: SendResult, now: Date) {
  if (result.state === 'accepted') return markAccepted(tx, writers, group, result.providerIds, now);
  if (!(await isStillOurs(tx, group))) return;
  const ids = group.letters.map(({ id }) => id);
  const spent = now.getTime() - group.oldestAt.getTime() >= GIVE_UP_AFTER_MS;
  if (result.state === 'unknown' || (result.state !== 'refused' && spent))
    return fail(tx, ids, result.reason);
  if (result.state === 'refused') return setApart(tx, ids, result, now);
  const waitMs =
    result.state === 'halted'
      ? HALTED_RETRY_MS
      : backoffMs(group.attempts, Math.random(), result.retryAfterMs);
  await tx
    .update(letters)
    .set({
      state: 'pending',
      leaseUntil: null,
      sendAfter: new Date(now.getTime() + waitMs),
      reason: result.reason,
    })
    .where(inArray(letters.id, ids));
}

/** Guarded by state: what is accepted stays so, whoever reports late. */
async function markAccepted(
  tx: Database,
  writers: LetterWriters,
  group: Group,
  providerIds: readonly string[],
  now: Date,
): Promise<void> {
  const marked = await tx
    .update(letters)
    .set({
      state: 'accepted',
      handedOverAt: now,
      providerId: sql`${JSON.stringify(providerIds)}::jsonb ->> ${letters.position}::integer`,
      sealedAddress: null,
      leaseUntil: null,
      reason: null,
    })
    .where(
      and(eq(letters.providerBatchId, group.providerBatchId), inArray(letters.state, ['pending', 'sending'])),
    )
    .returning({ kind: letters.kind, subjectId: letters.subjectId });
  for (const kind of new Set(marked.map((letter) => letter.kind))) {
    await writers[kind]?.handedOver?.(tx, subjectsOf(marked, kind), now);
  }
}

function subjectsOf(marked: readonly { kind: LetterKind; subjectId: string }[], kind: LetterKind): string[] {
  return marked.filter((letter) => letter.kind === kind).map((letter) => letter.subjectId);
}

/** Another worker has taken the group over once the lease ran out: its attempt counts, not ours. */
async function isStillOurs(tx: Database, group: Group): Promise<boolean> {
  const rows = await tx
    .select({ attempts: letters.attempts })
    .from(letters)
    .where(and(eq(letters.providerBatchId, group.providerBatchId), eq(letters.state, 'sending')))
    .for('update');
  return rows.length === group.letters.length && rows.every((row) => row.attempts <= group.attempts);
}

/** Nothing was sent. The letter at fault is named, or found by halving; the others go on without it. */
async function setApart(
  tx: Database,
  ids: readonly string[],
  refusal: { reason: string; index?: number },
  now: Date,
): Promise<void> {
  const named = refusal.index === undefined ? undefined : ids[refusal.index];
  const refused = ids.length === 1 ? ids[0] : named;
  if (refused !== undefined) {
    await fail(tx, [refused], refusal.reason);
    const others = ids.filter((id) => id !== refused);
    if (others.length > 0) await ungroup(tx, others, now);
    return;
  }
  const middle = Math.ceil(ids.length / 2);
  await regroup(tx, ids.slice(0, middle), 0, refusal.reason, now);
  await regroup(tx, ids.slice(middle), middle, refusal.reason, now);
}

async function regroup(
  tx: Database,
  ids: readonly string[],
  firstPosition: number,
  reason: string,
  now: Date,
) {
  await tx
    .update(letters)
    .set({
      state: 'pending',
      leaseUntil: null,
      sendAfter: now,
      reason,
      providerBatchId: newId(),
      position: sql`${letters.position} - ${firstPosition}::smallint`,
    })
    .where(inArray(letters.id, [...ids]));
}
