import { execFile } from 'node:child_process';
import { createHmac, hash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eq, sql } from '#db/drizzle.ts';
import { exposures } from '#db/schema/index.ts';
import { openApp, type App } from '#src/app.ts';
import { operator } from '#src/domain/actors.ts';
import { exposureKey, exposureKeyName } from '#src/domain/exposures/address-key.ts';
import { listAnswers } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { openLog } from '#src/log.ts';
import { readSettings } from '#src/settings.ts';
import { databaseUrl, onServer } from '#tests/support/postgres-server.ts';
import { fileOf } from './readers-source.ts';
import { dataIncident, dumpOf, emailAddress, now, provenCustomer, until } from './support.ts';
import { findIn, wantedOf } from './thief.ts';

const LISTED = 100_000;
const DICTIONARY = 1_000_000;
const domains = ['quenford.example', 'ostrelle.example.net', 'mail.vintover.example.org'];

/** Of the million that somebody could guess, every tenth is in the list. */
const guess = (number: number) => `Person.Quist${number}+tag@${domains[number % domains.length]}`;
const listed = Array.from({ length: LISTED }, (_, index) => guess(index * (DICTIONARY / LISTED)));
/** A part of each of them, as it is typed and as it is keyed. */
const pieces = ['Quist', 'quist', '+tag', 'quenford', 'ostrelle', 'vintover'];
const formsOf = (typed: string) => {
  const keyed = typed.toLowerCase();
  return [typed, keyed, `exposure/v1|n1|${keyed}`, `address/v1|n1|${keyed}`];
};

const folder = mkdtempSync(join(tmpdir(), 'forthright-secrecy-'));
const dataDir = join(folder, 'data');
const template = inject('databaseTemplate');
const database = `forthright_test_${randomBytes(6).toString('hex')}`;
const url = template.engine === 'postgres' ? databaseUrl(template.serverUrl, database) : undefined;
const logged: string[] = [];
let app: App;
let incidentId: string;
let listId: string;

const settings = readSettings({
  PUBLIC_URL: 'http://localhost:4321',
  DATA_DIR: dataDir,
  KEYS_DIR: join(folder, 'keys'),
  OUTBOX_DIR: join(folder, 'outbox'),
  MAIL_TRANSPORT: 'folder',
  MAIL_FROM: 'Status <status@harbourline.example>',
  LOG_LEVEL: 'debug',
  ...(url && { DATABASE_URL: url }),
});
const open = () => openApp(settings, { log: openLog('debug', (line) => logged.push(line)), now: () => now });

beforeAll(async () => {
  if (template.engine === 'postgres') {
    await onServer(template.serverUrl, `create database "${database}" template "${template.database}"`);
  }
  app = await open();
  const incident = await dataIncident(app.db);
  incidentId = incident.id;
  const rows = listed.map((address, index) => `${address},${1 + (index % 100)},yes`);
  const csv = ['address,batch,Password reset', ...rows, `torn ${listed[0]},1,yes`].join('\n');
  const { list } = await importExposures(
    app,
    operator,
    {
      sources: [fileOf('leak to ada@quenford.example.csv', csv)],
      incidentSlug: incident.slug,
      seal: { until },
      dryRun: false,
    },
    now,
  );
  listId = list?.id ?? '';
  expect(list?.report).toMatchObject({ distinctAddresses: LISTED, sealed: LISTED });
  await applyExposureList(app.db, operator, listId, now);
  await closeExposureList(app.db, operator, listId, now);
  // Some of them have signed in: what is stored of them is encrypted.
  for (const address of listed.slice(0, 20)) {
    const [answer] = await listAnswers(app.db, app.keys, await provenCustomer(app.db, app.keys, address));
    expect(answer?.verdict).toBe('exposed');
  }
});

