import { asc, eq, inArray, or } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidentRelations, incidents } from '#db/schema/index.ts';
import type { Dependency } from '../editions.ts';
import { getIncident, type IncidentInFull } from './queries.ts';

/** Held until the transaction ends: what may follow depends on what is there. @throws DomainError `not_found`. */
export async function lockedIncident(tx: Database, incidentId: string): Promise<IncidentInFull> {
  await lockIncidents(tx, [incidentId]);
  return getIncident(tx, incidentId);
}

/** In one order, so that two changes about the same incidents wait for each other. */
export async function lockIncidents(tx: Database, ids: readonly string[]): Promise<void> {
  await tx
    .select({ id: incidents.id })
    .from(incidents)
    .where(inArray(incidents.id, [...ids]))
    .orderBy(asc(incidents.id))
    .for('update');
}

/** The incident's own documents, and those of the incidents that name it. */
export async function documentsAbout(
  tx: Database,
  { id, slug }: { id: string; slug: string },
): Promise<Dependency[]> {
  const related = await tx
    .select({ slug: incidents.slug })
    .from(incidents)
    .innerJoin(
      incidentRelations,
      or(eq(incidentRelations.incidentId, incidents.id), eq(incidentRelations.otherId, incidents.id)),
    )
    .where(or(eq(incidentRelations.incidentId, id), eq(incidentRelations.otherId, id)))
    .limit(500);
  return ['incidents', `incident:${slug}`, ...related.map((other) => `incident:${other.slug}` as const)];
}
