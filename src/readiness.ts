import type { App } from './app.ts';
import { getHeartbeat } from './domain/heartbeats.ts';

const HEARTBEAT_STALE_MS = 30_000;

/** What stands in the way of serving: database, keys, press, worker. Empty when nothing does. */
export async function listProblems(app: App, press: { isReady(): boolean }): Promise<string[]> {
  const problems: string[] = [];
  if (!press.isReady()) problems.push('press: no edition yet');
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
