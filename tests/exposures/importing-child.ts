// A process of its own that imports until it is killed: node importing-child.ts DATA_DIR|URL KEYS_DIR SLUG LINES
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
  // Because of the one copy that was stopped everybody is counted before anything is written.
  yield Buffer.from('address,batch,delivered\nstopped@example.com,2,stopped\n');
  for (let from = 0; from < Number(lines); from += 1000) {
    const people = Array.from({ length: 1000 }, (_, index) => `person${from + index}@example.com,1,\n`);
    yield Buffer.from(people.join(''));
  }
}

let phase = '';
const { outcome } = await importExposures(
  { store, keys, importThreads: openImportThreads(scratchDir) },
  operator,
  {
    sources: [{ name: 'leak.csv', bytes: bytes() }],
    incidentSlug,
    newTitle: 'Addresses shown',
    seal: { until },
    dryRun: false,
    onProgress(progress) {
      if (progress.phase === phase) return;
      phase = progress.phase;
      process.stdout.write(`${phase}\n`);
    },
  },
  now,
);
process.stdout.write(`${outcome}\n`);
await store.close();
