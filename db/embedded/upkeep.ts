import type { PGlite } from '@electric-sql/pglite';

const EVERY_MS = 10_000;
/** Two segments: replayed in about a second after a kill. */
const LOG_BYTES_MAX = 32_000_000;

const LOG_BYTES = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::int8 as bytes from pg_control_checkpoint()`;

/** The table most in need of it, by the shares that PostgreSQL's own autovacuum goes by. */
const WORN_TABLE = `
  select case when n_dead_tup > 1000 + 0.2 * n_live_tup then 'vacuum (analyze)' else 'analyze' end as remedy,
    format('%I.%I', schemaname, relname) as name
  from pg_stat_user_tables
  where n_dead_tup > 1000 + 0.2 * n_live_tup or n_mod_since_analyze > 1000 + 0.1 * n_live_tup
  order by n_dead_tup desc limit 1`;

/**
 * PGlite has none of the processes that checkpoint, vacuum and analyze a PostgreSQL: without this its log grows without
 * end, its tables too, and the planner knows nothing of them. One thing at a time, as all of it runs on the event loop:
 * analyzing takes 0.2 s, vacuuming about a second for each half million rows that are dead.
 */
export function keepTidy(pg: PGlite): () => Promise<void> {
  let turn: Promise<void> | undefined;
  const timer = setInterval(() => {
    // A failure shows in whatever the site asks next; here it only means to try again.
    turn ??= tidy(pg)
      .catch(() => {})
      .finally(() => {
        turn = undefined;
      });
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await turn;
  };
}

/** One table made tidy, and a checkpoint when the log has grown. */
export async function tidy(pg: PGlite): Promise<void> {
  const [worn] = (await pg.query<{ remedy: string; name: string }>(WORN_TABLE)).rows;
  if (worn) await pg.query(`${worn.remedy} ${worn.name}`);
  const [log] = (await pg.query<{ bytes: number }>(LOG_BYTES)).rows;
  if (Number(log?.bytes) > LOG_BYTES_MAX) await pg.query('checkpoint');
}
