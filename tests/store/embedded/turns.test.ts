import { sql } from '#db/drizzle.ts';
import { afterAll, expect, test } from 'vitest';
import { testStore } from '#tests/support/database.ts';

const store = await testStore();
afterAll(() => store.close());

/** How many timers of one millisecond come to their turn while the work is under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await work;
  clearInterval(timer);
  return turns;
}

const ask = (db: Pick<typeof store.db, 'execute'>) => db.execute(sql`select 1`);

test('many who ask one thing after the other leave others their turn, in transactions too', async () => {
  const asking = (times: number, one: () => Promise<unknown>) =>
    Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let time = 0; time < times; time += 1) await one();
      }),
    );
  expect(await turnsDuring(asking(50, () => ask(store.db)))).toBeGreaterThan(5);
  const transactions = asking(5, () =>
    store.db.transaction(async (tx) => {
      for (let time = 0; time < 10; time += 1) await ask(tx);
    }),
  );
  expect(await turnsDuring(transactions)).toBeGreaterThan(5);
});
