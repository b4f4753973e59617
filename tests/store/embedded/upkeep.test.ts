import { PGlite } from '@electric-sql/pglite';
import { afterAll, expect, test } from 'vitest';
import { tidy } from '#db/embedded/upkeep.ts';

const pg = await PGlite.create();
afterAll(() => pg.close());

async function logBytes(): Promise<number> {
  const { rows } = await pg.query<{ bytes: number }>(
    'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::int8 as bytes from pg_control_checkpoint()',
  );
  return rows[0]?.bytes ?? NaN;
}

async function wear(): Promise<{ dead: number; uncounted: number; planned: number }> {
  // Counted once a second otherwise.
  await pg.query('select pg_stat_force_next_flush()');
  const { rows } = await pg.query<{ dead: number; uncounted: number; planned: number }>(
    `select n_dead_tup::int as dead, n_mod_since_analyze::int as uncounted, reltuples::int as planned
     from pg_stat_user_tables join pg_class on pg_class.oid = relid where pg_class.relname = 'rows'`,
  );
  return rows[0] ?? { dead: NaN, uncounted: NaN, planned: NaN };
}

test('the embedded database keeps its log short and its tables tidy', async () => {
  await pg.exec(`create table rows (number integer primary key, words text);
    insert into rows select number, repeat('x', 200) from generate_series(1, 20000) as number`);
  expect(await wear()).toMatchObject({ uncounted: 20_000, planned: -1 });
  await tidy(pg);
  expect(await wear()).toEqual({ dead: 0, uncounted: 0, planned: 20_000 });
  await pg.exec(`update rows set words = repeat('y', 1500)`);
  expect((await wear()).dead).toBeGreaterThan(10_000);
  expect(await logBytes()).toBeGreaterThan(32_000_000);
  await tidy(pg);
  expect((await wear()).dead).toBe(0);
  expect(await logBytes()).toBeLessThan(32_000_000);
});
