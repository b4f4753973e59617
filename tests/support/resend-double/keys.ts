import { createHash } from 'node:crypto';

/** A stored answer, or why this key cannot be used now. */
export type KeyUse =
  | { state: 'new'; settle(answer: unknown): void; release(): void }
  | { state: 'replay'; answer: unknown }
  | { state: 'running' }
  | { state: 'other body' };

/** Resend's idempotency: the first answer of a key for 24 hours; only what was accepted is remembered. */
export function createKeys({ lifetimeMs = 86_400_000 }: { lifetimeMs?: number } = {}) {
  const kept = new Map<string, { bodyHash: string; at: number; answer?: unknown }>();
  return {
    use(key: string, body: string): KeyUse {
      const bodyHash = createHash('sha256').update(body).digest('base64');
      const found = kept.get(key);
      if (!found || Date.now() - found.at > lifetimeMs) {
        const entry: { bodyHash: string; at: number; answer?: unknown } = { bodyHash, at: Date.now() };
        kept.set(key, entry);
        return {
          state: 'new',
          settle: (answer) => {
            entry.answer = answer;
          },
          release: () => {
            kept.delete(key);
          },
        };
      }
      if (found.answer === undefined) return { state: 'running' };
      return found.bodyHash === bodyHash
        ? { state: 'replay', answer: found.answer }
        : { state: 'other body' };
    },
    /** As if 24 hours had passed. */
    expire(): void {
      kept.clear();
    },
  };
}
