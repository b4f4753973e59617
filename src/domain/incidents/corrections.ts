import { desc, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidentRevisions } from '#db/schema/index.ts';
import type { Incident } from './queries.ts';

const CORRECTIONS_MAX = 100;

/** What was put right of an incident, and what it said before: undefined where that was right. */
export type IncidentCorrection = {
  title: string | undefined;
  startedAt: Date | undefined;
  reason: string;
  correctedAt: Date;
};

/** The newest first. At most 100. */
export async function listIncidentCorrections(
  db: Database,
  incident: Pick<Incident, 'id' | 'title' | 'startedAt'>,
): Promise<IncidentCorrection[]> {
  const revisions = await db
    .select({
      title: incidentRevisions.title,
      startedAt: incidentRevisions.startedAt,
      reason: incidentRevisions.reason,
      correctedAt: incidentRevisions.correctedAt,
    })
    .from(incidentRevisions)
    .where(eq(incidentRevisions.incidentId, incident.id))
    .orderBy(desc(incidentRevisions.number))
    .limit(CORRECTIONS_MAX);
  return revisions.map(({ title, startedAt, reason, correctedAt }, index) => {
    const after = revisions[index - 1] ?? incident;
    return {
      title: title === after.title ? undefined : title,
      startedAt: startedAt.getTime() === after.startedAt.getTime() ? undefined : startedAt,
      reason,
      correctedAt,
    };
  });
}
