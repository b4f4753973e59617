import { join } from 'node:path';
import { openDatabase } from '#db/client.ts';
import { search } from '#src/domain/search/queries.ts';
import type { BenchOptions } from './run.ts';
import { percentile, round, say, table, type Row } from './support/figures.ts';
import { withPostgres } from './support/postgres.ts';
import { inFolder } from './support/tools.ts';
import { fullWorld, makeWorld } from './world.ts';

/** Few hits, many, all of them, none. */
const questions = [
  'case 217',
  'certificate',
  'orders wait for the database',
  '"within the hour" -mail',
  'what happened gateway slow deposits balances account engine',
  'giraffe',
];

const TIMES = 20;

/** Over 10,000 updates, 40 statements and 60 questions. */
export async function measure(_: BenchOptions): Promise<void> {
  const rows: Row[] = [];
  await inFolder(async (folder) => {
    rows.push(...(await measureIn('embedded', { dataDir: join(folder, 'data') })));
    await withPostgres(folder, async (databaseUrl) => {
      rows.push(...(await measureIn('PostgreSQL', { databaseUrl, dataDir: '' })));
    });
  });
  say(table(rows));
  say('\nTo reach: the embedded database answers nobody else meanwhile, so 100 ms at most.');
}

async function measureIn(engine: string, place: { databaseUrl?: string; dataDir: string }): Promise<Row[]> {
  await makeWorld(place, fullWorld, new Date());
  const store = await openDatabase(place);
  try {
    const rows: Row[] = [];
    for (const question of questions) {
      const times: number[] = [];
      let count = 0;
      for (let time = 0; time < TIMES; time += 1) {
        const startedAt = performance.now();
        ({ count } = await search(store.db, { question, language: 'en', page: 1 }));
        times.push(performance.now() - startedAt);
      }
      rows.push({
        database: engine,
        question,
        results: count,
        'median ms': round(percentile(times, 0.5), 1),
        'slowest ms': round(Math.max(...times), 1),
      });
    }
    return rows;
  } finally {
    await store.close();
  }
}
