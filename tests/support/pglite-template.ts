import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';
import { migrate } from '#db/client.ts';
import { embeddedStore } from '#db/embedded/store.ts';

const FOLDER = 'node_modules/.cache/forthright';
const KEPT_MS = 24 * 60 * 60 * 1000;

/** An embedded database with all tables, kept from run to run: loading it takes a fifth of making one. */
export default async function prepare(project: TestProject): Promise<void> {
  const file = join(FOLDER, `template-${fingerprint()}.tar`);
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(file)) await makeTemplate(file);
  dropOld(file);
  project.provide('databaseTemplate', { engine: 'pglite', file });
}

function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync('node_modules/@electric-sql/pglite/package.json'));
  for (const name of readdirSync('db/migrations').sort()) {
    if (name.endsWith('.sql')) hash.update(readFileSync(join('db/migrations', name)));
  }
  return hash.update(readFileSync('db/migrations/meta/_journal.json')).digest('hex').slice(0, 16);
}

async function makeTemplate(file: string): Promise<void> {
  const pg = await PGlite.create();
  const store = embeddedStore(pg);
  await migrate(store);
  await pg.query('checkpoint');
  const dump = await pg.dumpDataDir('none');
  await store.close();
  // Two runs can be at it at once: whoever is last replaces the same with the same.
  writeFileSync(`${file}.${process.pid}`, Buffer.from(await dump.arrayBuffer()));
  renameSync(`${file}.${process.pid}`, file);
}

function dropOld(current: string): void {
  for (const name of readdirSync(FOLDER)) {
    const file = join(FOLDER, name);
    if (file !== current && Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file, { force: true });
  }
}
