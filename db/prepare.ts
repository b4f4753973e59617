/** Part of `npm run build`: prepares the database from which first starts copy. Needs some ten seconds. */
import { rmSync } from 'node:fs';
import { migrate, openDatabase } from './client.ts';
import { markPrepared, PREPARED } from './embedded/prepared.ts';

rmSync(PREPARED, { recursive: true, force: true });
const store = await openDatabase({ dataDir: PREPARED });
await migrate(store);
await store.close();
markPrepared();
