import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from '#db/drizzle.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { migrate, type Store } from '#db/client.ts';
import { site } from '#db/schema/index.ts';
import { emptyStore } from '#tests/support/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'forthright-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const store = await emptyStore();

/** A folder of migrations as drizzle-kit writes it: one per statement, made a second apart. */
function migrations(name: string, statements: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'meta'), { recursive: true });
  const entries = statements.map((statement, idx) => {
    writeFileSync(join(path, `000${idx}_step.sql`), statement);
    return {
      idx,
      version: '7',
      when: 1_795_000_000_000 + idx * 1_000,
      tag: `000${idx}_step`,
      breakpoints: true,
    };
  });
  writeFileSync(
    join(path, 'meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  return path;
}

async function tables(of: Store): Promise<string[]> {
  const { rows } = (await of.db.execute(
    sql`select table_name from information_schema.tables where table_schema = 'public' order by 1`,
  )) as { rows: { table_name: string }[] };
  return rows.map((row) => row.table_name);
}

const ONE = 'create table one (number integer)';
const TWO =
  'create table two (number integer);--> statement-breakpoint\ncreate index two_number on two (number)';

describe('migrate', () => {
  test('applies what is missing, in order, and nothing a second time', async () => {
    expect(await migrate(store, migrations('first', [ONE]))).toEqual({ applied: 1 });
    expect(await migrate(store, migrations('second', [ONE, TWO]))).toEqual({ applied: 1 });
    expect(await migrate(store, migrations('second', [ONE, TWO]))).toEqual({ applied: 0 });
    expect(await tables(store)).toEqual(['one', 'two']);
  });

  test('stores nothing at all when one of them fails', async () => {
    const failing = migrations('failing', [
      ONE,
      TWO,
      'create table three (number integer)',
      'create table one ()',
    ]);
    await expect(migrate(store, failing)).rejects.toThrow('relation "one" already exists');
    expect(await tables(store)).toEqual(['one', 'two']);
    expect(await migrate(store, migrations('second', [ONE, TWO]))).toEqual({ applied: 0 });
  });

  test('refuses a database that knows more than this code, and changes nothing', async () => {
    await expect(migrate(store, migrations('older', [ONE]))).rejects.toMatchObject({
      name: 'StoreError',
      code: 'newer',
      message: expect.stringMatching(/newer.*1 migration that.*Nothing was changed.*restore a backup/),
    });
    expect(await tables(store)).toEqual(['one', 'two']);
  });

  test('refuses a database that was set up by other code', async () => {
    await expect(migrate(store)).rejects.toMatchObject({ code: 'newer' });
  });

  test('makes the tables of the schema', async () => {
    await store.db.execute(sql`drop schema public cascade`);
    await store.db.execute(sql`drop schema drizzle cascade`);
    await store.db.execute(sql`create schema public`);
    expect((await migrate(store)).applied).toBeGreaterThan(0);
    expect(await store.db.select().from(site)).toEqual([]);
  });
});
