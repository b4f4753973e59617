import { sql } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { pressVersions } from '#db/schema/index.ts';

/** What public documents depend on. */
export type Dependency = 'site' | 'components' | 'incidents' | 'statements' | 'notices' | 'faqs';

/** The channel on which every web process hears that something public has changed. */
export const EDITIONS_CHANNEL = 'forthright_editions';

/** Says, in the transaction that changes it, that public content has changed. Heard after the commit, or never. */
export async function touch(tx: Database, dependencies: readonly Dependency[]): Promise<void> {
  // In one order everywhere, so that two changes at once wait for each other instead of deadlocking.
  const sorted = [...new Set(dependencies)].sort();
  await tx
    .insert(pressVersions)
    .values(sorted.map((dependency) => ({ dependency, version: 1 })))
    .onConflictDoUpdate({
      target: pressVersions.dependency,
      set: { version: sql`${pressVersions.version} + 1` },
    });
  await tx.execute(sql`select pg_notify(${EDITIONS_CHANNEL}, ${sorted.join(',')})`);
}

/** How often each has changed; absent means never. */
export async function listVersions(db: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await db.select().from(pressVersions).limit(1000);
  return new Map(rows.map((row) => [row.dependency, row.version]));
}
