import { Worker } from 'node:worker_threads';
import type { StatementCard } from './statement-card.ts';

/** Drawing takes a tenth of a second, the first time half of one; far more is a fault. */
const DRAW_MS_MAX = 10_000;
const IDLE_MS = 60_000;

export type Asked = { id: number; card: StatementCard };
export type Drawn = { id: number; png: Uint8Array } | { id: number; failure: string };

type Waiting = { resolve(png: Uint8Array): void; reject(error: Error): void };

/** Draws cards in a thread of its own, one after the other, so that no page waits for one. */
export type Cards = {
  /** A PNG. @throws Error when it could not be drawn within ten seconds. */
  draw(card: StatementCard): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** The thread starts with the first card and ends when there was none for a minute. */
export function openCards(): Cards {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let asked = 0;

  function start(): Worker {
    const started = new Worker(new URL('./card-thread.ts', import.meta.url));
    started.on('message', (drawn: Drawn) => {
      const { resolve, reject } = waiting.get(drawn.id) ?? {};
      waiting.delete(drawn.id);
      if ('png' in drawn) resolve?.(drawn.png);
      else reject?.(new Error(`A card could not be drawn: ${drawn.failure}`));
      if (waiting.size > 0) return;
      // Idle, it does not keep the process alive.
      started.unref();
      idle = setTimeout(() => void end('it was idle'), IDLE_MS).unref();
    });
    started.on('error', (error) => void end(error.message, started));
    started.on('exit', () => void end('its thread has ended', started));
    return started;
  }

  async function end(why: string, which = thread): Promise<void> {
    if (!which || which !== thread) return;
    thread = undefined;
    clearTimeout(idle);
    for (const { reject } of waiting.values()) reject(new Error(`A card could not be drawn: ${why}`));
    waiting.clear();
    await which.terminate();
  }

  return {
    draw(card) {
      clearTimeout(idle);
      thread ??= start();
      thread.ref();
      const id = (asked += 1);
      const drawing = new Promise<Uint8Array>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const late = setTimeout(() => void end('it took too long'), DRAW_MS_MAX);
      thread.postMessage({ id, card } satisfies Asked);
      return drawing.finally(() => clearTimeout(late));
    },
    close: () => end('the process is ending'),
  };
}
