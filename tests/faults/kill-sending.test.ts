import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openApp, type App } from '#src/app.ts';
import { accountBroadcast, getBroadcast } from '#src/domain/broadcasts/queries.ts';
import type { Account } from '#src/domain/broadcasts/rules.ts';
import { readSettings } from '#src/settings.ts';
import { addressesOf, confirmedSubscribers, deliveriesOf, releasedBroadcast } from '../broadcasts/support.ts';
import { startChild } from '../support/child.ts';
import { parseMail } from '../support/mail.ts';
import { databaseUrl, onServer } from '../support/postgres-server.ts';
import { startResendDouble, type ResendDouble } from '../support/resend-double.ts';

const PROGRAM = fileURLToPath(new URL('sending-program.ts', import.meta.url));
const KILLS = 3;
const AT_REST_MS = 80_000;
const people = addressesOf(1000);
const serverUrl = process.env['TEST_DATABASE_URL'];

let folder: string;
let database: string | undefined;
let variables: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forthright-kill-'));
  variables = {
    PUBLIC_URL: 'https://status.harbourline.example',
    DATA_DIR: join(folder, 'data'),
    KEYS_DIR: join(folder, 'keys'),
    OUTBOX_DIR: join(folder, 'outbox'),
    MAIL_TRANSPORT: 'folder',
    MAIL_FROM: 'Harbourline <status@harbourline.example>',
    LOG_LEVEL: 'error',
  };
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (database && serverUrl) await onServer(serverUrl, `drop database "${database}" with (force)`);
  database = undefined;
});

async function onPostgres(url: string): Promise<void> {
  database = `forthright_kill_${randomBytes(6).toString('hex')}`;
  await onServer(url, `create database "${database}"`);
  variables['DATABASE_URL'] = databaseUrl(url, database);
}

function throughResend(double: ResendDouble): void {
  Object.assign(variables, {
    MAIL_TRANSPORT: 'resend',
    RESEND_API_KEY: 're_test',
    RESEND_BASE_URL: double.url,
    RESEND_REQUESTS_PER_SECOND: '5',
  });
}

/** Work in this process, while no worker has the data folder. */
async function inApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp({ ...readSettings(variables), logLevel: 'silent' });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

async function release(): Promise<string> {
  return inApp(async ({ db, keys }) => {
    await confirmedSubscribers(db, keys, people);
    return releasedBroadcast(db, keys);
  });
}

/**
 * Runs workers and kills all of them three times, each time a little after a random share of the mails has left; then
 * lets them come to the end.
 */
async function killAndRestart(leftSoFar: () => number, { processes = 1, lanes = 1 } = {}): Promise<void> {
  const start = () =>
    Array.from({ length: processes }, () => startChild(PROGRAM, [JSON.stringify(variables), String(lanes)]));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = Math.floor(((kill + Math.random()) / (KILLS + 2)) * people.length);
    const workers = start();
    await Promise.all(workers.map((worker) => worker.says(/working/)));
    while (leftSoFar() < target) await sleep(2);
    await sleep(Math.random() * 30);
    await Promise.all(workers.map((worker) => worker.kill()));
    // Later kills may come too late on a busy machine; this one has four fifths of the work before it.
    if (kill === 0) expect(leftSoFar(), 'killed before the end').toBeLessThan(people.length);
  }
  const workers = start();
  // On PostgreSQL what a killed process had in its hands waits until its lease ends.
  const deadline = performance.now() + AT_REST_MS;
  while (!workers[0]?.lines.includes('at rest') && performance.now() < deadline) await sleep(50);
  await Promise.all(workers.map((worker) => worker.kill()));
}

async function outcome(broadcastId: string): Promise<{ state: string; account: Account }> {
  return inApp(async ({ db }) => ({
    state: (await getBroadcast(db, broadcastId)).state,
    account: await accountBroadcast(db, broadcastId),
  }));
}

function filesInOutbox(): string[] {
  const outbox = variables['OUTBOX_DIR'] ?? '';
  if (!existsSync(outbox)) return [];
  return readdirSync(outbox).flatMap((file) => (file.endsWith('.eml') ? [join(outbox, file)] : []));
}

async function expectOutboxWhole(broadcastId: string): Promise<void> {
  const { state, account } = await outcome(broadcastId);
  expect({ state, account }).toMatchObject({
    state: 'done',
    account: { accepted: people.length, closes: true },
  });
  const mails = await Promise.all(filesInOutbox().map((file) => parseMail(readFileSync(file, 'utf8'))));
  expect(mails.map(({ to }) => to).sort()).toEqual([...people].sort());
  expect(mails.every(({ recipients }) => recipients === 1)).toBe(true);
}

/** The provider's own ledger against the database, recipient by recipient. */
async function expectLedgerWhole(double: ResendDouble, broadcastId: string): Promise<void> {
  const { state, account } = await outcome(broadcastId);
  expect({ state, account }).toMatchObject({
    state: 'done',
    account: { accepted: people.length, closes: true },
  });
  expect(double.violations).toEqual([]);
  expect(double.ledger.map(({ to }) => to).sort()).toEqual([...people].sort());
  const rows = await inApp(({ db }) => deliveriesOf(db, broadcastId));
  const ids = new Map(double.ledger.map(({ providerId, tags }) => [tags['delivery'], providerId]));
  expect(rows.filter(({ id, providerId }) => ids.get(id) !== providerId)).toEqual([]);
}

describe('killed at random moments and started again, a worker', () => {
  test('leaves exactly one file for each recipient in the outbox', { timeout: 120_000 }, async () => {
    const broadcastId = await release();
    await killAndRestart(() => filesInOutbox().length);
    await expectOutboxWhole(broadcastId);
  });

  test('has everybody written to once by a provider that loses answers', { timeout: 120_000 }, async () => {
    const double = await startResendDouble({ requestsPerSecond: null, seed: 7 });
    try {
      throughResend(double);
      double.faults.shares = { 'drop after accepting': 0.05 };
      double.faults.next = [undefined, 'drop after accepting'];
      const broadcastId = await release();
      await killAndRestart(() => double.ledger.length);
      await expectLedgerWhole(double, broadcastId);
    } finally {
      await double.close();
    }
  });
});

describe.skipIf(!serverUrl)('on PostgreSQL, killed at random moments and started again, two workers', () => {
  test('have everybody written to once by a provider that loses answers', { timeout: 180_000 }, async () => {
    const double = await startResendDouble({ requestsPerSecond: null, seed: 11 });
    try {
      await onPostgres(serverUrl ?? '');
      throughResend(double);
      double.faults.shares = { 'drop after accepting': 0.05, '500 before accepting': 0.03 };
      const broadcastId = await release();
      await killAndRestart(() => double.ledger.length, { processes: 2, lanes: 2 });
      await expectLedgerWhole(double, broadcastId);
    } finally {
      await double.close();
    }
  });
});
