import type { Database } from '#db/client.ts';
import { incidentRelations } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { RelateIncidents } from './input.ts';
import { lockIncidents } from './locked.ts';
import { getIncident } from './queries.ts';
import { listRelations } from './relations.ts';

/**
 * Says how two incidents relate; on the pages of both once both are public. What was said of the pair before is replaced, and stays visible
 * where it had been public.
 *
 * @throws DomainError `not_found`; `invalid` for an incident and itself, for "unrelated" without a reason, and by what the reason
 *   says; `conflict` when it is said already; `forbidden`.
 */
export async function relateIncidents(
  db: Database,
  actor: Actor,
  { incidentId, otherId, kind, reason }: RelateIncidents,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  if (incidentId === otherId) {
    throw new DomainError('invalid', 'An incident has no relation to itself. Choose another one.');
  }
  if (kind === 'unrelated' && reason === '') {
    throw new DomainError('invalid', 'Say why they are not related: readers see two troubles at once.');
  }
  await db.transaction(async (tx) => {
    await lockIncidents(tx, [incidentId, otherId]);
    const incident = await getIncident(tx, incidentId);
    const other = await getIncident(tx, otherId);
    for (const { id } of [incident, other]) await refuseUnfitText(tx, [reason], id);
    const before = (await listRelations(tx, incident.id)).find((relation) => relation.other.id === other.id);
    if (before?.said === kind && before.reason === reason) {
      throw new DomainError('conflict', 'This is what it says already.');
    }
    // Said again within the same millisecond, the newest would not be known.
    const saidAt = before && before.saidAt >= now ? new Date(before.saidAt.getTime() + 1) : now;
    await tx.insert(incidentRelations).values({
      id: newId(),
      incidentId,
      otherId,
      kind,
      reason,
      authorId: actorId(actor),
      saidAt,
    });
    const details = { other: other.id, kind, reason };
    const entry = { subject: `incident:${incident.id}`, actor, details };
    await appendEvidence(tx, { kind: 'incidents_related', ...entry }, now);
    await touch(tx, [`incident:${incident.slug}`, `incident:${other.slug}`, 'incidents']);
  });
}
