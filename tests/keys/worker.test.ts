import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { App } from '#src/app.ts';
import { subscriptions } from '#db/schema/index.ts';
import { openLog } from '#src/log.ts';
import { openMessages } from '#src/messages/messages.ts';
import { readSettings } from '#src/settings.ts';
import { startWorker } from '#src/worker.ts';
import { addressesOf, confirmedSubscribers } from '#tests/broadcasts/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

test('a worker brings every mailbox under the newest version by itself, and says how many, not whose', async () => {
  await confirmedSubscribers(db, keys, addressesOf(700));
  keys.rotate('addresses');
  const lines: string[] = [];
  // All that a worker works with.
  const app: Partial<App> = {
    settings: readSettings({
      PUBLIC_URL: 'https://status.harbourline.example',
      MAIL_TRANSPORT: 'folder',
      MAIL_FROM: 'status@harbourline.example',
    }),
    ...{ store, db, keys, mailer: testOutbox(), messages: openMessages(), now: () => new Date() },
    log: openLog('debug', (line) => lines.push(line)),
  };
  const worker = startWorker(app as App);
  try {
    for (
      let wait = 0;
      wait < 1000 && lines.filter((line) => line.includes('mailboxes_rewritten')).length < 2;
      wait += 1
    ) {
      await sleep(10);
    }
  } finally {
    await worker.stop();
  }
  const rewritten = lines.filter((line) => line.includes('mailboxes_rewritten'));
  expect(rewritten.map((line) => (JSON.parse(line) as { rows: number }).rows)).toEqual([500, 200]);
  expect(lines.join()).not.toContain('@');
  const versions = await db.select({ version: subscriptions.keyVersion }).from(subscriptions);
  expect(new Set(versions.map(({ version }) => version))).toEqual(new Set([2]));
});
