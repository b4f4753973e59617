import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '#db/client.ts';
import { inSavepoint, inSnapshot, once, onceEach } from '#src/domain/snapshot.ts';
import { testStore } from '#tests/support/database.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

function counting() {
  let count = 0;
  return { load: async () => (count += 1), count: () => count };
}

describe('what is asked for once', () => {
  test('is loaded once in a snapshot and in its savepoints, and again in the next', async () => {
    const { load, count } = counting();
    for (let turn = 1; turn <= 2; turn += 1) {
      await inSnapshot(store.db, async (db) => {
        expect(await once(db, 'thing', load)).toBe(turn);
        await inSavepoint(db, async (within) => expect(await once(within, 'thing', load)).toBe(turn));
        expect(await once(db, 'thing', load)).toBe(turn);
      });
    }
    expect(count()).toBe(2);
  });

  test('is loaded each time where what is read may change', async () => {
    const { load } = counting();
    expect([await once(store.db, 'thing', load), await once(store.db, 'thing', load)]).toEqual([1, 2]);
    await store.db.transaction(async (tx) => {
      expect([await once(tx, 'thing', load), await once(tx, 'thing', load)]).toEqual([3, 4]);
    });
  });

  test('is asked for again when it failed', async () => {
    await inSnapshot(store.db, async (db) => {
      await expect(once(db, 'thing', () => Promise.reject(new Error('Not now.')))).rejects.toThrow(
        'Not now.',
      );
      expect(await once(db, 'thing', async () => 'there')).toBe('there');
    });
  });

  test('is loaded together where it is missing, and only there', async () => {
    const asked: string[][] = [];
    const load = async (ids: readonly string[]) => {
      asked.push([...ids]);
      return new Map(ids.filter((id) => id !== 'none').map((id) => [id, `${id}!`]));
    };
    await inSnapshot(store.db, async (db) => {
      await onceEach(db, 'thing', ['a', 'none'], load);
      expect([...(await onceEach(db, 'thing', ['a', 'b'], load))]).toEqual([
        ['a', 'a!'],
        ['b', 'b!'],
      ]);
      await onceEach(db, 'thing', ['b', 'a'], load);
    });
    expect(asked).toEqual([['a', 'none'], ['b']]);
  });
});
