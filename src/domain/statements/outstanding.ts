import { and, asc, desc, eq, inArray, max, ne, sql, type SQL } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { incidents, incidentUpdates, statementRevisions, statements } from '#db/schema/index.ts';

const PROMISES_MAX = 50;

/** ISO 8601 in UTC. */
export const promised = sql<string>`${statementRevisions.text}->>'nextUpdateAt'`;

/** Of revisions joined with their statements: what holds promises an update, and nothing was said about the incident since. */
export function isOutstanding(db: Database): SQL | undefined {
  const later = alias(statementRevisions, 'later');
  const sibling = alias(statements, 'sibling');
  const said = db
    .select({ at: max(later.publishedAt) })
    .from(later)
    .innerJoin(sibling, eq(sibling.id, later.statementId))
    .where(eq(sibling.incidentId, statements.incidentId));
  const updated = db
    .select({ at: max(incidentUpdates.createdAt) })
    .from(incidentUpdates)
    .where(eq(incidentUpdates.incidentId, statements.incidentId));
  return and(
    ne(statementRevisions.kind, 'withdrawn'),
    sql`${promised} is not null`,
    eq(statementRevisions.publishedAt, said),
    sql`coalesce(${updated}, ${statementRevisions.publishedAt}) <= ${statementRevisions.publishedAt}`,
  );
}

/** An update that readers of an incident still wait for. */
export type OutstandingPromise = {
  incidentId: string;
  incidentTitle: string;
  statementId: string;
  title: string;
  by: Date;
  estimated: boolean;
  /** When it was found that none had come in time. */
  missedAt: Date | null;
};

/** The next due first; of these incidents when told. At most 50. */
export async function listOutstandingPromises(
  db: Database,
  incidentIds?: readonly string[],
): Promise<OutstandingPromise[]> {
  if (incidentIds?.length === 0) return [];
  const rows = await db
    .select({
      incidentId: statements.incidentId,
      incidentTitle: incidents.title,
      statementId: statements.id,
      text: statementRevisions.text,
      by: promised,
      missedAt: statementRevisions.promiseMissedAt,
    })
    .from(statementRevisions)
    .innerJoin(statements, eq(statements.id, statementRevisions.statementId))
    .innerJoin(incidents, eq(incidents.id, statements.incidentId))
    .where(and(isOutstanding(db), incidentIds && inArray(statements.incidentId, [...incidentIds])))
    .orderBy(asc(promised), desc(statementRevisions.id))
    .limit(PROMISES_MAX);
  return rows.map(({ text, by, ...row }) => ({
    ...row,
    title: text.title,
    by: new Date(by),
    estimated: text.nextUpdatePrecision === 'estimated',
  }));
}
