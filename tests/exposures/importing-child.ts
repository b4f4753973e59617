// A process of its own that imports until it is killed: node importing-child.ts DATA_DIR|URL KEYS_DIR SLUG LINES
import { migrate, openDatabase } from '#db/client.ts';
import { operator } from '#src/domain/actors.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import { now, until } from './moments.ts';

const [place = '', keysDir = '', incidentSlug = '', lines = '0'] = process.argv.slice(2);
const store = await openDatabase(
  place.includes('://') ? { databaseUrl: place, dataDir: '' } : { dataDir: place },
);
await migrate(store);
const keys = openKeyStore({ keysDir, mayCreate: false });

async function* bytes() {
  yield Buffer.from('address\n');
  for (let index = 0; index < Number(lines); index += 1) yield Buffer.from(`person${index}@example.com\n`);
}

let phase = '';
const { outcome } = await importExposures(
  store,
  keys,
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
