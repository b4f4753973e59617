import { asc } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { evidence } from '#db/schema/index.ts';
import { once } from '../snapshot.ts';

/**
 * Names this installation to machines, on whatever host and under whatever name: 12 characters of [a-z0-9], from the hash of the
 * evidence log's first entry, which is never changed.
 */
export function getSiteId(db: Database): Promise<string> {
  return once(db, 'site-id', () => loadSiteId(db));
}

async function loadSiteId(db: Database): Promise<string> {
  const [first] = await db
    .select({ hash: evidence.hash })
    .from(evidence)
    .orderBy(asc(evidence.number))
    .limit(1);
  return (first?.hash ?? '').slice(0, 12).padEnd(12, '0');
}
