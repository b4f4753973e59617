import type { BenchOptions } from './run.ts';
import { round, say, table, type Row } from './support/figures.ts';
import { freePort } from './support/ports.ts';
import { withPostgres } from './support/postgres.ts';
import { residentMb } from './support/process.ts';
import { settled, siteSettings, startSite } from './support/site.ts';
import { inFolder, pause } from './support/tools.ts';
import { load } from './support/wrk.ts';
import { fullWorld, makeWorld } from './world.ts';

const VIEWS = 1_000_000;
const REST_MS = 10_000;

/** What a process holds at rest, and after a million page views. */
export async function measure({ seconds }: BenchOptions): Promise<void> {
  const rows: Row[] = [];
  await inFolder(async (folder) => {
    rows.push({ database: 'embedded', ...(await measureMemory(folder, seconds)), 'to reach': '700 MB' });
    await withPostgres(folder, async (databaseUrl) => {
      rows.push({
        database: 'PostgreSQL',
        ...(await measureMemory(folder, seconds, databaseUrl)),
        'to reach': '200 MB',
      });
    });
  });
  say(table(rows));
  say('\nTo reach as well: no growth.');
}

async function measureMemory(folder: string, seconds: number, databaseUrl?: string): Promise<Row> {
  const settings = siteSettings(folder, await freePort(), databaseUrl);
  await makeWorld({ databaseUrl, dataDir: settings['DATA_DIR'] ?? '' }, fullWorld, new Date());
  const site = await startSite(settings);
  try {
    await settled(site.url);
    await pause(REST_MS);
    const atRest = await residentMb(site.pid);
    const held: number[] = [];
    let views = 0;
    while (views < VIEWS) {
      views += (await load(`${site.url}/`, { seconds, headers: { 'Accept-Encoding': 'gzip' } })).requests;
      held.push(await residentMb(site.pid));
    }
    await pause(REST_MS);
    return {
      'at rest MB': round(atRest, 0),
      'most under load MB': round(Math.max(...held), 0),
      views,
      'afterwards MB': round(await residentMb(site.pid), 0),
    };
  } finally {
    await site.stop();
  }
}
