import type { BenchOptions } from './run.ts';
import { median, round, say, table, type Row } from './support/figures.ts';
import { freePort } from './support/ports.ts';
import { withPostgres } from './support/postgres.ts';
import { launchSite, siteSettings } from './support/site.ts';
import { inFolder, pause } from './support/tools.ts';
import { fullWorld, makeWorld } from './world.ts';

const TIMES = 3;

/** From the start of a process to its first byte, with a database that is there already. */
export async function measure(_: BenchOptions): Promise<void> {
  const rows: Row[] = [];
  await inFolder(async (folder) => {
    rows.push({ database: 'embedded', ...(await measureStarts(folder)), 'to reach': '4 s' });
    await withPostgres(folder, async (databaseUrl) => {
      rows.push({ database: 'PostgreSQL', ...(await measureStarts(folder, databaseUrl)), 'to reach': '2 s' });
    });
  });
  say(table(rows));
}

async function measureStarts(folder: string, databaseUrl?: string): Promise<Row> {
  const settings = siteSettings(folder, await freePort(), databaseUrl);
  await makeWorld({ databaseUrl, dataDir: settings['DATA_DIR'] ?? '' }, fullWorld, new Date());
  const times: number[] = [];
  // The first one makes keys and fills caches: it does not count.
  for (let time = 0; time <= TIMES; time += 1) {
    const startedAt = performance.now();
    const site = launchSite(settings);
    await firstByte(`http://127.0.0.1:${settings['PORT']}/`);
    if (time > 0) times.push(performance.now() - startedAt);
    await site.stop();
  }
  return { 'median s': round(median(times) / 1000), 'slowest s': round(Math.max(...times) / 1000) };
}

async function firstByte(url: string): Promise<void> {
  for (;;) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await pause(10);
  }
}
