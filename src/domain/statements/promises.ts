import { and, desc, eq, gt, isNull, lte } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidentUpdates, statementRevisions, statements } from '#db/schema/index.ts';
import { touch } from '../editions.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { isOutstanding, promised } from './outstanding.ts';
import type { PublishedStatement } from './queries.ts';

const AT_ONCE = 20;

/** What a statement promised, and what came of it. */
export type UpdatePromise = {
  by: Date;
  /** When the first update after it came: of the incident, or in another statement about it. */
  keptAt: Date | null;
  /** When it was found that none had come in time. */
  missedAt: Date | null;
};

/** Null when what holds now promises nothing. */
export async function findPromise(
  db: Database,
  { incident, current }: Pick<PublishedStatement, 'incident' | 'current'>,
): Promise<UpdatePromise | null> {
  const { nextUpdateAt } = current.text;
  if (!nextUpdateAt || current.kind === 'withdrawn') return null;
  const [update] = await db
    .select({ at: incidentUpdates.createdAt })
    .from(incidentUpdates)
    .where(
      and(eq(incidentUpdates.incidentId, incident.id), gt(incidentUpdates.createdAt, current.publishedAt)),
    )
    .orderBy(incidentUpdates.createdAt)
    .limit(1);
  const [word] = await db
    .select({ at: statementRevisions.publishedAt })
    .from(statementRevisions)
    .innerJoin(statements, eq(statements.id, statementRevisions.statementId))
    .where(
      and(eq(statements.incidentId, incident.id), gt(statementRevisions.publishedAt, current.publishedAt)),
    )
    .orderBy(statementRevisions.publishedAt)
    .limit(1);
  const [keptAt = null] = [update?.at, word?.at]
    .filter((at) => at !== undefined)
    .sort((a, b) => a.getTime() - b.getTime());
  return { by: new Date(nextUpdateAt), keptAt, missedAt: current.promiseMissedAt };
}

/**
 * Finds statements whose promised update has not come in time, and has their pages say so. Each is found once, however
 * often and by however many this is called. Returns how many; at most 20 at once.
 */
export async function findMissedPromises(db: Database, now: Date): Promise<number> {
  const due = await listDue(db, now);
  let missed = 0;
  for (const { id, statementId, slug, number, by } of due) {
    missed += await db.transaction(async (tx) => {
      const [marked] = await tx
        .update(statementRevisions)
        .set({ promiseMissedAt: now })
        .where(and(eq(statementRevisions.id, id), isNull(statementRevisions.promiseMissedAt)))
        .returning({ id: statementRevisions.id });
      if (!marked) return 0;
      const entry = {
        subject: `statement:${statementId}`,
        actor: 'worker',
        details: { revision: number, by },
      } as const;
      await appendEvidence(tx, { kind: 'promise_missed', ...entry }, now);
      await touch(tx, [`statement:${slug}`]);
      return 1;
    });
  }
  return missed;
}

/** Statements whose newest revision promised an update that is overdue, with nothing said about the incident since. */
async function listDue(db: Database, now: Date) {
  return db
    .select({
      id: statementRevisions.id,
      statementId: statements.id,
      slug: statements.slug,
      number: statementRevisions.number,
      by: promised,
    })
    .from(statementRevisions)
    .innerJoin(statements, eq(statements.id, statementRevisions.statementId))
    .where(
      and(
        isNull(statementRevisions.promiseMissedAt),
        // ISO 8601 in UTC sorts as it passes.
        lte(promised, now.toISOString()),
        isOutstanding(db),
      ),
    )
    .orderBy(desc(statementRevisions.publishedAt))
    .limit(AT_ONCE);
}
