// A process of its own that imports with a segment until it is killed: node segments-child.ts DATA_DIR|URL KEYS_DIR SLUG LINES SCRATCH_DIR
import { migrate, openDatabase } from '#db/client.ts';
import { operator } from '#src/domain/actors.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { openImportThreads } from '#src/domain/exposures/import/import-threads.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import { now, until } from './moments.ts';

const [place = '', keysDir = '', incidentSlug = '', lines = '0', scratchDir = ''] = process.argv.slice(2);
const store = await openDatabase(
  place.includes('://') ? { databaseUrl: place, dataDir: '' } : { dataDir: place },
);
await migrate(store);
const keys = openKeyStore({ keysDir, mayCreate: false });

async function* bytes() {
  yield Buffer.from('address,Two factors\n');
  for (let from = 0; from < Number(lines); from += 1000) {
    const people = Array.from({ length: 1000 }, (_, index) => `person${from + index}@example.com,no\n`);
    yield Buffer.from(people.join(''));
  }
}

let sealing = false;
const { outcome } = await importExposures(
  { store, keys, importThreads: openImportThreads(scratchDir) },
  operator,
  {
    sources: [{ name: 'leak.csv', bytes: bytes() }],
    incidentSlug,
    newTitle: 'Addresses shown',
    seal: { until },
    segments: [{ name: 'Reset by us', column: 'Two factors', value: 'no' }],
    dryRun: false,
    onProgress(progress) {
      // Everybody's originals are the first half of the last fifth: then those of the segment come.
      if (sealing || progress.phase !== 'writing' || progress.part <= 0.9) return;
      sealing = true;
      process.stdout.write('segment\n');
    },
  },
  now,
);
process.stdout.write(`${outcome}\n`);
await store.close();
