import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#src/log.ts';
import { cacheTag } from './edition.ts';

const TRIES_MAX = 5;
const TIMEOUT_MS = 5_000;
const RETRY_MS = 1_000;
const TAGS_MAX = 500;

/** Asks a CDN to forget what has changed. Nobody waits for it. */
export type Purger = {
  purge(changed: readonly string[]): void;
  close(): Promise<void>;
};

export type PurgerOptions = { url: string; token: string | undefined; log: Log; retryMs?: number };

/** POSTs `{"tags": […]}` with the token as bearer, again for a few times when it fails; then it is given up and logged. */
export function openPurger({ url, token, log, retryMs = RETRY_MS }: PurgerOptions): Purger {
  const tags = new Set<string>();
  const stopping = new AbortController();
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (tags.size > 0) {
      const batch = [...tags].slice(0, TAGS_MAX);
      for (const tag of batch) tags.delete(tag);
      if (!(await sendBatch(batch))) log.error('cdn_not_purged', { tags: batch.length });
    }
  }

  async function sendBatch(batch: readonly string[]): Promise<boolean> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      if (tries > 0) await pause(retryMs * 2 ** (tries - 1));
      if (stopping.signal.aborted) return false;
      const answer = await ask(batch);
      if (answer === 'done') return true;
      log.warn('cdn_purge_failed', { answer, tries: tries + 1 });
    }
    return false;
  }

  async function ask(batch: readonly string[]): Promise<'done' | number | 'unreachable'> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'Content-Type': 'application/json',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ tags: batch }),
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? 'done' : response.status;
    } catch {
      return 'unreachable';
    }
  }

  function pause(ms: number): Promise<unknown> {
    return delay(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
  }

  return {
    purge(changed) {
      for (const name of changed) if (name !== 'today') tags.add(cacheTag(name));
      if (tags.size === 0 || stopping.signal.aborted) return;
      sending ??= send().finally(() => (sending = undefined));
    },
    async close() {
      stopping.abort();
      await sending;
    },
  };
}
