import { inArray, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { pressVersions } from '#db/schema/index.ts';

type Subject = 'incident' | 'maintenance' | 'statement' | 'notice';

/** What public documents depend on: a list of things, or one thing by its slug. A change to one changes its list too. */
export type Dependency = 'site' | 'components' | 'faqs' | `${Subject}s` | `${Subject}:${string}`;

/** Those of which one at least changes with every change. */
export const listDependencies = [
  'site',
  'components',
  'faqs',
  'incidents',
  'maintenances',
  'statements',
  'notices',
] as const satisfies readonly Dependency[];

/** A header in which a page names single things that its path does not, parted by spaces; for the press alone. */
export const DEPENDS_ON = 'forthright-depends-on';

/** The channel on which every web process hears that something public has changed. */
export const EDITIONS_CHANNEL = 'forthright_editions';

const VERSIONS_MAX = 20_000;

/**
 * Says, in the transaction that changes it, that public content has changed. A thing's list changes with it. Heard after
 * the commit, or never.
 */
export async function touch(tx: Database, dependencies: readonly Dependency[]): Promise<void> {
  // In one order everywhere, so that two changes at once wait for each other instead of deadlocking.
  const sorted = [...new Set(dependencies.flatMap(withList))].sort();
  await tx
    .insert(pressVersions)
    .values(sorted.map((dependency) => ({ dependency, version: 1 })))
    .onConflictDoUpdate({
      target: pressVersions.dependency,
      set: { version: sql`${pressVersions.version} + 1` },
    });
  // Without a word: a payload may not be longer than 8,000 bytes, and whoever hears it looks for itself.
  await tx.execute(sql`select pg_notify(${EDITIONS_CHANNEL}, '')`);
}

/** How often each of these has changed; absent means never. */
export async function listVersions(
  db: Database,
  dependencies: readonly string[] = listDependencies,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select()
    .from(pressVersions)
    .where(inArray(pressVersions.dependency, [...dependencies]))
    .limit(VERSIONS_MAX);
  return new Map(rows.map((row) => [row.dependency, row.version]));
}

function withList(dependency: Dependency): Dependency[] {
  const subject = /^(incident|maintenance|statement|notice):/.exec(dependency)?.[1] as Subject | undefined;
  return subject ? [dependency, `${subject}s`] : [dependency];
}
