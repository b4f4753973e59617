import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { migrate, openDatabase } from '#db/client.ts';
import { databaseUrl, onServer } from './postgres-server.ts';

/** A database with all tables on the server of TEST_DATABASE_URL, from which every test file gets a copy. */
export default async function prepare(project: TestProject): Promise<() => Promise<void>> {
  const serverUrl = process.env['TEST_DATABASE_URL'] ?? '';
  const database = `forthright_template_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `create database "${database}"`);
  const store = await openDatabase({ databaseUrl: databaseUrl(serverUrl, database), dataDir: '' });
  await migrate(store);
  await store.close();
  project.provide('databaseTemplate', { engine: 'postgres', serverUrl, database });
  return () => onServer(serverUrl, `drop database "${database}" with (force)`);
}
