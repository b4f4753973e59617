import type { Database } from '#db/client.ts';
import type { Mailer } from '#src/mail/mailer.ts';
import { KeyStoreError } from '#src/trust/key-files.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';
import type { Letterhead } from '../letters/rules.ts';
import { finishBroadcast } from './commands.ts';
import { beginFreeze, freezeChunk } from './freeze.ts';
import { listBroadcastsUnderWay } from './queries.ts';
import { sendNextBatch } from './send.ts';
import { waitForTurn } from './sender-gate.ts';
import { haltBroadcast } from './settlement.ts';

/** The way out, as the settings have it. */
export type Sender = {
  mailer: Mailer;
  letterhead: Letterhead;
  /** Between two requests of all processes together; 0 where nobody counts. */
  intervalMs: number;
  clock: () => Date;
};

/** `busy`: something moved. `again`: the provider takes nothing just now. `idle`: nothing to do at this moment. */
export type Progress = 'busy' | 'again' | 'idle';

type UnderWay = Awaited<ReturnType<typeof listBroadcastsUnderWay>>[number];

/** One step for every broadcast under way, duty first: freeze a chunk, or send a provider batch, or finish. */
export async function advanceBroadcasts(db: Database, keys: KeyStore, sender: Sender): Promise<Progress> {
  const steps = new Set<Progress>();
  for (const broadcast of await listBroadcastsUnderWay(db)) {
    steps.add(await advance(db, keys, sender, broadcast));
  }
  if (steps.has('busy')) return 'busy';
  return steps.has('again') ? 'again' : 'idle';
}

/** What somebody has to mend halts the broadcast with its own words; any other error is the worker's to log. */
async function advance(db: Database, keys: KeyStore, sender: Sender, broadcast: UnderWay): Promise<Progress> {
  try {
    if (broadcast.state === 'sending') return await advanceSending(db, keys, sender, broadcast);
    if (broadcast.state === 'freezing') await freezeChunk(db, keys, broadcast.id);
    else await beginFreeze(db, keys, sender, broadcast.id);
  } catch (error) {
    if (!(error instanceof DomainError || error instanceof KeyStoreError)) throw error;
    await haltBroadcast(db, broadcast.id, error.message, sender.clock());
  }
  return 'busy';
}

async function advanceSending(
  db: Database,
  keys: KeyStore,
  { mailer, clock, intervalMs }: Sender,
  { id, transport }: UnderWay,
): Promise<Progress> {
  if (transport !== mailer.name) {
    // Another provider knows nothing of the keys that have been used: it would send again what the first one has.
    throw new DomainError(
      'conflict',
      `This broadcast was begun with MAIL_TRANSPORT=${transport}, and it is now ${mailer.name}. Set it back, start again and resume.`,
    );
  }
  if (intervalMs > 0 && !(await waitForTurn(db, intervalMs, clock))) return 'idle';
  const turn = await sendNextBatch(db, keys, mailer, id, clock);
  if (turn === 'nothing') return (await finishBroadcast(db, id, clock())) ? 'busy' : 'idle';
  return turn === 'again' ? 'again' : 'busy';
}
