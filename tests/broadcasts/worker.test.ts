import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { App } from '#src/app.ts';
import { letters } from '#db/schema/index.ts';
import { accountBroadcast, getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { getHeartbeat } from '#src/domain/heartbeats.ts';
import { requestSubscription } from '#src/domain/subscribers/commands.ts';
import { openLog } from '#src/log.ts';
import type { Mailer } from '#src/mail/mailer.ts';
import { openImportThreads } from '#src/domain/exposures/import/import-threads.ts';
import { openCards } from '#src/cards/cards.ts';
import { openMessages } from '#src/messages/messages.ts';
import { readSettings } from '#src/settings.ts';
import { startWorker, type Worker } from '#src/worker.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf } from '#tests/support/people.ts';
import { addressesOf, confirmedSubscribers, releasedBroadcast } from './support.ts';

const store = await testStore();
const { db } = store;
const keys = testKeys();
let worker: Worker | undefined;
afterEach(() => worker?.stop());

function appWith(mailer: Mailer, lines: string[] = []): App {
  const variables = {
    PUBLIC_URL: 'https://status.harbourline.example',
    MAIL_TRANSPORT: 'folder',
    MAIL_FROM: 'status@harbourline.example',
  };
  return {
    settings: readSettings(variables),
    store,
    db,
    keys,
    mailer,
    ownTheme: '',
    messages: openMessages(),
    cards: openCards(),
    importThreads: openImportThreads(tmpdir()),
    imports: { close: async () => {} } as App['imports'],
    log: openLog('debug', (line) => lines.push(line)),
    now: () => new Date(),
    close: async () => {},
  };
}

async function until(fits: () => Promise<boolean> | boolean, withinMs = 15_000): Promise<number> {
  const startedAt = performance.now();
  while (!(await fits())) {
    if (performance.now() - startedAt > withinMs) throw new Error('It did not happen in time.');
    await sleep(5);
  }
  return performance.now() - startedAt;
}

const ask = (address: string) =>
  requestSubscription(
    db,
    keys,
    { address: addressOf(address), topics: ['notices'], clientAddress: '192.0.2.7' },
    new Date(),
  );

test('a released broadcast is sent to its end, and the worker is seen at work', async () => {
  await confirmedSubscribers(db, keys, addressesOf(350));
  const outbox = testOutbox();
  worker = startWorker(appWith(outbox));
  const broadcastId = await releasedBroadcast(db, keys);
  await until(async () => (await getBroadcast(db, broadcastId)).state === 'done');
  expect(outbox.sent).toHaveLength(350);
  expect(Date.now() - ((await getHeartbeat(db))?.getTime() ?? 0)).toBeLessThan(10_000);
});

test('a letter does not wait behind a broadcast', async () => {
  const outbox = testOutbox();
  const slow: Mailer = {
    ...outbox,
    async sendBatch(batch, signal) {
      if (batch.idempotencyKey.startsWith('bc/')) await sleep(400);
      return outbox.sendBatch(batch, signal);
    },
  };
  worker = startWorker(appWith(slow));
  const broadcastId = await releasedBroadcast(db, keys);
  await until(() => outbox.sent.length > 0);
  await ask('waiting@example.com');
  const waited = await until(() => outbox.sent.some(({ to }) => to === 'waiting@example.com'));
  expect(waited).toBeLessThan(1500);
  expect((await accountBroadcast(db, broadcastId)).pending).toBeGreaterThan(0);
  await until(async () => (await getBroadcast(db, broadcastId)).state === 'done');
});

test('stopping lets what is in flight come to its end and starts nothing more', async () => {
  const outbox = testOutbox();
  const slow: Mailer = {
    ...outbox,
    async sendBatch(batch, signal) {
      await sleep(150);
      return outbox.sendBatch(batch, signal);
    },
  };
  worker = startWorker(appWith(slow));
  const broadcastId = await releasedBroadcast(db, keys);
  await until(() => outbox.sent.length > 0);
  await worker.stop();
  const { accepted, pending, unknown } = await accountBroadcast(db, broadcastId);
  expect(accepted).toBe(outbox.sent.length);
  expect([accepted + pending, unknown]).toEqual([350, 0]);
  await sleep(300);
  expect(outbox.sent).toHaveLength(accepted);
  // The next worker goes on there.
  worker = startWorker(appWith(outbox));
  await until(async () => (await getBroadcast(db, broadcastId)).state === 'done');
  expect(new Set(outbox.sent.map(({ to }) => to)).size).toBe(350);
});

test('an error ends a turn and not the loop, and its log names nobody', async () => {
  const outbox = testOutbox();
  const lines: string[] = [];
  const app = appWith(outbox, lines);
  let failures = 0;
  const failing = new Proxy(db, {
    get(target, name, receiver) {
      if (name === 'transaction' && failures < 3) {
        failures += 1;
        throw new Error('could not write canary@example.com');
      }
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  await ask('canary@example.com');
  worker = startWorker({ ...app, db: failing });
  // Sent is not yet settled: what the provider said is written down in a transaction of its own.
  await until(async () => (await db.select().from(letters)).every(({ state }) => state === 'accepted'));
  expect(outbox.sent.map(({ to }) => to)).toContain('canary@example.com');
  expect(failures).toBe(3);
  const logged = lines.join('\n');
  expect(logged).toContain('worker_turn_failed');
  expect(logged).not.toContain('canary');
  expect(logged).not.toContain(
    outbox.sent.at(-1)?.text.match(/confirm\/(\S+)/)?.[1] ?? randomBytes(8).toString('hex'),
  );
});
