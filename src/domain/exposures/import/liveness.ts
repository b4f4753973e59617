import { and, eq, sql, type SQL } from '#db/drizzle.ts';
import type { Database, StoreSession } from '#db/client.ts';
import { exposureLists } from '#db/schema/index.ts';
import { deleteList } from './list-row.ts';

const DEAD_LISTS_MAX = 100;

/**
 * Marks an import as alive: the lock is the session's and goes with it, however it ends. It is taken before the list's
 * row exists, so that no row of a living import is ever without it.
 */
export async function holdImport({ db }: StoreSession, listId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_lock(${lockNumber(sql`${listId}::text`)})`);
}

export async function releaseImport({ db }: StoreSession, listId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_unlock(${lockNumber(sql`${listId}::text`)})`);
}

/**
 * Deletes what was left behind by imports that were killed; no such list was ever an answer. Called at the start of a
 * process and before every import; may be repeated. Returns how many it deleted.
 */
export async function sweepDeadImports(db: Database): Promise<number> {
  const dead = await db
    .select({ id: exposureLists.id })
    .from(exposureLists)
    .where(
      and(eq(exposureLists.state, 'loading'), sql`not exists (${lockHolders(sql`${exposureLists.id}`)})`),
    )
    .limit(DEAD_LISTS_MAX);
  for (const { id } of dead) await deleteList(db, id);
  return dead.length;
}

const lockNumber = (listId: SQL) => sql`hashtextextended('forthright exposure list ' || ${listId}, 0)`;

/** pg_locks shows a lock on a number as its two halves. On the embedded database the holder may be this very connection. */
const lockHolders = (listId: SQL) => sql`
  select from pg_locks k
  where k.locktype = 'advisory' and k.objsubid = 1
    and k.database = (select oid from pg_database where datname = current_database())
    and ((k.classid::bigint << 32) | k.objid::bigint) = ${lockNumber(listId)}`;
