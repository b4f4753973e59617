import { parentPort } from 'node:worker_threads';
import type { Asked, Drawn } from './cards.ts';
import { drawStatementCard } from './statement-card.ts';

parentPort?.on('message', async ({ id, card }: Asked) => {
  const drawn: Drawn = await drawStatementCard(card).then(
    (png) => ({ id, png }),
    (error: unknown) => ({ id, failure: error instanceof Error ? error.message : 'unknown' }),
  );
  parentPort?.postMessage(drawn);
});
