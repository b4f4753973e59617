import { and, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts, senderGate, type Audience, type BroadcastContent } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import type { Letterhead } from '../letters/rules.ts';
import { getSite } from '../site/queries.ts';
import { wakeWorker } from '../wake.ts';
import { countAudience, getAudienceSource } from './audience.ts';
import { renderBroadcast } from './messages.ts';
import { accountBroadcast, getBroadcast, hasWaitingBatches, type Broadcast } from './queries.ts';
import { assertSecondPerson } from './rules.ts';
import { prepareGate } from './sender-gate.ts';
import { haltBroadcast } from './settlement.ts';

export type DraftBroadcast = {
  purpose: 'duty' | 'update';
  about: { kind: 'statement_revision' | 'notice' | 'maintenance'; id: string };
  content: BroadcastContent;
  audience: Audience;
};

/** Puts a broadcast beside what was published, in the publisher's transaction. Nothing is mailed until another person releases it. */
export async function draftBroadcast(
  tx: Database,
  actor: Actor,
  input: DraftBroadcast,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  const { purpose, about, content, audience } = input;
  const id = newId();
  await tx.insert(broadcasts).values({
    id,
    purpose,
    aboutKind: about.kind,
    aboutId: about.id,
    content,
    audience,
    state: 'draft',
    draftedBy: authorOf(actor),
    draftedAt: now,
  });
  const details = { purpose, about: `${about.kind}:${about.id}`, audience };
  await appendEvidence(tx, { kind: 'broadcast_drafted', subject: `broadcast:${id}`, actor, details }, now);
  return { id };
}

/**
 * Lets a draft be sent. From here the worker freezes its audience and sends.
 *
 * @throws DomainError `forbidden` below approver, for whoever drafted it and for the operator; `conflict` unless it is a
 *   draft, when nobody would get it, or when it cannot be mailed.
 */
export async function releaseBroadcast(
  db: Database,
  keys: KeyStore,
  releaser: Actor,
  input: { broadcastId: string; letterhead: Letterhead },
  now: Date,
): Promise<void> {
  assertRole(releaser, 'approver');
  if ('operator' in releaser) {
    throw new DomainError(
      'forbidden',
      'A broadcast is released by a person, in the admin area. Sign in there.',
    );
  }
  const broadcast = await getBroadcast(db, input.broadcastId);
  if (broadcast.state !== 'draft') throw alreadyReleased();
  assertSecondPerson(broadcast.draftedBy, releaser.id);
  await getAudienceSource(db, broadcast.audience);
  const { people } = await countAudience(db, broadcast.audience);
  if (people === 0) throw nobody(broadcast);
  const site = await getSite(db);
  renderBroadcast(keys, broadcast, site, input.letterhead);
  await prepareGate(db);
  await db.transaction(async (tx) => {
    const released = await tx
      .update(broadcasts)
      .set({ state: 'approved', releasedBy: releaser.id, releasedAt: now, reason: null })
      .where(and(eq(broadcasts.id, broadcast.id), eq(broadcasts.state, 'draft')))
      .returning({ id: broadcasts.id });
    if (released.length === 0) throw alreadyReleased();
    const entry = { subject: `broadcast:${broadcast.id}`, actor: releaser, details: { people } };
    await appendEvidence(tx, { kind: 'broadcast_released', ...entry }, now);
    await wakeWorker(tx);
  });
}

/**
 * After this has committed no provider batch starts; one per sending worker may be in flight and is counted.
 *
 * @throws DomainError `forbidden` below editor; `conflict` when nothing of it can still leave.
 */
export async function stopBroadcast(
  db: Database,
  actor: Actor,
  input: { broadcastId: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    // The update comes first: every claim waits for it from here on.
    const stopped = await tx
      .update(broadcasts)
      .set({ state: 'halted', reason: `Stopped by ${'operator' in actor ? 'the operator' : actor.name}.` })
      .where(
        and(
          eq(broadcasts.id, input.broadcastId),
          inArray(broadcasts.state, ['approved', 'freezing', 'sending']),
        ),
      )
      .returning({ id: broadcasts.id });
    if (stopped.length === 0) {
      const { state } = await getBroadcast(tx, input.broadcastId);
      throw new DomainError(
        'conflict',
        `This broadcast is not being sent: it is ${state}. There is nothing to stop.`,
      );
    }
    const subject = `broadcast:${input.broadcastId}`;
    await appendEvidence(tx, { kind: 'broadcast_stopped', subject, actor }, now);
  });
}

