// A process of its own that freezes a broadcast until it is killed: node freezing-child.ts DATA_DIR|URL KEYS_DIR BROADCAST
import { writeSync } from 'node:fs';
import { openDatabase } from '#db/client.ts';
import { freezeChunk } from '#src/domain/broadcasts/freeze.ts';
import { openKeyStore } from '#src/trust/keys.ts';

const [place = '', keysDir = '', broadcastId = ''] = process.argv.slice(2);
const store = await openDatabase(
  place.includes('://') ? { databaseUrl: place, dataDir: '' } : { dataDir: place },
);
const keys = openKeyStore({ keysDir, mayCreate: false });
writeSync(1, 'freezing\n');
while (await freezeChunk(store.db, keys, broadcastId)) writeSync(1, 'page\n');
writeSync(1, 'frozen\n');
await store.close();
