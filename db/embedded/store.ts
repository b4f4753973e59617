import { AsyncResource } from 'node:async_hooks';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { drizzle } from 'drizzle-orm/pglite';
import { channelName } from '#db/channel.ts';
import type { Database, Store, StoreSession } from '#db/client.ts';
import { COPY_ROWS_MAX, copyStatement, piecesOf } from '#db/copy.ts';
import { DurablePGlite } from './durable-pglite.ts';
import { folderError } from './folder-error.ts';
import { copyPrepared } from './prepared.ts';
import { syncEntry, syncFolder } from './sync-folder.ts';
import { wholeNumber } from '#db/numbers.ts';
import { claimFolder } from './owner.ts';
import { driverFailure } from '#db/query-failures.ts';
import * as schema from '#db/schema/index.ts';
import { StoreError } from '#db/store-error.ts';
import { transactionGuard, type TransactionGuard } from '#db/transaction-guard.ts';
import { keepTidy } from './upkeep.ts';

/** @throws StoreError `occupied`, `folder` or `not_durable`. */
export async function openEmbedded(dataDir: string): Promise<Store> {
  if (dataDir === 'memory://') {
    const pg = await PGlite.create();
    return embeddedStore(pg);
  }
  const folder = resolve(dataDir);
  makeFolder(folder);
  const ownership = await claimFolder(folder);
  try {
    const cluster = join(folder, 'database');
    if (!existsSync(join(cluster, 'PG_VERSION'))) await createCluster(cluster);
    const pg = await DurablePGlite.open(cluster);
    const stopTidying = keepTidy(pg);
    return embeddedStore(pg, async () => {
      await stopTidying();
      try {
        await pg.close();
      } finally {
        await ownership.release();
      }
    });
  } catch (error) {
    await ownership.release();
    throw error instanceof StoreError ? error : folderError(folder, error);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw folderError(folder, error);
  }
}

/** Makes the database beside its place and moves it there when it is whole and on the disk. */
async function createCluster(cluster: string): Promise<void> {
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (!copyPrepared(unfinished)) {
    const pg = await PGlite.create({ fs: new NodeFS(unfinished) });
    await pg.close();
  }
  syncFolder(unfinished);
  renameSync(unfinished, cluster);
  syncEntry(dirname(cluster));
}

/** What Drizzle asks of PGlite. */
type Connection = Pick<PGlite, 'query' | 'transaction'>;

/** A store on a PGlite that is open. `close` closes it. */
export function embeddedStore(pg: PGlite, close = () => pg.close()): Store {
  // The same answer as PostgreSQL's driver gives here: int8 as a number.
  pg.parsers[INT8] = wholeNumber;
  const guard = transactionGuard();
  const connection: Connection = {
    async query(text, values, options) {
      guard.assertOutside();
      return inTurn(() => pg.query(text, values, options));
    },
    async transaction(work) {
      guard.assertOutside();
      return pg.transaction((tx) =>
        guard.run(
          () => work(takingTurns(tx)),
          () => hasFailed(tx),
        ),
      );
    },
  };
  let closing: Promise<void> | undefined;
  return {
    db: drizzleOn(connection),
    engine: 'pglite',
    session: (work) => work(sessionOn(pg, guard)),
    async listen(channel, onNotify) {
      // Bound to here: PGlite calls back in the middle of whoever commits.
      return pg.listen(channelName(channel), AsyncResource.bind(onNotify));
    },
    async ping() {
      await pg.query('select 1');
    },
    close: () => (closing ??= close()),
  };
}

const INT8 = 20;

/**
 * PGlite answers without leaving the event loop: whoever asks one thing after the other would let nobody else have a turn, and
 * no reader a page.
 */
async function inTurn<T>(ask: () => Promise<T>): Promise<T> {
  const answer = await ask();
  await setImmediate();
  return answer;
}

function takingTurns(tx: Transaction): Transaction {
  const query: Transaction['query'] = (text, values, options) =>
    inTurn(() => tx.query(text, values, options));
  return Object.create(tx, { query: { value: query } }) as Transaction;
}

/** PGlite does not say in which state a transaction is, so it is asked, for a twentieth of a millisecond. */
async function hasFailed(tx: Transaction): Promise<boolean> {
  try {
    await tx.query('select 1');
    return false;
  } catch {
    return true;
  }
}

function drizzleOn(connection: Connection): Database {
  return drizzle(connection as PGlite, { schema });
}

/** A session sends everything to its open transaction while there is one: COPY as well. */
function sessionOn(pg: PGlite, guard: TransactionGuard): StoreSession {
  let open: Transaction | undefined;
  async function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    guard.assertOutside();
    return pg.transaction(async (tx) => {
      open = tx;
      try {
        return await guard.run(
          () => work(tx),
          () => hasFailed(tx),
        );
      } finally {
        open = undefined;
      }
    });
  }
  const connection: Connection = {
    async query(text, values, options) {
      if (open) return open.query(text, values, options);
      guard.assertOutside();
      return pg.query(text, values, options);
    },
    transaction,
  };
  return {
    db: drizzleOn(connection),
    async copyIn(table, columns, rows) {
      const statement = copyStatement(table, columns, "'/dev/blob'");
      return open ? copy(open, statement, rows) : transaction((tx) => copy(tx, statement, rows));
    },
  };
}

/** In pieces, between which the event loop turns: other people's pages are served meanwhile. */
async function copy(tx: Transaction, statement: string, rows: Uint8Array): Promise<void> {
  try {
    for (const piece of piecesOf(rows, COPY_ROWS_MAX)) {
      await tx.query(statement, [], { blob: new Blob([piece as Uint8Array<ArrayBuffer>]) });
      await setImmediate();
    }
  } catch (error) {
    throw error instanceof Error ? driverFailure(error) : error;
  }
}