/**
 * Goes on exactly where it stopped, and opens the gate if the provider had closed it.
 *
 * @throws DomainError `forbidden` below approver; `conflict` unless it is halted.
 */
export async function resumeBroadcast(
  db: Database,
  actor: Actor,
  input: { broadcastId: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'approver');
  await prepareGate(db);
  await db.transaction(async (tx) => {
    const [halted] = await tx
      .select()
      .from(broadcasts)
      .where(and(eq(broadcasts.id, input.broadcastId), eq(broadcasts.state, 'halted')))
      .for('update');
    if (!halted) {
      const { state } = await getBroadcast(tx, input.broadcastId);
      throw new DomainError(
        'conflict',
        `Only a broadcast that was stopped can be resumed; this one is ${state}.`,
      );
    }
    await tx
      .update(broadcasts)
      .set({ state: resumedState(halted), reason: null })
      .where(eq(broadcasts.id, halted.id));
    await tx.update(senderGate).set({ stopped: false, reason: null }).where(eq(senderGate.id, 1));
    const subject = `broadcast:${halted.id}`;
    await appendEvidence(tx, { kind: 'broadcast_resumed', subject, actor }, now);
    await wakeWorker(tx);
  });
}

/**
 * Ends a broadcast whose account closes; with recipients whose fate is unknown it halts and says so.
 *
 * @returns whether it ended or halted.
 */
export async function finishBroadcast(db: Database, broadcastId: string, now: Date): Promise<boolean> {
  if (await hasWaitingBatches(db, broadcastId)) return false;
  return db.transaction(async (tx) => {
    const [sending] = await tx
      .select({ id: broadcasts.id })
      .from(broadcasts)
      .where(and(eq(broadcasts.id, broadcastId), eq(broadcasts.state, 'sending')))
      .for('update');
    if (!sending || (await hasWaitingBatches(tx, broadcastId))) return false;
    const { outcomes: _later, ...account } = await accountBroadcast(tx, broadcastId);
    if (!account.closes) {
      const reason = `${account.unknown} of ${account.audience} recipients may or may not have been sent it. They are never written to again by themselves: find out from the mail provider.`;
      await haltBroadcast(tx, broadcastId, reason, now);
      return true;
    }
    await tx
      .update(broadcasts)
      .set({ state: 'done', reason: null, finishedAt: now })
      .where(eq(broadcasts.id, broadcastId));
    const entry = { subject: `broadcast:${broadcastId}`, actor: 'worker' as const, details: account };
    await appendEvidence(tx, { kind: 'broadcast_finished', ...entry }, now);
    return true;
  });
}

function authorOf(actor: Actor): string {
  return actorId(actor) ?? 'operator';
}

function resumedState(broadcast: Broadcast): 'approved' | 'freezing' | 'sending' {
  if (broadcast.audienceCount !== null) return 'sending';
  return broadcast.rendered ? 'freezing' : 'approved';
}

function alreadyReleased(): DomainError {
  return new DomainError(
    'conflict',
    'This broadcast has been released already. Open it to see how far it is.',
  );
}

function nobody({ audience }: Broadcast): DomainError {
  const reasons = {
    subscribers: 'Nobody has subscribed to this, so there is nobody to send it to. Nothing was released.',
    exposed:
      'The list of this incident was imported without addresses to notify, or they have been destroyed. Nothing was released.',
    changed:
      'The corrected list changes the answer of nobody in this audience, so there is nobody to send it to. Nothing was released.',
    segment: 'There is nobody in this segment, or its addresses have been destroyed. Nothing was released.',
  };
  return new DomainError('conflict', reasons[audience.kind]);
}
