import { inspect } from 'node:util';
import { sql } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { copyField } from '#db/client.ts';
import { testStore } from '#tests/support/database.ts';

const store = await testStore();

type Row = { number: number; words: string | null; bytes: Uint8Array | null; at: string | null };

async function rowsOf(table: string): Promise<Row[]> {
  const { rows } = (await store.db.execute(
    sql`select number, words, bytes, at::text as at from ${sql.identifier(table)} order by number`,
  )) as { rows: Row[] };
  return rows;
}

async function createTable(name: string): Promise<void> {
  await store.db.execute(
    sql`create table ${sql.identifier(name)} (number bigint primary key, words text, bytes bytea, at timestamptz)`,
  );
}

const COLUMNS = ['number', 'words', 'bytes', 'at'] as const;
const line = (...fields: Parameters<typeof copyField>[0][]) =>
  Buffer.from(`${fields.map(copyField).join('\t')}\n`);

describe('copyIn', () => {
  test.each([
    ['a tab', 'a\tb'],
    ['a newline', 'a\nb\r\nc'],
    ['backslashes', '\\ \\n \\N \\. \\\\'],
    ['the word for nothing', '\\N'],
    ['the end of data', '\\.'],
    ['nothing in it', ''],
    ['quotes and more', `"'$1 %s üñî 漢字 🙂 \b\f\v`],
  ])('keeps a text with %s as it is', async (_, words) => {
    await createTable('texts');
    await store.session(({ copyIn }) => copyIn('texts', COLUMNS, line(1, words, null, null)));
    expect((await rowsOf('texts'))[0]?.words).toBe(words);
    await store.db.execute(sql`drop table texts`);
  });

  test('keeps bytes, moments, numbers and absence', async () => {
    await createTable('values_kept');
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const at = new Date('2019-11-01T23:59:59.123Z');
    await store.session(({ copyIn }) =>
      copyIn(
        'values_kept',
        COLUMNS,
        Buffer.concat([line(9_007_199_254_740_991n, null, bytes, at), line(2, undefined, null, null)]),
      ),
    );
    const [second, first] = await rowsOf('values_kept');
    expect(second).toEqual({ number: 2, words: null, bytes: null, at: null });
    expect(first?.number).toBe(Number.MAX_SAFE_INTEGER);
    expect(Buffer.from(first?.bytes ?? [])).toEqual(Buffer.from(bytes));
    expect(first?.at).toBe('2019-11-01 23:59:59.123+00');
  });

  test('copies as many rows as there are, in the transaction that is open, or not at all', async () => {
    await createTable('many');
    const rows = Buffer.concat(
      Array.from({ length: 5_001 }, (_, number) => line(number, `line\n${number}`, null, null)),
    );
    await expect(
      store.session(({ db, copyIn }) =>
        db.transaction(async (tx) => {
          await copyIn('many', COLUMNS, rows);
          const { rows: counted } = (await tx.execute(sql`select count(*) as count from many`)) as {
            rows: { count: number }[];
          };
          expect(counted[0]?.count).toBe(5_001);
          throw new Error('undone');
        }),
      ),
    ).rejects.toThrow('undone');
    expect(await rowsOf('many')).toHaveLength(0);
    // The last row repeats the first: without a transaction around it, nothing of it stays either.
    await expect(
      store.session(({ copyIn }) =>
        copyIn('many', COLUMNS, Buffer.concat([rows, line(0, 'again', null, null)])),
      ),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await rowsOf('many')).toHaveLength(0);
    await store.session(({ copyIn }) => copyIn('many', COLUMNS, rows.subarray(0, -1)));
    expect(await rowsOf('many')).toHaveLength(5_001);
  });

  test('says nothing of the row when it is refused', async () => {
    await createTable('refused');
    const error: unknown = await store
      .session(({ copyIn }) => copyIn('refused', COLUMNS, line('carol@example.com', 'secret', null, null)))
      .catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: '22P02' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/carol|secret/);
  });
});
