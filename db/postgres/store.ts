import { pipeline } from 'node:stream/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Database, Store, StoreSession } from '#db/client.ts';
import { copyStatement } from '#db/copy.ts';
import { wholeNumber } from '#db/numbers.ts';
import { listenOnPostgres } from './listener.ts';
import { driverFailure } from '#db/query-failures.ts';
import * as schema from '#db/schema/index.ts';
import { StoreError } from '#db/store-error.ts';
import { transactionGuard, type TransactionGuard } from '#db/transaction-guard.ts';
import { unreachable } from './unreachable.ts';

const VERSION_MIN = 150_000;

// Drizzle takes the parsers of raw queries from here and from nowhere else.
pg.types.setTypeParser(pg.types.builtins.INT8, wholeNumber);

/** How every connection introduces itself. */
function connectionTo(databaseUrl: string): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'forthright',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: '-c timezone=UTC',
  };
}

/** What answers a request has no business taking longer; the last is for a server that has vanished without a word. */
const LIMITS = {
  lock_timeout: 10_000,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 60_000,
  query_timeout: 35_000,
};

/** @throws StoreError `unreachable` or `too_old`. */
export async function openPostgres(databaseUrl: string): Promise<Store> {
  const pool = new pg.Pool({ ...connectionTo(databaseUrl), ...LIMITS, max: 10, idleTimeoutMillis: 30_000 });
  pool.on('error', () => {});
  // In use, a connection that breaks says so to the query as well; unheard here, it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await assertNewEnough(pool);
  } catch (error) {
    await pool.end();
    throw error instanceof StoreError ? error : unreachable(databaseUrl, error);
  }
  return postgresStore(databaseUrl, pool);
}

async function assertNewEnough(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  );
  const [version] = rows;
  if (Number(version?.number) >= VERSION_MIN) return;
  throw new StoreError(
    'too_old',
    `The database runs PostgreSQL ${version?.name}; Forthright needs 15 or newer. Upgrade it, or point DATABASE_URL elsewhere.`,
  );
}

function postgresStore(databaseUrl: string, pool: pg.Pool): Store {
  const guard = transactionGuard();
  const listeners = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await Promise.all([...listeners].map((stop) => stop()));
    await pool.end();
  }
  return {
    db: pooledDatabase(databaseUrl, pool, guard),
    engine: 'postgres',
    async session(work) {
      guard.assertOutside();
      return inSession(databaseUrl, guard, work);
    },
    async listen(channel, onNotify) {
      const stop = await listenOnPostgres(connectionTo(databaseUrl), channel, onNotify);
      listeners.add(stop);
      return async () => {
        listeners.delete(stop);
        await stop();
      };
    },
    async ping() {
      try {
        await pool.query('select 1');
      } catch (error) {
        throw unreachable(databaseUrl, error);
      }
    },
    close: () => (closing ??= close()),
  };
}

function pooledDatabase(databaseUrl: string, pool: pg.Pool, guard: TransactionGuard): Database {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  pool.query = ((...args: unknown[]) => {
    guard.assertOutside();
    return query(...args);
  }) as typeof pool.query;
  const db: Database = drizzle(pool, { schema });
  const own = new WeakMap<pg.PoolClient, Database>();
  // Drizzle's own keeps a pooled connection for ever when BEGIN fails, and gives one back that no longer answers.
  db.transaction = async (work, config) => {
    guard.assertOutside();
    const client = await pool.connect().catch((error: unknown) => {
      throw unreachable(databaseUrl, error);
    });
    let lost = false;
    try {
      const database = own.get(client) ?? databaseOn(client, guard);
      own.set(client, database);
      return await database.transaction(work, config);
    } catch (error) {
      lost = error instanceof StoreError;
      throw error;
    } finally {
      client.release(lost || client.getTransactionStatus() !== 'I');
    }
  };
  return db;
}

function databaseOn(client: pg.ClientBase, guard: TransactionGuard): Database {
  const db: Database = drizzle(client as pg.Client, { schema });
  const transaction = db.transaction.bind(db);
  const failed = async () => {
    // An error is told before the state behind it: the answer to an empty query comes after both.
    if (!(client as unknown as { readyForQuery: boolean }).readyForQuery) await client.query('');
    return client.getTransactionStatus() === 'E';
  };
  db.transaction = (work, config) => transaction((tx) => guard.run(() => work(tx), failed), config);
  return db;
}

async function inSession<T>(
  databaseUrl: string,
  guard: TransactionGuard,
  work: (session: StoreSession) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connectionTo(databaseUrl));
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(databaseUrl, error);
  }
  try {
    return await work({
      db: databaseOn(client, guard),
      copyIn: (table, columns, rows) => copyInto(client, copyStatement(table, columns, 'stdin'), rows),
    });
  } finally {
    await client.end();
  }
}

async function copyInto(client: pg.Client, statement: string, rows: Uint8Array): Promise<void> {
  try {
    await pipeline(
      async function* () {
        yield rows;
      },
      client.query(copyFrom(statement)),
    );
  } catch (error) {
    throw error instanceof Error ? driverFailure(error) : error;
  }
}
