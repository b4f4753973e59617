import type { PgDatabase, PgQueryResultHKT } from '#db/drizzle-tables.ts';
import { openEmbedded } from './embedded/store.ts';
import { openPostgres } from './postgres/store.ts';
import type * as schema from './schema/index.ts';

export { copyField } from './copy.ts';
export { migrate } from './migrate.ts';
export { StoreError } from './store-error.ts';

/** Both engines, and a transaction on either. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

export type StoreSession = {
  db: Database;
  /**
   * Copies rows of COPY's text format in UTF-8, made with `copyField`: all of them or none. In a transaction of this session's `db`
   * they are part of it.
   */
  copyIn(table: string, columns: readonly string[], rows: Uint8Array): Promise<void>;
};

export type Store = {
  db: Database;
  engine: 'pglite' | 'postgres';
  /**
   * Work on one connection with no limit of time, for temporary tables, session locks and COPY. On PostgreSQL it is the
   * work's own and is closed after it; the embedded database has one, which everybody shares between transactions.
   */
  session<T>(work: (session: StoreSession) => Promise<T>): Promise<T>;
  /**
   * Calls back for each NOTIFY on the channel until the returned function is called. PostgreSQL is reconnected to for as
   * long as it takes; what is notified in between is missed, so callers also look by themselves from time to time.
   */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  /** @throws StoreError when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens PostgreSQL when there is a URL, else the embedded database in `dataDir`, making it where there is none.
 * `memory://` is an embedded database that is gone with the process, for tests.
 *
 * @throws StoreError with what happened and what to do.
 */
export async function openDatabase(settings: {
  databaseUrl?: string | undefined;
  dataDir: string;
}): Promise<Store> {
  return settings.databaseUrl ? openPostgres(settings.databaseUrl) : openEmbedded(settings.dataDir);
}
