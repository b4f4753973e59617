import type { Database } from '#db/client.ts';
import { listVersions } from '#src/domain/editions.ts';
import { dayIn } from '#src/text/dates.ts';

/** How often each thing that documents depend on has changed, as far as it is known. */
export type Versions = ReadonlyMap<string, number>;

/** Of the lists, and of the day in a time zone. With every change one at least is another. */
export async function readHeads(db: Database, timeZone: string, now: Date): Promise<Versions> {
  const lists = await listVersions(db);
  return new Map([...lists, ['today', Number(dayIn(now, timeZone).replaceAll('-', ''))]]);
}

/**
 * The heads with the single things among `names`. Those of a list that has not changed are taken from what was known
 * before.
 */
export async function readVersions(
  db: Database,
  heads: Versions,
  names: Iterable<string>,
  before: { heads: Versions; versions: Versions } | undefined,
): Promise<Map<string, number>> {
  const versions = new Map(heads);
  const asked: string[] = [];
  for (const name of new Set(names)) {
    const list = listOf(name);
    if (list === undefined) continue;
    const known = before?.heads.get(list) === heads.get(list) ? before?.versions.get(name) : undefined;
    if (known === undefined) asked.push(name);
    else versions.set(name, known);
  }
  for (let from = 0; from < asked.length; from += 1000) {
    const names = asked.slice(from, from + 1000);
    const found = await listVersions(db, names);
    for (const name of names) versions.set(name, found.get(name) ?? 0);
  }
  return versions;
}

/** `incidents` of `incident:SLUG`; undefined for a list. */
export function listOf(name: string): string | undefined {
  const colon = name.indexOf(':');
  return colon === -1 ? undefined : `${name.slice(0, colon)}s`;
}

export function sameVersions(a: Versions, b: Versions): boolean {
  return a.size === b.size && changedSince(a, b).length === 0;
}

/** The names whose version in `after` is another than in `before`. */
export function changedSince(before: Versions, after: Versions): string[] {
  return [...after].filter(([name, version]) => before.get(name) !== version).map(([name]) => name);
}
