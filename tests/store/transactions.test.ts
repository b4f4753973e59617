import { inspect } from 'node:util';
import { eq, sql } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { pressVersions } from '#db/schema/index.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();

const insert = (db: Database, dependency: string) =>
  db.insert(pressVersions).values({ dependency, version: 1 });
const names = async (db: Database) =>
  (await db.select().from(pressVersions)).map((row) => row.dependency).sort();

describe('a transaction', () => {
  test('is taken back whole when its work fails, a savepoint in it alone when that fails', async () => {
    await inRollback(store, async (db) => {
      await insert(db, 'kept');
      await expect(
        db.transaction(async (tx) => {
          await insert(tx, 'lost');
          await insert(tx, 'kept');
        }),
      ).rejects.toMatchObject({ cause: { code: '23505', constraint: 'press_versions_pkey' } });
      expect(await names(db)).toEqual(['kept']);
    });
    expect(await names(store.db)).toEqual([]);
  });

  test('refuses the outer db inside it: that query would hang, or not be part of it', async () => {
    await expect(
      store.db.transaction(async (tx) => {
        await insert(tx, 'inner');
        await insert(store.db, 'outer');
      }),
    ).rejects.toThrow('Pass `tx` on');
    await expect(store.db.transaction(() => store.db.transaction(async () => {}))).rejects.toThrow(
      'Pass `tx` on',
    );
    expect(await names(store.db)).toEqual([]);
  });

  test('leaves alone what was begun in it and goes on after it', async () => {
    let later: Promise<string[]> | undefined;
    let commit = () => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    await store.db.transaction(async () => {
      later = committed.then(() => names(store.db));
    });
    commit();
    expect(await later).toEqual([]);
  });

  test('that has swallowed an error says so, where the database would store nothing and be silent', async () => {
    await expect(
      store.db.transaction(async (tx) => {
        await insert(tx, 'once');
        await insert(tx, 'once').catch(() => {});
      }),
    ).rejects.toThrow('swallowed');
    await expect(
      store.session(({ db }) =>
        db.transaction(async (tx) => {
          await tx.execute(sql`select 1/0`).catch(() => {});
        }),
      ),
    ).rejects.toThrow('swallowed');
    expect(await names(store.db)).toEqual([]);
  });

  test('of a session is seen by its own db, and by others when it is committed', async () => {
    await store.session(async ({ db }) => {
      await db.execute(sql`create temporary table session_notes (words text)`);
      await db.transaction(async (tx) => {
        await insert(tx, 'from a session');
        expect(await names(db)).toEqual(['from a session']);
      });
      await db.execute(sql`drop table session_notes`);
    });
    expect(await names(store.db)).toEqual(['from a session']);
    await store.db.delete(pressVersions).where(eq(pressVersions.dependency, 'from a session'));
  });
});

describe('what the database answers', () => {
  test('is the same on both: int8, text, numeric, bytea, and an error for a number too large to be exact', async () => {
    const { rows } = (await store.db.execute(
      sql`select 5::int8 as whole, sum(number) as sum, 1.50::numeric as exact, 'x' as words, '\\x00ff'::bytea as bytes
          from generate_series(1, 3) as number`,
    )) as { rows: Record<string, unknown>[] };
    expect(rows[0]).toMatchObject({ whole: 5, sum: 6, exact: '1.50', words: 'x' });
    expect([...(rows[0]?.['bytes'] as Uint8Array)]).toEqual([0, 255]);
    await expect(store.db.execute(sql`select 9007199254740993 as number`)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('too large') },
    });
  });

  test('when it refuses never repeats what it was given', async () => {
    const secret = 'carol@example.com';
    const refusals = [
      store.db.execute(sql`select ${secret}::integer`),
      store.db.insert(pressVersions).values({ dependency: secret, version: null as unknown as number }),
      store.db.insert(pressVersions).values([
        { dependency: secret, version: 1 },
        { dependency: secret, version: 1 },
      ]),
    ];
    for (const refusal of await Promise.allSettled(refusals)) {
      expect(refusal.status).toBe('rejected');
      const { reason } = refusal as PromiseRejectedResult;
      expect(inspect(reason, { depth: 9, showHidden: true })).not.toContain('carol');
      expect(String((reason as Error).message)).toMatch(/^The database refused a statement: /);
    }
  });
});
