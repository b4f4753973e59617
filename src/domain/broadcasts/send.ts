import type { Database } from '#db/client.ts';
import type { Mailer, SendResult } from '#src/mail/mailer.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { providerBatchKey } from './rules.ts';
import { claimProviderBatch, faultOf, type ClaimedBatch } from './provider-batches.ts';
import {
  haltBroadcast,
  haltEverything,
  markAccepted,
  putBack,
  setUnknown,
  splitRefused,
} from './settlement.ts';

/** A request that has no answer by then is cut off, well within its lease. */
const SEND_TIMEOUT_MS = 20_000;

/**
 * - `nothing`: no batch waits at this moment, or the broadcast is stopped.
 * - `sent`: settled, one way or the other; the next may follow.
 * - `again`: the provider did not take it now; so it may be with the next.
 * - `halted`: somebody has to act.
 */
export type Turn = 'nothing' | 'sent' | 'again' | 'halted';

/** Claims one provider batch, hands it over and records what became of it. Safe to kill at any point. */
export async function sendNextBatch(
  db: Database,
  keys: KeyStore,
  mailer: Mailer,
  broadcastId: string,
  clock: () => Date,
): Promise<Turn> {
  const batch = await claimProviderBatch(db, keys, broadcastId, clock());
  if (!batch) return 'nothing';
  if (batch.deliveryIds.length === 0) return 'sent';
  if (batch.keyExpired) {
    await setUnknown(db, batch, 'More than 23 hours passed without an answer from the provider.');
    return 'sent';
  }
  const fault = faultOf(batch);
  if (fault) return holdBack(db, batch, fault, clock());
  const result = await handOver(mailer, batch);
  return 'fault' in result ? holdBack(db, batch, result.fault, clock()) : settle(db, batch, result, clock());
}

/** The mailer throws for what is wrong on our side only. What it refuses to let out it refuses before anything leaves. */
async function handOver(mailer: Mailer, batch: ClaimedBatch): Promise<SendResult | { fault: string }> {
  const { broadcastId, number, split, messages } = batch;
  const idempotencyKey = providerBatchKey(broadcastId, number, split);
  try {
    return await mailer.sendBatch({ messages, idempotencyKey }, AbortSignal.timeout(SEND_TIMEOUT_MS));
  } catch (error) {
    // Only this error's words are known to quote nobody.
    const told = error instanceof Error && error.name === 'OneRecipientError';
    return { fault: told ? error.message : 'The hand-over failed by a fault of the program.' };
  }
}

async function settle(db: Database, batch: ClaimedBatch, result: SendResult, now: Date): Promise<Turn> {
  switch (result.state) {
    case 'accepted':
      await markAccepted(db, batch, result.providerIds, now);
      return 'sent';
    case 'again':
      await putBack(db, batch, result, now);
      return 'again';
    case 'refused':
      await splitRefused(db, batch, result);
      return 'sent';
    case 'unknown':
      await setUnknown(db, batch, result.reason);
      return 'sent';
    case 'halted':
      await haltEverything(db, batch, result.reason, now);
      return 'halted';
  }
}

/** Something is wrong on our side: this batch is never sent by itself, and nothing more of the broadcast leaves. */
async function holdBack(db: Database, batch: ClaimedBatch, fault: string, now: Date): Promise<Turn> {
  await setUnknown(db, batch, fault);
  await haltBroadcast(db, batch.broadcastId, `Halted by itself. ${fault}`, now);
  return 'halted';
}
