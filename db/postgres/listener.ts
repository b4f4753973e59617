import pg from 'pg';
import { channelName } from '#db/channel.ts';

const WAIT_MIN_MS = 250;
const WAIT_MAX_MS = 15_000;

/**
 * Listens on a connection of its own and comes back by itself, with growing pauses. Returns after the first attempt,
 * whether or not it succeeded.
 */
export async function listenOnPostgres(
  connection: pg.ClientConfig,
  channel: string,
  onNotify: (payload: string) => void,
): Promise<() => Promise<void>> {
  const statement = `listen ${channelName(channel)}`;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failures = 0;

  async function connect(): Promise<void> {
    const attempt = new pg.Client(connection);
    client = attempt;
    attempt.on('notification', ({ payload }) => onNotify(payload ?? ''));
    attempt.on('error', () => {});
    try {
      await attempt.connect();
      await attempt.query(statement);
      failures = 0;
      attempt.once('end', comeBack);
    } catch {
      void attempt.end().catch(() => {});
      comeBack();
    }
  }

  function comeBack(): void {
    if (stopped) return;
    const waitMs = Math.min(WAIT_MIN_MS * 2 ** failures, WAIT_MAX_MS);
    failures += 1;
    // Not all at the same moment, when many processes have lost the same server.
    timer = setTimeout(() => void connect(), waitMs * (0.5 + Math.random() / 2));
    timer.unref();
  }

  await connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end();
  };
}
