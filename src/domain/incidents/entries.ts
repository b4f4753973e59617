import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidents, incidentUpdates } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { actorId, type Actor } from '../actors.ts';
import { lockComponents, recordImpact } from '../components/commands.ts';
import { DomainError } from '../errors.ts';
import type { PostIncidentUpdate } from './input.ts';
import type { Incident } from './queries.ts';
import { canMoveTo, incidentStatusWords, isEnded, nextStatuses, type Nature } from './rules.ts';

type Entry = Pick<PostIncidentUpdate, 'status' | 'body' | 'impact' | 'componentStatuses'>;

/** An incident as far as an entry changes it. */
export type Standing = Pick<Incident, 'id' | 'nature' | 'status' | 'impact' | 'endedAt' | 'publishedAt'>;

/**
 * Adds an entry to a locked incident's timeline, with what it says of the components, in the caller's transaction. Gives the incident as it is
 * from then on.
 */
export async function addEntry(
  tx: Database,
  actor: Actor,
  incident: Standing,
  entry: Entry,
  { displayAt, now }: { displayAt: Date; now: Date },
): Promise<{ id: string; incident: Standing }> {
  const changes = entry.componentStatuses ?? [];
  await lockComponents(
    tx,
    changes.map(({ componentId }) => componentId),
  );
  const id = newId();
  const { status, body } = entry;
  await tx.insert(incidentUpdates).values({
    id,
    incidentId: incident.id,
    status,
    body,
    authorId: actorId(actor),
    displayAt,
    createdAt: now,
  });
  const knownAt = displayAt > now ? displayAt : now;
  const after = {
    impact: entry.impact ?? incident.impact,
    publishedAt: incident.publishedAt ?? knownAt,
    endedAt: isEnded(status) ? (incident.endedAt ?? displayAt) : null,
  };
  await tx
    .update(incidents)
    .set({ ...after, updatedAt: knownAt })
    .where(eq(incidents.id, incident.id));
  for (const change of changes) {
    await recordImpact(tx, actor, { ...change, incidentUpdateId: id }, displayAt, now);
  }
  return { id, incident: { ...incident, ...after, status } };
}

/** @throws DomainError `conflict`, `invalid`. */
export function assertEntry(
  { nature, status: before }: { nature: Nature; status: Standing['status'] },
  { status, componentStatuses = [] }: Entry,
): void {
  if (!canMoveTo(nature, before, status)) {
    const allowed = nextStatuses(nature, before).map((next) => incidentStatusWords[next]);
    throw new DomainError(
      'conflict',
      `This ${nature} incident is ${before ? `at "${incidentStatusWords[before]}"` : 'not public yet'} and cannot go to "${incidentStatusWords[status]}" from there. Choose ${allowed.join(', ')}.`,
    );
  }
  if (nature === 'data' && componentStatuses.length > 0) {
    throw new DomainError(
      'invalid',
      'A data incident leaves the components as they are: a leak is not an outage. Open a service incident for what does not work.',
    );
  }
  const ids = componentStatuses.map(({ componentId }) => componentId);
  if (new Set(ids).size < ids.length) {
    throw new DomainError('invalid', 'A component is named twice in this update. Give each one status.');
  }
}
