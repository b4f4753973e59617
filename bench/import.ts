import { openDatabase, migrate, type Store } from '#db/client.ts';
import { sql } from '#db/drizzle.ts';
import { operator } from '#src/domain/actors.ts';
import { importExposures, type ImportPlace } from '#src/domain/exposures/import/import-exposures.ts';
import { openImportThreads } from '#src/domain/exposures/import/import-threads.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BenchOptions } from './run.ts';
import { round, say, table, type Row } from './support/figures.ts';
import { withPostgres } from './support/postgres.ts';
import { inFolder } from './support/tools.ts';

/** A million at the usual ten seconds; fewer for a first impression. */
const ADDRESSES_PER_SECOND = 100_000;
const BATCH = 1000;
const DAY_MS = 86_400_000;

const FORMATS = ['mbox', 'csv'] as const;
type Format = (typeof FORMATS)[number];

/** How many addresses a second an import takes in, beside COPY of as many rows alone, in the same run. */
export async function measure({ seconds }: BenchOptions): Promise<void> {
  const addresses = seconds * ADDRESSES_PER_SECOND;
  const rows: Row[] = [];
  await inFolder(async (folder) => {
    const keys = openKeyStore({ keysDir: join(folder, 'keys'), mayCreate: true });
    const importThreads = openImportThreads(join(folder, 'scratch'));
    const embedded = await openDatabase({ dataDir: join(folder, 'data') });
    rows.push(...(await measureStore({ store: embedded, keys, importThreads }, addresses, 50_000)));
    await withPostgres(folder, async (databaseUrl) => {
      const store = await openDatabase({ databaseUrl, dataDir: '' });
      rows.push(...(await measureStore({ store, keys, importThreads }, addresses, 100_000)));
    });
  });
  say(table(rows));
  say(
    '\nTo reach: the column, with addresses kept sealed; at most 150 MB of growth on PostgreSQL; pages within 50 ms.',
  );
}

async function measureStore(place: ImportPlace, addresses: number, toReach: number): Promise<Row[]> {
  const { store } = place;
  try {
    await migrate(store);
    const copied = await copyAlone(store, addresses);
    const rows: Row[] = [];
    for (const format of FORMATS) {
      for (const seal of ['sealed', 'answers only'] as const) {
        const watch = watchProcess();
        const imported = await importOne(place, { addresses, format, seal });
        const seen = watch.stop();
        rows.push({
          database: store.engine === 'pglite' ? 'embedded' : 'PostgreSQL',
          format,
          kept: seal,
          'addresses/s': round(imported, 0),
          'COPY alone': round(copied, 0),
          ratio: round(imported / copied),
          'growth MB': round(seen.growthMb, 0),
          'wait p99 ms': round(seen.waitMs),
          'longest ms': round(seen.longestMs, 0),
          'to reach': toReach,
        });
      }
    }
    return rows;
  } finally {
    await store.close();
  }
}

/** The most memory that came on top, and how long whoever else wants this process's thread, for a page, has to wait for it. */
function watchProcess(): { stop(): { growthMb: number; waitMs: number; longestMs: number } } {
  const before = process.memoryUsage.rss();
  let most = before;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100);
  const waits = monitorEventLoopDelay({ resolution: 1 });
  waits.enable();
  return {
    stop() {
      clearInterval(watching);
      waits.disable();
      // A wait is counted with the millisecond that it is measured by.
      return {
        growthMb: (most - before) / 1e6,
        waitMs: waits.percentile(99) / 1e6 - 1,
        longestMs: waits.max / 1e6 - 1,
      };
    },
  };
}

type Wanted = { addresses: number; format: Format; seal: 'sealed' | 'answers only' };

async function importOne(place: ImportPlace, { addresses, format, seal }: Wanted): Promise<number> {
  const now = new Date();
  const slug = `bench-${format}-${seal.split(' ')[0]}`;
  await openIncident(
    place.store.db,
    operator,
    { slug, title: 'Measured', nature: 'data', impact: 'major', startedAt: now },
    now,
  );
  const startedAt = performance.now();
  await importExposures(
    place,
    operator,
    {
      sources: [{ name: `leak.${format}`, bytes: bytesOf(format, addresses) }],
      incidentSlug: slug,
      seal: seal === 'sealed' ? { until: new Date(now.getTime() + 90 * DAY_MS) } : 'answer_only',
      dryRun: false,
    },
    now,
  );
  return (addresses / (performance.now() - startedAt)) * 1000;
}

async function* bytesOf(format: Format, addresses: number): AsyncGenerator<Uint8Array> {
  if (format === 'csv') yield Buffer.from('address,batch\n');
  for (let from = 0; from < addresses; from += BATCH) {
    const listed = Array.from({ length: Math.min(BATCH, addresses - from) }, (_, index) => from + index);
    const batch = from / BATCH + 1;
    yield Buffer.from(
      format === 'csv'
        ? listed.map((number) => `${addressOf(number)},${batch}\n`).join('')
        : message(listed.map((number) => `"Mara Lindqvist ${number}" <${addressOf(number)}>`)),
    );
  }
}

const addressOf = (number: number) => `mara.lindqvist${number}@mail${number % 997}.example.com`;

const message = (recipients: readonly string[]) =>
  `From list@harbourline.example Fri Nov  1 06:00:00 2019\nDate: Fri, 1 Nov 2019 06:00:00 +0000\nTo: ${recipients.join(',\n ')}\nSubject: Changes\n\nDear customer,\n\n`;

/** As many rows of the same width, and nothing else: what the database can do. */
async function copyAlone(store: Store, count: number): Promise<number> {
  await store.db.execute(
    sql`create table bench_copy (address_key bytea not null, batch_no integer not null, flags smallint not null)`,
  );
  const row = () => `\\\\x${randomBytes(32).toString('hex')}\t1\t1\n`;
  const rows = Buffer.from(Array.from({ length: BATCH }, row).join(''));
  const startedAt = performance.now();
  await store.session(async (session) => {
    for (let copied = 0; copied < count; copied += BATCH)
      await session.copyIn('bench_copy', ['address_key', 'batch_no', 'flags'], rows);
  });
  const perSecond = (count / (performance.now() - startedAt)) * 1000;
  await store.db.execute(sql`drop table bench_copy`);
  return perSecond;
}
