import { setImmediate } from 'node:timers/promises';
import type { App } from '../app.ts';
import { errorFields } from '../log.ts';

const FAILURE_WAIT_MAX_MS = 30_000;

/** One turn of a loop. Says how long there is nothing to do, in milliseconds; undefined ends the loop. */
export type Turn = () => Promise<Wait | undefined>;
type Wait = { ms: number; deaf?: boolean };

/** An error ends a turn, never the loop: it is logged, and the next turn comes later each time. */
export async function repeat({ log }: App, bell: Bell, loop: string, turn: Turn): Promise<void> {
  let failures = 0;
  while (!bell.stopped()) {
    let wait: Wait | undefined;
    try {
      wait = await turn();
      failures = 0;
    } catch (error) {
      failures += 1;
      wait = { ms: Math.min(250 * 2 ** failures, FAILURE_WAIT_MAX_MS), deaf: true };
      log.error('worker_turn_failed', { loop, failures, ...errorFields(error) });
    }
    if (!wait) return;
    // The embedded database answers without leaving the event loop: without this nobody else would get a turn.
    await (wait.ms > 0 ? bell.wait(wait) : setImmediate());
  }
}

export type Bell = ReturnType<typeof createBell>;

/** Wakes every loop that sleeps and listens; once stopped, nobody sleeps any more. */
export function createBell() {
  const sleepers = new Set<{ wake: () => void; deaf: boolean }>();
  let isStopped = false;
  const wakeAll = (deafToo: boolean) => {
    for (const sleeper of [...sleepers]) if (deafToo || !sleeper.deaf) sleeper.wake();
  };
  return {
    unlisten: async () => {},
    stopped: () => isStopped,
    ring: () => wakeAll(false),
    stop() {
      isStopped = true;
      wakeAll(true);
    },
    wait: ({ ms, deaf = false }: Wait) =>
      new Promise<void>((resolve) => {
        if (isStopped) return resolve();
        const sleeper = {
          deaf,
          wake: () => {
            clearTimeout(timer);
            sleepers.delete(sleeper);
            resolve();
          },
        };
        const timer = setTimeout(sleeper.wake, ms);
        sleepers.add(sleeper);
      }),
  };
}
