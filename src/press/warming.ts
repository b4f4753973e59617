import { setTimeout as delay } from 'node:timers/promises';
import { errorFields, type Log } from '#src/log.ts';

/** Readers and writers come first: so much time between two, and as long again as the last one took. */
const PAUSE_MS = 50;
const RETRY_MS = 1000;
const WAITING_MAX = 2000;
const TRIES_MAX = 5;

/** Renders cold documents before anybody asks for them, one at a time. */
export type Warmer = {
  /** Resolves when nothing waits any more. */
  add(paths: Iterable<string>): Promise<void>;
  close(): void;
};

export type WarmerOptions = {
  log: Log;
  has: (path: string) => boolean;
  find: (path: string) => Promise<unknown>;
  /** Resolves when nothing more important is being done. */
  idle: () => Promise<unknown> | undefined;
  /** While the database is away nothing can be rendered, and nothing is given up. */
  isAway: () => boolean;
};

export function openWarmer({ log, has, find, idle, isAway }: WarmerOptions): Warmer {
  /** With how often each was tried. */
  const waiting = new Map<string, number>();
  let working: Promise<void> | undefined;
  let closed = false;

  async function work(): Promise<void> {
    for (let next = takeFirst(waiting); next && !closed; next = takeFirst(waiting)) {
      const [path, tries] = next;
      await idle();
      const startedAt = performance.now();
      let pauseMs = PAUSE_MS;
      if (isAway()) {
        waiting.set(path, tries);
        pauseMs = RETRY_MS;
      } else if (has(path)) {
        continue;
      } else if (!(await isFound(path))) {
        if (tries + 1 < TRIES_MAX) waiting.set(path, tries + 1);
        pauseMs = RETRY_MS;
      }
      await delay(pauseMs + performance.now() - startedAt, undefined, { ref: false });
    }
  }

  async function isFound(path: string): Promise<boolean> {
    try {
      await find(path);
      return true;
    } catch (error) {
      log.warn('document_not_warmed', errorFields(error));
      return false;
    }
  }

  return {
    async add(paths) {
      for (const path of paths) if (waiting.size < WAITING_MAX) waiting.set(path, 0);
      working ??= work().finally(() => (working = undefined));
      await working;
    },
    close() {
      closed = true;
      waiting.clear();
    },
  };
}

function takeFirst(waiting: Map<string, number>): [string, number] | undefined {
  const [first] = waiting;
  if (first) waiting.delete(first[0]);
  return first;
}
