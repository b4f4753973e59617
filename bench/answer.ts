import { Agent, get } from 'node:http';
import type { BenchOptions } from './run.ts';
import { median, percentile, round, say, table, type Row } from './support/figures.ts';
import { makeMailing, type BenchCustomer } from './support/mailing.ts';
import { freePort } from './support/ports.ts';
import { withPostgres } from './support/postgres.ts';
import { cpuMs } from './support/process.ts';
import { siteSettings, startSite, type BenchSite } from './support/site.ts';
import { inFolder, pause } from './support/tools.ts';
import { makeWorld, newWorld } from './world.ts';

/** Ten million at the usual ten seconds; fewer for a first impression. */
const ROWS_PER_SECOND = 1_000_000;
const CUSTOMERS = 1_000;
const REQUESTS_PER_SECOND = 500;
const ROUNDS = 3;
/** Before the first round, so that nothing is compiled or read from the disk in it. */
const WARM_UP_SECONDS = 2;

type Taken = { exposed: boolean; ms: number };

/** The page behind a session, asked for at a steady rate by people of whom every other is exposed. */
export async function measure({ seconds }: BenchOptions): Promise<void> {
  const rows = seconds * ROWS_PER_SECOND;
  await inFolder(async (folder) => {
    await withPostgres(folder, async (databaseUrl) => {
      const now = new Date();
      const settings = siteSettings(folder, await freePort(), databaseUrl);
      await makeWorld({ databaseUrl, dataDir: '' }, newWorld, now);
      const place = { databaseUrl, keysDir: settings['KEYS_DIR'] ?? '' };
      const customers = await makeMailing(place, { rows, customers: CUSTOMERS }, now);
      const site = await startSite(settings);
      try {
        say(table(await measureSite(site, customers, { rows, seconds })));
      } finally {
        await site.stop();
      }
    });
  });
  say(
    '\nTo reach: p99 of 15 ms at 500 requests a second, and the same for both: the medians differ by less than their rounds do.',
  );
  say('A time runs from when a request was due: one that waits its turn counts in full.');
}

async function measureSite(
  site: BenchSite,
  customers: readonly BenchCustomer[],
  { rows, seconds }: { rows: number; seconds: number },
): Promise<Row[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  await assertAnswers(site, agent, customers);
  await askSteadily(site, agent, customers, WARM_UP_SECONDS);
  const figures: Row[] = [];
  for (let round_ = 1; round_ <= ROUNDS; round_ += 1) {
    const cpuBefore = await cpuMs(site.pid);
    const taken = await askSteadily(site, agent, customers, seconds);
    const cpu = ((await cpuMs(site.pid)) - cpuBefore) / taken.length;
    for (const exposed of [true, false]) {
      const times = taken.filter((each) => each.exposed === exposed).map(({ ms }) => ms);
      figures.push({
        round: round_,
        rows,
        who: exposed ? 'exposed' : 'not exposed',
        requests: times.length,
        'median ms': round(median(times)),
        'p99 ms': round(percentile(times, 0.99), 1),
        'slowest ms': round(Math.max(...times), 1),
        'CPU ms each': round(cpu),
      });
    }
  }
  agent.destroy();
  return figures;
}

/** Each is told the truth; else the figures would be about another page. */
async function assertAnswers(
  site: BenchSite,
  agent: Agent,
  customers: readonly BenchCustomer[],
): Promise<void> {
  for (const customer of customers.slice(0, 10)) {
    const page = await open(site, agent, customer);
    const isTold = page.includes('in the list of recipients of');
    const isTurnedAway = page.includes('It is in none of the messages of this mailing.');
    if (isTold !== customer.exposed || isTurnedAway === customer.exposed)
      throw new Error('The page does not say what is in the list.');
  }
}

/** As many as are due by the clock, however many are still under way. */
async function askSteadily(
  site: BenchSite,
  agent: Agent,
  customers: readonly BenchCustomer[],
  seconds: number,
): Promise<Taken[]> {
  const asked: Promise<Taken>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < seconds * REQUESTS_PER_SECOND; number += 1) {
    const dueAt = startedAt + (number * 1000) / REQUESTS_PER_SECOND;
    while (performance.now() < dueAt) await pause(Math.max(0, dueAt - performance.now() - 1));
    const customer = customers[number % customers.length] as BenchCustomer;
    asked.push(
      open(site, agent, customer).then(() => ({ exposed: customer.exposed, ms: performance.now() - dueAt })),
    );
  }
  return Promise.all(asked);
}

function open(site: BenchSite, agent: Agent, { session }: BenchCustomer): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { Cookie: `forthright=${session}` };
    get(`${site.url}/my`, { agent, headers }, (response) => {
      let page = '';
      response.setEncoding('utf8').on('data', (piece: string) => (page += piece));
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(page)
          : reject(new Error(`The page answered ${response.statusCode}.`)),
      );
    }).on('error', reject);
  });
}
