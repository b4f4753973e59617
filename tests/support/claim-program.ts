import { once } from 'node:events';
import { claimFolder } from '#db/embedded/owner.ts';
import { StoreError } from '#db/store-error.ts';

/** A process that claims a data folder when it is told to, and keeps it. */
const [folder = ''] = process.argv.slice(2);

console.log('ready');
await once(process.stdin, 'data');
try {
  await claimFolder(folder);
  console.log('owner');
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log(error instanceof StoreError ? `${error.code}: ${error.message}` : String(error));
}
