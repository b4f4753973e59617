import { hostname } from 'node:os';
import type { App } from './app.ts';
import { accountLetters } from './domain/accounts/letters.ts';
import { forgetExpired } from './domain/accounts/retention.ts';
import { advanceBroadcasts, type Sender } from './domain/broadcasts/advance.ts';
import { releaseLeases } from './domain/broadcasts/leases.ts';
import { applyProviderEvents, forgetProviderEvents } from './domain/broadcasts/provider-events.ts';
import { forgetRecipients } from './domain/broadcasts/retention.ts';
import { pacedMailer, prepareGate } from './domain/broadcasts/sender-gate.ts';
import { freezeDays, recountDays, touchWhileWrong } from './domain/components/freezing.ts';
import { sweepDeadImports } from './domain/exposures/import/liveness.ts';
import { forgetImports } from './domain/exposures/import/watching/commands.ts';
import { deleteDestroyedRows } from './domain/exposures/destruction.ts';
import { destroySealedOriginals } from './domain/exposures/sealed.ts';
import { beatHeart } from './domain/heartbeats.ts';
import { mailboxRewriting } from './domain/keys/old-versions.ts';
import { deliverLetters } from './domain/letters/delivery.ts';
import { advanceMaintenances, extendSeries } from './domain/maintenances/advance.ts';
import { getSite } from './domain/site/queries.ts';
import { findMissedPromises } from './domain/statements/promises.ts';
import { forgetUnconfirmed } from './domain/subscribers/commands.ts';
import { subscriberLetters } from './domain/subscribers/letters.ts';
import { forgetSupportQuestions } from './domain/support-questions/commands.ts';
import { WORK_CHANNEL } from './domain/wake.ts';
import { errorFields } from './log.ts';
import { createBell, repeat, type Bell, type Turn } from './worker/loops.ts';
import { maintenanceWords } from './words/maintenances.ts';

/** How long a loop sleeps when there is nothing to do and nobody wakes it. */
const IDLE_MS = 1000;
const LETTERS_IDLE_MS = 500;
const HEARTBEAT_MS = 5000;
const RETENTION_MS = 60_000;
const DAYS_MS = 10_000;
/** Between two steps: the embedded database runs on the event loop. */
const REWRITING_PAUSE_MS = 20;
const PROMISES_MS = 5000;
const PROVIDER_WAIT_MAX_MS = 15_000;

/** Requests at exactly the provider's rate arrive a little early now and then, and are refused. */
const PACE_MARGIN = 1.01;

export type Worker = {
  /** Lets what is in flight come to its end, and starts nothing more. */
  stop(): Promise<void>;
};

export type WorkerOptions = {
  /** How many provider batches may be in flight at once: a stop comes too late for as many. */
  lanes?: number;
};

/** Does what nobody waits for: letters, broadcasts, the provider's events, forgetting. On PostgreSQL any number may run. */
export function startWorker(app: App, { lanes = 1 }: WorkerOptions = {}): Worker {
  const bell = createBell();
  const run = (name: string, turn: Turn) => repeat(app, bell, name, turn);
  const work = async () => {
    await run('preparation', preparation(app, bell));
    await Promise.all([
      run('heartbeat', heartbeat(app)),
      // Letters have a loop of their own: a sign-in never waits behind a broadcast.
      run('letters', letterDelivery(app)),
      run('events', events(app)),
      run('forgetting', forgetting(app)),
      run('rewriting', rewriting(app)),
      run('days', days(app)),
      run('promises', promises(app)),
      run('maintenances', maintaining(app)),
      ...Array.from({ length: lanes }, () => run('broadcasts', broadcasting(app))),
    ]);
    await bell.unlisten();
  };
  const done = work().catch((error: unknown) => app.log.error('worker_failed', errorFields(error)));
  return {
    async stop() {
      bell.stop();
      await done;
    },
  };
}

function preparation({ db, store }: App, bell: Bell): Turn {
  return async () => {
    await prepareGate(db);
    // One process owns the embedded database: whoever held these leases is gone.
    if (store.engine === 'pglite') await releaseLeases(db);
    bell.unlisten = await store.listen(WORK_CHANNEL, () => bell.ring());
    return undefined;
  };
}

function heartbeat({ db, now }: App): Turn {
  return async () => {
    await beatHeart(db, hostname(), now());
    return { ms: HEARTBEAT_MS, deaf: true };
  };
}

