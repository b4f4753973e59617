import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Database } from '#db/client.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { inSnapshot } from '#src/domain/snapshot.ts';
import { makeBody, type Body } from './body.ts';
import { printDocument } from './compose.ts';
import { findDocument, NOT_FOUND } from './documents.ts';
import { otherLanguages } from './hot-paths.ts';
import { listPublicPaths } from './listing.ts';
import type { Rendered } from './render.ts';

/** Says that a folder is an export of ours, which the next one may replace. */
const MARKER = '.forthright-export';

export type Export = {
  db: Database;
  /** Every language of the interface. */
  languages: readonly string[];
  render: (path: string, db: Database) => Promise<Rendered>;
  assets: ReadonlyMap<string, Body>;
  folder: string;
  /** `.gz` and `.br` beside each file that gets smaller by it. */
  compressed: boolean;
  now: Date;
};

/** The folder holds something else. */
export class NotAnExport extends Error {
  override readonly name = 'NotAnExport';
}

/**
 * Writes every public document as a file: a page as `index.html` in a folder of its path, everything else by its name. All
 * are of one moment. The folder is replaced when everything is written; until then it stays as it is.
 *
 * @throws NotAnExport when the folder is not empty and no earlier export.
 */
export async function exportSite(wanted: Export): Promise<{ documents: number; files: number }> {
  const folder = resolve(wanted.folder);
  await assertReplaceable(folder);
  const unfinished = `${folder}.unfinished-${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    const documents = await inSnapshot(wanted.db, (db) => writeDocuments(db, wanted, unfinished));
    for (const [path, body] of wanted.assets) await writeBody(unfinished, path, body, wanted.compressed);
    await writeFile(join(unfinished, MARKER), `${wanted.now.toISOString()}\n`);
    await replaceFolder(folder, unfinished);
    return { documents, files: wanted.assets.size };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function writeDocuments(db: Database, wanted: Export, folder: string): Promise<number> {
  const others = otherLanguages(await getSite(db), wanted.languages);
  let count = 0;
  for await (const { path } of listPublicPaths(db, others, wanted.now)) {
    const document = findDocument(path, others);
    const printed = document && (await printDocument(document, db, wanted.render));
    if (!printed) continue;
    const body = await makeBody(printed.type, printed.bytes);
    await writeBody(folder, fileOf(path, printed.type), body, wanted.compressed);
    count += 1;
    await setImmediate();
  }
  const notFound = await wanted.render(NOT_FOUND, db);
  const body = await makeBody(notFound.type, notFound.bytes);
  await writeBody(folder, '/404.html', body, wanted.compressed);
  return count;
}

/** `/faqs` is `/faqs/index.html`: static hosts answer the one with the other. */
export function fileOf(path: string, type: string): string {
  if (!type.startsWith('text/html')) return path;
  return path === '/' ? '/index.html' : `${path}/index.html`;
}

async function writeBody(folder: string, path: string, body: Body, compressed: boolean): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, body.identity);
  if (!compressed) return;
  if (body.gzip.byteLength < body.identity.byteLength) await writeFile(`${file}.gz`, body.gzip);
  if (body.br.byteLength < body.identity.byteLength) await writeFile(`${file}.br`, body.br);
}

async function assertReplaceable(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const names = await readdir(folder).catch(() => ['']);
  if (names.length === 0 || names.includes(MARKER)) return;
  throw new NotAnExport(
    `${folder} is not empty and was not made by an earlier export. Nothing was changed. Name another folder, or empty it.`,
  );
}

async function replaceFolder(folder: string, unfinished: string): Promise<void> {
  const before = `${folder}.before-${process.pid}`;
  const existed = existsSync(folder);
  if (existed) await rename(folder, before);
  await rename(unfinished, folder);
  if (existed) await rm(before, { recursive: true, force: true });
}
