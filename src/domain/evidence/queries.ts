import { asc, count, gt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { evidence } from '#db/schema/index.ts';
import { evidenceHash, GENESIS_HASH } from './rules.ts';

const PAGE_ROWS = 1000;

export type ChainVerdict =
  { ok: true; entries: number; head: string } | { ok: false; number: number; problem: string };

/** Recomputes the whole chain: the first entry that is missing, moved or changed is named. */
export async function verifyEvidence(db: Database): Promise<ChainVerdict> {
  let last = { number: 0, hash: GENESIS_HASH };
  for (;;) {
    const rows = await db
      .select()
      .from(evidence)
      .where(gt(evidence.number, last.number))
      .orderBy(asc(evidence.number))
      .limit(PAGE_ROWS);
    for (const row of rows) {
      const expected = last.number + 1;
      if (row.number !== expected) return { ok: false, number: expected, problem: 'is missing' };
      if (row.previousHash !== last.hash)
        return { ok: false, number: row.number, problem: 'does not follow the one before it' };
      if (evidenceHash(row) !== row.hash)
        return { ok: false, number: row.number, problem: 'has been changed' };
      last = { number: row.number, hash: row.hash };
    }
    if (rows.length < PAGE_ROWS) return { ok: true, entries: last.number, head: last.hash };
  }
}

export async function countEvidence(db: Database): Promise<number> {
  const [row] = await db.select({ entries: count() }).from(evidence);
  return row?.entries ?? 0;
}
