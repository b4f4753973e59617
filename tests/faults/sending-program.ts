import { writeSync } from 'node:fs';
import { openApp } from '#src/app.ts';
import { listBroadcastsUnderWay } from '#src/domain/broadcasts/queries.ts';
import { readSettings } from '#src/settings.ts';
import { startWorker } from '#src/worker.ts';

/** A worker as it runs in production, that says when there is nothing left to send. Its settings come as JSON. */
const app = await openApp(readSettings(JSON.parse(process.argv[2] ?? '{}') as Record<string, string>));
startWorker(app, { lanes: Number(process.argv[3] ?? 1) });
say('working');
setInterval(async () => {
  if ((await listBroadcastsUnderWay(app.db)).length === 0) say('at rest');
}, 100);

/** Gone from this process when it returns. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