function letterDelivery(app: App): Turn {
  const { db, keys, now, log } = app;
  const { letterhead, intervalMs, mailer } = senderOf(app);
  const paced = intervalMs === 0 ? mailer : pacedMailer(db, mailer, intervalMs, now);
  const writers = { ...accountLetters(letterhead), ...subscriberLetters(letterhead) };
  return async () => {
    const delivery = await deliverLetters(db, keys, paced, writers, now());
    if (delivery.outcome === 'idle') return { ms: LETTERS_IDLE_MS };
    if (delivery.outcome !== 'accepted') {
      log.warn('letters_not_accepted', { outcome: delivery.outcome, letters: delivery.letters });
    }
    return { ms: 0 };
  };
}

function broadcasting(app: App): Turn {
  const sender = senderOf(app);
  let refusals = 0;
  return async () => {
    const progress = await advanceBroadcasts(app.db, app.keys, sender);
    refusals = progress === 'again' ? refusals + 1 : 0;
    if (progress === 'idle') return { ms: IDLE_MS };
    // A single lost answer slows nobody down; a provider that is away is asked less and less often.
    const ms = refusals < 3 ? 0 : Math.min(250 * 2 ** (refusals - 3), PROVIDER_WAIT_MAX_MS);
    return { ms, deaf: true };
  };
}

function events({ db, keys, now }: App): Turn {
  return async () => ({ ms: (await applyProviderEvents(db, keys, now())) > 0 ? 0 : IDLE_MS });
}

/** Statements whose promised update is late say so by themselves. */
function promises({ db, log, now }: App): Turn {
  return async () => {
    const missed = await findMissedPromises(db, now());
    if (missed > 0) log.warn('promises_missed', { statements: missed });
    return { ms: missed > 0 ? 0 : PROMISES_MS, deaf: true };
  };
}

/** Freezes finished days, counts those again of which something was told since, and keeps the day of what is wrong up to date. */
function days({ db, log, now }: App): Turn {
  let touchedAt = new Date(0);
  return async () => {
    const frozen = await freezeDays(db, now());
    const recounted = await recountDays(db, now());
    if (frozen + recounted > 0) log.info('days_frozen', { frozen, recounted });
    const at = now();
    if (await touchWhileWrong(db, touchedAt, at)) touchedAt = at;
    return { ms: frozen + recounted > 0 ? 0 : DAYS_MS, deaf: true };
  };
}

/** Starts, ends and reminds of what is due, and announces what a series brings next. */
function maintaining(app: App): Turn {
  const { db, keys, messages, now } = app;
  const { letterhead } = senderOf(app);
  return async () => {
    const words = maintenanceWords(messages.in((await getSite(db)).language));
    const advanced = await advanceMaintenances(db, { keys, letterhead }, words, now());
    return { ms: advanced || (await extendSeries(db, now())) ? 0 : IDLE_MS };
  };
}

function forgetting({ db, keys, log, now }: App): Turn {
  const forgetSome = [
    forgetUnconfirmed,
    forgetProviderEvents,
    forgetRecipients,
    destroySealedOriginals,
    sweepDeadImports,
    forgetImports,
    forgetSupportQuestions,
  ];
  return async () => {
    let rows = 0;
    await forgetExpired(db, now());
    for (const forget of forgetSome) rows += await forget(db, now());
    rows += await deleteDestroyedRows(db, keys, now());
    if (rows > 0) log.info('forgotten', { rows });
    return { ms: rows > 0 ? IDLE_MS : RETENTION_MS, deaf: true };
  };
}

/** After a rotation: brings every mailbox under the newest version, so that the one before can be destroyed. */
function rewriting({ db, keys, log }: App): Turn {
  const next = mailboxRewriting(db, keys);
  return async () => {
    const { rewritten, done } = await next();
    if (rewritten > 0) log.info('mailboxes_rewritten', { rows: rewritten });
    return { ms: done ? RETENTION_MS : REWRITING_PAUSE_MS, deaf: true };
  };
}

function senderOf({ mailer, settings, now }: App): Sender {
  const { mail, mailFrom, publicUrl } = settings;
  const intervalMs = mail.transport === 'resend' ? (1000 / mail.requestsPerSecond) * PACE_MARGIN : 0;
  return { mailer, letterhead: { from: mailFrom, publicUrl }, intervalMs, clock: now };
}
