import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { BenchOptions } from './run.ts';
import { median, round, say, table, type Row } from './support/figures.ts';
import { startNginx } from './support/nginx.ts';
import { freePort } from './support/ports.ts';
import { withPostgres } from './support/postgres.ts';
import { cpuMs } from './support/process.ts';
import { settled, siteSettings, startSite, type BenchSite } from './support/site.ts';
import { inFolder } from './support/tools.ts';
import { load, type Load } from './support/wrk.ts';
import { fullWorld, makeWorld, newWorld, type World } from './world.ts';

const ROUNDS = 3;
const encodings = ['gzip', 'identity'] as const;
type Encoding = (typeof encodings)[number];

type Case = { engine: 'embedded' | 'PostgreSQL'; processes: number; world: World; history: string };

const cases: readonly Case[] = [
  { engine: 'embedded', processes: 1, world: fullWorld, history: '90 days' },
  { engine: 'PostgreSQL', processes: 1, world: newWorld, history: 'none' },
  { engine: 'PostgreSQL', processes: 1, world: fullWorld, history: '90 days' },
  { engine: 'PostgreSQL', processes: 2, world: fullWorld, history: '90 days' },
];

/** The home page, beside nginx serving the same bytes in the same run. */
export async function measure({ seconds }: BenchOptions): Promise<void> {
  const rows: Row[] = [];
  for (const asked of cases) rows.push(...(await inFolder((folder) => measureCase(folder, asked, seconds))));
  say(table(rows));
  say(
    '\nTo reach: 0.6 × nginx with one process, 0.9 × with two; p99 5 ms at most; CPU 0.025 ms a request at most;',
  );
  say('the same with history as without. Medians of three rounds, nginx and ours by turns.');
}

async function measureCase(folder: string, asked: Case, seconds: number): Promise<Row[]> {
  const work = async (databaseUrl?: string) => {
    const port = await freePort();
    const settings = siteSettings(folder, port, databaseUrl);
    await makeWorld({ databaseUrl, dataDir: settings['DATA_DIR'] ?? '' }, asked.world, new Date());
    const shared = asked.processes > 1 ? { ...settings, SHARE_PORT: 'on' } : settings;
    const sites: BenchSite[] = [];
    try {
      for (let number = 0; number < asked.processes; number += 1)
        sites.push(await startSite({ ...shared, WORKER: number === 0 ? 'on' : 'off' }));
      await settled(`http://127.0.0.1:${port}`);
      return await compare(folder, asked, sites, seconds);
    } finally {
      await Promise.all(sites.map((site) => site.stop()));
    }
  };
  return asked.engine === 'PostgreSQL' ? withPostgres(folder, work) : work();
}

type Measured = Load & { cpuMs: number };

async function compare(
  folder: string,
  asked: Case,
  sites: readonly BenchSite[],
  seconds: number,
): Promise<Row[]> {
  const url = `${sites[0]?.url}/`;
  const gzipped = await bytesOf(url, 'gzip');
  const page = gunzipSync(gzipped);
  const nginx = await startNginx(folder, page, gzipped);
  const rows: Row[] = [];
  try {
    for (const encoding of encodings) {
      const headers = { 'Accept-Encoding': encoding };
      const theirs: Load[] = [];
      const ours: Measured[] = [];
      for (let number = 0; number < ROUNDS; number += 1) {
        theirs.push(await load(`${nginx.url}/`, { seconds, headers }));
        ours.push(await withCpu(sites, () => load(url, { seconds, headers })));
      }
      rows.push(
        rowOf(asked, encoding, encoding === 'gzip' ? gzipped.byteLength : page.byteLength, theirs, ours),
      );
    }
  } finally {
    await nginx.stop();
  }
  return rows;
}

function rowOf(
  asked: Case,
  encoding: Encoding,
  bytes: number,
  theirs: readonly Load[],
  ours: readonly Measured[],
): Row {
  const ratios = ours.map(
    ({ requestsPerSecond }, round) => requestsPerSecond / (theirs[round]?.requestsPerSecond ?? 1),
  );
  return {
    database: asked.engine,
    history: asked.history,
    processes: asked.processes,
    encoding,
    bytes,
    'requests/s': round(median(ours.map(({ requestsPerSecond }) => requestsPerSecond)), 0),
    nginx: round(median(theirs.map(({ requestsPerSecond }) => requestsPerSecond)), 0),
    ratio: round(median(ratios)),
    'p99 ms': round(median(ours.map(({ p99Ms }) => p99Ms))),
    'CPU ms/request': round(median(ours.map(({ cpuMs, requests }) => cpuMs / requests)), 4),
    failed: ours.reduce((sum, { failed }) => sum + failed, 0),
  };
}

async function withCpu(sites: readonly BenchSite[], work: () => Promise<Load>): Promise<Measured> {
  const total = async () =>
    (await Promise.all(sites.map(({ pid }) => cpuMs(pid)))).reduce((sum, ms) => sum + ms, 0);
  const before = await total();
  const measured = await work();
  return { ...measured, cpuMs: (await total()) - before };
}

/** As it is sent: `fetch` would unpack it. */
async function bytesOf(url: string, encoding: Encoding): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'Accept-Encoding': encoding } }, async (response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of response) chunks.push(chunk as Uint8Array);
      resolve(Buffer.concat(chunks));
    }).on('error', reject);
  });
}
