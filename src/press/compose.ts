import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { Database } from '#db/client.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { inSavepoint } from '#src/domain/snapshot.ts';
import { findDocument, type Document } from './documents.ts';
import { emptyEdition, isCurrent, keep, type Edition, type Pressed, type Printed } from './edition.ts';
import { listHotPaths, otherLanguages } from './hot-paths.ts';
import type { Rendered } from './render.ts';
import { readHeads, readVersions } from './versions.ts';

/** A rendering holds a connection, which is all that the embedded database has. */
const RENDER_MS_MAX = 10_000;

export type Composed = {
  /** With all documents of the edition before that are still true. */
  edition: Edition;
  /** The hot documents that were not: to be put in. */
  pressed: readonly Promise<Pressed>[];
};

export type Composing = {
  before: Edition | undefined;
  languages: readonly string[];
  now: Date;
  print: (document: Document, db: Database) => Promise<Printed | undefined>;
  /** Compresses one while the next is rendered. */
  press: (printed: Printed) => Promise<Pressed>;
  /** Goes on without a document that cannot be rendered; never without the home page. */
  tolerant: boolean;
  onFailure: (document: Document, error: unknown) => void;
};

/** The next edition, from a database that sees one moment. */
export async function composeEdition(db: Database, composing: Composing): Promise<Composed> {
  const { before, languages, now } = composing;
  const site = await getSite(db);
  const { language, timeZone } = site;
  const heads = await readHeads(db, timeZone, now);
  const hotPaths = await listHotPaths(db, otherLanguages(site, languages), now);
  const hot = hotPaths.flatMap((path) => findDocument(path, languages) ?? []);
  const held = before ? [...before.documents.values()] : [];
  const names = [...hot, ...held.map(({ document }) => document)].flatMap(({ dependsOn }) => dependsOn);
  const versions = await readVersions(db, heads, names, before);
  const edition = emptyEdition({ heads, versions, language, timeZone, hot: new Set(hotPaths) });
  for (const pressed of held) {
    if (before && isCurrent(pressed.document, before.versions, versions)) keep(edition, pressed);
  }
  const pressed: Promise<Pressed>[] = [];
  const named: string[] = [];
  for (const document of hot.filter(({ path }) => !edition.documents.has(path))) {
    const printed = await printOne(db, document, composing);
    if (printed) {
      pressed.push(composing.press(printed));
      named.push(...printed.document.dependsOn);
    }
    // Readers get their turn between two renderings.
    await setImmediate();
  }
  for (const [name, version] of await readVersions(db, heads, named, edition)) versions.set(name, version);
  return { edition, pressed };
}

async function printOne(
  db: Database,
  document: Document,
  { print, tolerant, onFailure }: Composing,
): Promise<Printed | undefined> {
  if (!tolerant || document.path === '/') return print(document, db);
  try {
    // A query that failed would spoil the transaction for all that follow.
    return await inSavepoint(db, (within) => print(document, within));
  } catch (error) {
    onFailure(document, error);
    return undefined;
  }
}

/** Renders a document; undefined when there is none at its path. @throws Error on any status but 200 and 404. */
export async function printDocument(
  document: Document,
  db: Database,
  render: (path: string, db: Database) => Promise<Rendered>,
): Promise<Printed | undefined> {
  const late = new AbortController();
  const rendered = await Promise.race([
    render(document.path, db),
    delay(RENDER_MS_MAX, undefined, { signal: late.signal }),
  ]).finally(() => late.abort());
  if (!rendered) throw new Error('Rendering a document took too long.');
  const { status, type, headers, bytes, dependsOn = [] } = rendered;
  if (status === 404 && !document.standsIn) return undefined;
  if (status !== 200 && status !== 404) throw new Error(`Rendering a document ended with status ${status}`);
  const known = { ...document, dependsOn: [...new Set([...document.dependsOn, ...dependsOn])] };
  return { document: known, type, headers, bytes };
}
