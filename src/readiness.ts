import type { App } from './app.ts';
import { getHeartbeat } from './domain/heartbeats.ts';

const HEARTBEAT_STALE_MS = 30_000;

/** What stands in the way of serving: database, keys, press, worker. Empty when nothing does. */
export async function listProblems(
  app: App,
  press: { isReady(): boolean; asOf(): Date | undefined },
  keeper?: { isFailing(): boolean },
): Promise<string[]> {
  const problems: string[] = [];
  const asOf = press.asOf();
  if (!press.isReady()) problems.push('press: no edition yet');
  if (asOf) problems.push(staleEdition(asOf));
  if (keeper?.isFailing()) problems.push('edition: cannot be written to disk');
  try {
    const seenAt = await getHeartbeat(app.db);
    if (!seenAt || app.now().getTime() - seenAt.getTime() > HEARTBEAT_STALE_MS) {
      problems.push('worker: not seen lately');
    }
  } catch {
    problems.push('database: does not answer');
  }
  try {
    app.keys.current('addresses');
  } catch {
    problems.push('keys: cannot be opened');
  }
  return problems;
}

/** Readers are told the same. */
export function staleEdition(asOf: Date): string {
  return `press: shows what was known at ${asOf.toISOString()}`;
}
