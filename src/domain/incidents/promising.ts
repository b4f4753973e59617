import { and, eq, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { statementRevisions, statements } from '#db/schema/index.ts';
import type { Dependency } from '../editions.ts';

/** The statements about an incident that promised an update: what is told of the incident keeps the promise. */
export async function promisingDocuments(tx: Database, incidentId: string): Promise<Dependency[]> {
  const rows = await tx
    .selectDistinct({ slug: statements.slug })
    .from(statements)
    .innerJoin(statementRevisions, eq(statementRevisions.statementId, statements.id))
    .where(
      and(
        eq(statements.incidentId, incidentId),
        sql`${statementRevisions.text}->>'nextUpdateAt' is not null`,
      ),
    );
  return rows.map(({ slug }) => `statement:${slug}` as const);
}
