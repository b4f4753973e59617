import { makeBody, type Body, type FlatHeaders } from './body.ts';
import type { Document } from './documents.ts';
import { listOf, type Versions } from './versions.ts';

const COLD_COUNT_MAX = 5000;
const COLD_BYTES_MAX = 96 * 1024 * 1024;
const ABSENT_MAX = 5000;
const CACHE = 'public, max-age=5, stale-while-revalidate=60, stale-if-error=3600';

/** A rendered document before it is compressed. */
export type Printed = {
  document: Document;
  type: string;
  /** Those of its rendering that it keeps. */
  headers: Readonly<Record<string, string>>;
  bytes: Uint8Array;
};

export type Pressed = Printed & { body: Body };

/** What readers get at one time: every document in it was rendered from the same versions. */
export type Edition = {
  heads: Versions;
  /** The heads, and every single thing that a document in it depends on. */
  versions: Map<string, number>;
  language: string;
  timeZone: string;
  hot: ReadonlySet<string>;
  documents: Map<string, Pressed>;
  /** The same documents' bytes by path: what is served. */
  bodies: Map<string, Body>;
  /** Paths at which there could be a document and is none. */
  absent: Set<string>;
  coldBytes: number;
};

export function emptyEdition(
  about: Pick<Edition, 'heads' | 'versions' | 'language' | 'timeZone' | 'hot'>,
): Edition {
  return { ...about, documents: new Map(), bodies: new Map(), absent: new Set(), coldBytes: 0 };
}

/** Compresses it, with every header its answers carry. */
export async function pressPrinted(printed: Printed, siteHeaders: FlatHeaders): Promise<Pressed> {
  const { document, type, headers, bytes } = printed;
  const shared = [...siteHeaders, 'Cache-Control', CACHE, 'Cache-Tag', cacheTags(document).join(',')];
  for (const [name, value] of Object.entries(headers)) shared.push(name, value);
  return { ...printed, body: await makeBody(type, bytes, shared) };
}

/** Puts a document into an edition. Of the cold ones the oldest make room. */
export function keep(edition: Edition, pressed: Pressed): void {
  const { path } = pressed.document;
  drop(edition, path);
  edition.documents.set(path, pressed);
  // What stands in for other pages has no path of its own.
  if (!pressed.document.standsIn) edition.bodies.set(path, pressed.body);
  if (edition.hot.has(path)) return;
  edition.coldBytes += sizeOf(pressed.body);
  while (edition.coldBytes > COLD_BYTES_MAX || edition.documents.size - edition.hot.size > COLD_COUNT_MAX) {
    const oldest = oldestCold(edition);
    if (oldest === undefined || oldest === path) return;
    drop(edition, oldest);
  }
}

/** There is no document at this path. Of those that are remembered the oldest make room. */
export function keepAbsent({ absent }: Pick<Edition, 'absent'>, path: string): void {
  absent.add(path);
  const [oldest] = absent;
  if (absent.size > ABSENT_MAX && oldest !== undefined) absent.delete(oldest);
}

/** What stands in for other pages, in that language if there is one. */
export function findStandIn(
  { documents }: Pick<Edition, 'documents'>,
  path: string,
  language: string | undefined,
): Body | undefined {
  return (documents.get(`/${language}${path}`) ?? documents.get(path))?.body;
}

/** Does it say what these versions say, as it did at `before`? */
export function isCurrent(document: Document, before: Versions, versions: Versions): boolean {
  return document.dependsOn.every((name) => before.get(name) === versions.get(name));
}

/**
 * What a CDN may purge it by: everything it depends on, and of a single thing its list as well. Letters, digits and
 * hyphens: a tag means the same to every CDN.
 */
export function cacheTags({ dependsOn }: Pick<Document, 'dependsOn'>): string[] {
  const names = dependsOn.filter((name) => name !== 'today').flatMap((name) => [name, listOf(name) ?? name]);
  return [...new Set(names.map(cacheTag))];
}

export function cacheTag(name: string): string {
  return name.replace(':', '-');
}

function drop(edition: Edition, path: string): void {
  const pressed = edition.documents.get(path);
  if (!pressed) return;
  edition.documents.delete(path);
  edition.bodies.delete(path);
  if (!edition.hot.has(path)) edition.coldBytes -= sizeOf(pressed.body);
}

function oldestCold(edition: Edition): string | undefined {
  for (const path of edition.documents.keys()) if (!edition.hot.has(path)) return path;
  return undefined;
}

function sizeOf({ identity, gzip, br }: Body): number {
  return identity.byteLength + gzip.byteLength + br.byteLength;
}
