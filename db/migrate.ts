import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from '#db/drizzle.ts';
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import type { Database, Store } from './client.ts';
import { StoreError } from './store-error.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
/** Any number, as long as it stays the same. */
const LOCK = 4_321_190_101;
const LOCK_WAIT_MS = 200;
const LOCK_WAITS_MAX = 3_000;

/**
 * Brings the tables up to what this code needs, all of it or nothing. May be run by several processes at once and any
 * number of times.
 *
 * @returns how many migrations were new.
 * @throws StoreError `newer` when the database has migrations that this code does not know.
 */
export async function migrate(store: Store, folder = MIGRATIONS): Promise<{ applied: number }> {
  const known = readMigrationFiles({ migrationsFolder: folder });
  return store.session(async ({ db }) => {
    await waitForLock(db);
    try {
      const recorded = await recordedMigrations(db);
      assertKnown(recorded, known);
      const missing = known.filter((migration) => !recorded.has(migration.folderMillis));
      await db.transaction(async (tx) => {
        for (const migration of missing) await apply(tx, migration);
      });
      return { applied: missing.length };
    } finally {
      await db.execute(sql`select pg_advisory_unlock(${LOCK})`);
    }
  });
}

/** Asks again and again instead of waiting inside one statement, which would count as a long one. */
async function waitForLock(db: Database): Promise<void> {
  for (let wait = 0; wait < LOCK_WAITS_MAX; wait += 1) {
    const { rows } = (await db.execute(sql`select pg_try_advisory_lock(${LOCK}) as locked`)) as {
      rows: { locked: boolean }[];
    };
    if (rows[0]?.locked) return;
    await delay(LOCK_WAIT_MS);
  }
  throw new StoreError(
    'unreachable',
    'Another process has been changing the tables for ten minutes. Wait for it to finish or stop it, then start again.',
  );
}

/** What was applied, by the moment at which it was made: where drizzle-kit looks as well. */
async function recordedMigrations(db: Database): Promise<ReadonlySet<number>> {
  await db.execute(sql`create schema if not exists drizzle`);
  await db.execute(sql`
    create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`);
  const { rows } = (await db.execute(sql`select created_at from drizzle.__drizzle_migrations`)) as {
    rows: { created_at: number }[];
  };
  return new Set(rows.map((row) => row.created_at));
}

function assertKnown(recorded: ReadonlySet<number>, known: readonly MigrationMeta[]): void {
  const ours = new Set(known.map((migration) => migration.folderMillis));
  const foreign = [...recorded].filter((madeAt) => !ours.has(madeAt)).sort((a, b) => a - b);
  if (foreign[0] === undefined) return;
  throw new StoreError(
    'newer',
    `The database was set up by a newer or another version of Forthright: it has ${foreign.length} ` +
      `${foreign.length === 1 ? 'migration' : 'migrations'} that this one does not know, the first made on ` +
      `${new Date(foreign[0]).toISOString()}. Nothing was changed. Run that version again, or restore a backup from before it.`,
  );
}

async function apply(tx: Database, migration: MigrationMeta): Promise<void> {
  for (const statement of migration.sql) await tx.execute(sql.raw(statement));
  await tx.execute(sql`
    insert into drizzle.__drizzle_migrations (hash, created_at) values (${migration.hash}, ${migration.folderMillis})`);
}
