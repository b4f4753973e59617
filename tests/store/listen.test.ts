import { sql } from '#db/drizzle.ts';
import { describe, expect, test, vi } from 'vitest';
import { pressVersions } from '#db/schema/index.ts';
import { testStore } from '#tests/support/database.ts';

const store = await testStore();
const notify = (channel: string, payload: string) => sql`select pg_notify(${channel}, ${payload})`;

describe('listen', () => {
  test('hears what is committed, never what is taken back, until it is stopped', async () => {
    const heard: string[] = [];
    const stop = await store.listen('test_channel', (payload) => heard.push(payload));
    await store.db
      .transaction(async (tx) => {
        await tx.execute(notify('test_channel', 'lost'));
        tx.rollback();
      })
      .catch(() => {});
    await store.db.transaction((tx) => tx.execute(notify('test_channel', 'first')));
    await store.db.execute(notify('another_channel', 'elsewhere'));
    await store.db.execute(notify('test_channel', 'second'));
    await vi.waitFor(() => expect(heard).toEqual(['first', 'second']), { timeout: 5_000 });
    await stop();
    await store.db.execute(notify('test_channel', 'third'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual(['first', 'second']);
  });

  test('whoever is called back may use the database', async () => {
    const rows: unknown[] = [];
    const stop = await store.listen('test_reading', () => {
      void store.db
        .select()
        .from(pressVersions)
        .then((found) => rows.push(found));
    });
    await store.db.transaction((tx) => tx.execute(notify('test_reading', '')));
    await vi.waitFor(() => expect(rows).toEqual([[]]), { timeout: 5_000 });
    await stop();
  });

  test('wants a plain name for the channel', async () => {
    await expect(store.listen('Robert"; drop table site', () => {})).rejects.toThrow('plain channel name');
  });
});
