import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, inject } from 'vitest';
import { openDatabase, type Database, type Store } from '#db/client.ts';
import { embeddedStore } from '#db/embedded/store.ts';
import { databaseUrl, onServer } from './postgres-server.ts';

/** What the global set-up has prepared: tables without rows. */
export type DatabaseTemplate =
  { engine: 'pglite'; file: string } | { engine: 'postgres'; serverUrl: string; database: string };

declare module 'vitest' {
  interface ProvidedContext {
    databaseTemplate: DatabaseTemplate;
  }
}

/** A database with all tables and no rows, for this test file alone. Call it at the top of the file; it closes itself. */
export async function testStore(): Promise<Store> {
  const template = inject('databaseTemplate');
  return template.engine === 'pglite' ? embeddedCopy(template.file) : postgresCopy(template);
}

async function embeddedCopy(file: string): Promise<Store> {
  const store = embeddedStore(await PGlite.create({ loadDataDir: new Blob([readFileSync(file)]) }));
  afterAll(() => store.close());
  return store;
}

/** A database without tables, for this test file alone. */
export async function emptyStore(): Promise<Store> {
  const template = inject('databaseTemplate');
  if (template.engine === 'postgres') return postgresCopy({ ...template, database: 'template1' });
  const store = await openDatabase({ dataDir: 'memory://' });
  afterAll(() => store.close());
  return store;
}

async function postgresCopy(template: { serverUrl: string; database: string }): Promise<Store> {
  const { serverUrl } = template;
  const database = `forthright_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `create database "${database}" template "${template.database}"`);
  const store = await openDatabase({ databaseUrl: databaseUrl(serverUrl, database), dataDir: '' });
  afterAll(async () => {
    await store.close();
    await onServer(serverUrl, `drop database "${database}" with (force)`);
  });
  return store;
}

const undo = new Error('rolled back');

/** Runs a test in a transaction that is always rolled back. */
export async function inRollback(store: Store, run: (db: Database) => Promise<void>): Promise<void> {
  try {
    await store.db.transaction(async (tx) => {
      await run(tx);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
}
