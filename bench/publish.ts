import { Agent, get } from 'node:http';
import { openDatabase, type Store } from '#db/client.ts';
import { operator } from '#src/domain/actors.ts';
import { postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import type { BenchOptions } from './run.ts';
import { percentile, round, say, table, type Row } from './support/figures.ts';
import { freePort } from './support/ports.ts';
import { withPostgres } from './support/postgres.ts';
import { settled, siteSettings, startSite, type BenchSite } from './support/site.ts';
import { inFolder, pause } from './support/tools.ts';
import { load } from './support/wrk.ts';
import { fullWorld, makeWorld, OPEN_INCIDENT } from './world.ts';

/** All of them show the open incident's newest update: of one process they may never disagree. */
const DOCUMENTS = ['/', '/feed.atom', '/api/v2/summary.json'];
const BETWEEN_MS = 500;
const CONNECTIONS_EACH = 16;

/** From a commit to its bytes being served, in two processes under full load. */
export async function measure({ seconds }: BenchOptions): Promise<void> {
  await inFolder((folder) =>
    withPostgres(folder, async (databaseUrl) => {
      await makeWorld({ databaseUrl, dataDir: '' }, fullWorld, new Date());
      const sites = [
        await startSite(siteSettings(folder, await freePort(), databaseUrl)),
        await startSite({ ...siteSettings(folder, await freePort(), databaseUrl), WORKER: 'off' }),
      ];
      const store = await openDatabase({ databaseUrl, dataDir: '' });
      try {
        for (const site of sites) await settled(site.url);
        await publishUnderLoad(store, sites, seconds);
      } finally {
        await store.close();
        await Promise.all(sites.map((site) => site.stop()));
      }
    }),
  );
}

async function publishUnderLoad(store: Store, sites: readonly BenchSite[], seconds: number): Promise<void> {
  const watches = sites.map((site) => watch(site.url));
  const loads = sites.map((site) =>
    load(`${site.url}/`, {
      seconds: seconds + 2,
      connections: CONNECTIONS_EACH,
      headers: { 'Accept-Encoding': 'gzip' },
    }),
  );
  await pause(1000);
  const publications = Math.max(2, Math.floor((seconds * 1000) / BETWEEN_MS));
  const waits: number[][] = sites.map(() => []);
  for (let number = 1; number <= publications; number += 1) {
    const update = {
      incidentId: OPEN_INCIDENT,
      status: 'monitoring',
      body: `This is publication ${number}.`,
    } as const;
    await postIncidentUpdate(store.db, operator, update, new Date());
    const committedAt = performance.now();
    const seen = await Promise.all(watches.map((watched) => watched.seen(number)));
    for (const [index, at] of seen.entries()) waits[index]?.push(Math.max(0, at - committedAt));
    await pause(Math.max(0, BETWEEN_MS - (performance.now() - committedAt)));
  }
  const measured = await Promise.all(loads);
  const mixed = await Promise.all(watches.map((watched) => watched.stop()));
  const rows: Row[] = measured.map((under, index) => ({
    process: index + 1,
    publications,
    'median ms': round(percentile(waits[index] ?? [], 0.5), 0),
    'p99 ms': round(percentile(waits[index] ?? [], 0.99), 0),
    'mixed versions': mixed[index] ?? 0,
    'requests/s meanwhile': round(under.requestsPerSecond, 0),
    'their p99 ms': round(under.p99Ms),
    'slowest ms': round(under.slowestMs),
    failed: under.failed,
  }));
  say(table(rows));
  say('\nTo reach: p99 250 ms at most; no request slower than 20 ms meanwhile; no mixed versions.');
}

type Watch = {
  /** When all documents showed that publication, by the clock of `performance.now()`. */
  seen(number: number): Promise<number>;
  /** How often a document was older than one that had been read before it. */
  stop(): Promise<number>;
};

/** Reads the documents of one process in turn, on one connection, for as long as it is told. */
function watch(url: string): Watch {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let stopped = false;
  let mixed = 0;
  let newest = 0;
  const shown = new Map<string, number>();
  const arrivals = new Map<number, (at: number) => void>();
  const reading = (async () => {
    while (!stopped) {
      for (const path of DOCUMENTS) {
        const number = newestPublication(await textOf(`${url}${path}`, agent));
        if (number < newest) mixed += 1;
        newest = Math.max(newest, number);
        shown.set(path, number);
      }
      const everywhere = Math.min(...shown.values());
      for (const [number, arrived] of arrivals) {
        if (number > everywhere) continue;
        arrived(performance.now());
        arrivals.delete(number);
      }
    }
    agent.destroy();
    return mixed;
  })();
  return {
    seen: (number) => new Promise((resolve) => arrivals.set(number, resolve)),
    stop() {
      stopped = true;
      return reading;
    },
  };
}

function newestPublication(text: string): number {
  return [...text.matchAll(/This is publication (\d+)/g)].reduce(
    (most, [, number]) => Math.max(most, Number(number)),
    0,
  );
}

function textOf(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve(text);
    }).on('error', reject);
  });
}