afterAll(async () => {
  await app.close();
  if (template.engine === 'postgres') {
    await onServer(template.serverUrl, `drop database "${database}" with (force)`);
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Every file under the data folder, the write-ahead log among them, as it is while no process has it open. */
async function dataFilesAtRest(): Promise<{ name: string; bytes: Buffer }[]> {
  await app.close();
  try {
    return readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((name) => ({ name, bytes: readFileSync(name) }));
  } finally {
    app = await open();
  }
}

/** What `pg_dump` writes; undefined when it is not installed. */
async function backup(): Promise<Buffer | undefined> {
  try {
    const options = { encoding: 'buffer', maxBuffer: 1 << 30 } as const;
    return (await promisify(execFile)('pg_dump', ['--dbname', url ?? ''], options)).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

describe('After importing 100,000 addresses', () => {
  const wanted = wantedOf(listed.flatMap(formsOf), pieces);

  test('a search finds what is planted: as it is, in hexadecimal digits, in base64, wherever it begins', () => {
    const person = listed[777] ?? '';
    const planted = formsOf(person).flatMap((form) =>
      ['md5', 'sha1', 'sha256'].map((algorithm) => hash(algorithm, form, 'buffer')),
    );
    const text = Buffer.from(person.toLowerCase());
    for (const secret of [...planted, text]) {
      for (const written of [
        secret,
        secret.toString('hex'),
        secret.toString('hex').toUpperCase(),
        `a${secret.toString('hex')}`,
        ...['', 'a', 'ab', 'abc'].map((before) =>
          Buffer.from(before + secret.toString('latin1'), 'latin1').toString('base64'),
        ),
        secret.toString('base64url'),
        `/${secret.toString('base64')}`,
      ]) {
        const noise = randomBytes(5000);
        expect(
          findIn(
            Buffer.concat([noise, Buffer.from([0]), Buffer.from(written), Buffer.from([0]), noise]),
            wanted,
          ),
        ).not.toEqual([]);
      }
    }
    expect(findIn(randomBytes(1_000_000), wanted)).toEqual([]);
  });

  test('the rows of the database have no part of an address and no hash of one', async () => {
    const dump = Buffer.from(await dumpOf(app.store));
    expect(dump.includes('public.exposures')).toBe(true);
    expect(dump.includes('Password reset')).toBe(true);
    expect(findIn(dump, wanted)).toEqual([]);
  });

  test.skipIf(!url)('nor has its backup, as pg_dump writes it', async ({ skip }) => {
    const dump = await backup();
    if (!dump) return skip('pg_dump is not installed');
    expect(dump.includes('COPY public.exposures')).toBe(true);
    expect(findIn(dump, wanted)).toEqual([]);
    await app.db.execute(sql`create table canary as select ${hash('sha1', listed[3] ?? '')}::text as hash`);
    expect(findIn((await backup()) as Buffer, wanted)).toEqual(['a hash: in hexadecimal digits']);
    await app.db.execute(sql`drop table canary`);
  });

  test('nor have the lines of the log, at its most talkative', () => {
    app.log.debug('looked_at');
    expect(logged.length).toBeGreaterThan(0);
    expect(findIn(Buffer.from(logged.join('\n')), wanted)).toEqual([]);
  });

  test.skipIf(url)('nor has any file of the data folder, which is its backup too', async () => {
    const files = await dataFilesAtRest();
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
    expect(bytes).toBeGreaterThan(LISTED * 100);
    // The write-ahead log.
    expect(files.some(({ name }) => /\/pg_wal\/[0-9A-F]{24}$/.test(name))).toBe(true);
    expect(files.flatMap((file) => findIn(file.bytes, wanted))).toEqual([]);
    const secret = Buffer.from(hash('sha256', listed[3] ?? '', 'buffer'));
    await app.db.execute(sql`create table canary as select ${secret}::bytea as hash`);
    const before = new Map(files.map((file) => [file.name, file.bytes]));
    const changed = (await dataFilesAtRest()).filter(({ name, bytes }) => !before.get(name)?.equals(bytes));
    expect(changed.flatMap((file) => findIn(file.bytes, wanted))).toContain('a hash: as it is');
    await app.db.execute(sql`drop table canary`);
  });

  test('a dictionary of 1,000,000 finds nobody without the key, and everybody with it', async () => {
    const stored = await app.db
      .select({ key: exposures.addressKey })
      .from(exposures)
      .where(eq(exposures.listId, listId));
    const rows = new Set(stored.map(({ key }) => Buffer.from(key).toString('latin1')));
    expect(rows.size).toBe(LISTED);
    const key = app.keys.current(exposureKeyName(incidentId));
    const found = (rowOf: (typed: string) => string) => {
      let count = 0;
      for (let number = 0; number < DICTIONARY; number += 1) if (rows.has(rowOf(guess(number)))) count += 1;
      return count;
    };
    const keyed = (typed: string) => typed.toLowerCase();
    const under = (bytes: Uint8Array) => (typed: string) =>
      Buffer.from(exposureKey({ version: key.version, bytes }, emailAddress(typed))).toString('latin1');
    expect(found((typed) => hash('sha256', keyed(typed), 'binary'))).toBe(0);
    expect(found((typed) => hash('sha256', `exposure/v1|n1|${keyed(typed)}`, 'binary'))).toBe(0);
    expect(found(under(randomBytes(32)))).toBe(0);
    expect(found(under(key.bytes))).toBe(LISTED);
    expect(listed.every((typed) => rows.has(under(key.bytes)(typed)))).toBe(true);
    // And by the book, not by our own function.
    const own = createHmac('sha256', key.bytes).update(`exposure/v1|n1|${(listed[9] ?? '').toLowerCase()}`);
    expect(rows.has(own.digest().toString('latin1'))).toBe(true);
  });
});
