import { count, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidentRevisions, incidents, incidentUpdateRevisions, incidentUpdates } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { CorrectIncident, CorrectIncidentUpdate } from './input.ts';
import { documentsAbout, lockedIncident } from './locked.ts';

/**
 * Puts the text of an update right. What it said before stays beside it in public, with the reason.
 *
 * @throws DomainError `not_found`; `invalid` when nothing changes, or by what the text says; `forbidden`.
 */
export async function correctIncidentUpdate(
  db: Database,
  actor: Actor,
  { updateId, body, reason }: CorrectIncidentUpdate,
  now: Date,
): Promise<{ incidentId: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, await incidentOf(tx, updateId));
    const update = incident.updates.find(({ id }) => id === updateId);
    if (!update) throw unknownUpdate();
    if (update.body === body) {
      throw new DomainError('invalid', 'The text is what it was. Write it as it should read.');
    }
    await refuseUnfitText(tx, [body, reason], incident.id);
    const number = update.corrections.length + 1;
    await tx.insert(incidentUpdateRevisions).values({
      id: newId(),
      updateId,
      number,
      body: update.body,
      reason,
      authorId: actorId(actor),
      correctedAt: now,
    });
    await tx.update(incidentUpdates).set({ body, correctedAt: now }).where(eq(incidentUpdates.id, updateId));
    await tx.update(incidents).set({ updatedAt: now }).where(eq(incidents.id, incident.id));
    const entry = { subject: `incident:${incident.id}`, actor, details: { updateId, number, reason } };
    await appendEvidence(tx, { kind: 'incident_update_corrected', ...entry }, now);
    await touch(tx, ['incidents', `incident:${incident.slug}`]);
    return { incidentId: incident.id };
  });
}

/**
 * Puts right what a public incident is called, or since when it is. What it said before stands on its page, with the reason.
 * Its address stays, and so does its nature.
 *
 * @throws DomainError `not_found`; `conflict` for a draft, which is edited; `invalid` when nothing changes, for a time after its end, or
 *   by what the title says; `forbidden`.
 */
export async function correctIncident(
  db: Database,
  actor: Actor,
  { incidentId, title, startedAt, reason }: CorrectIncident,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, incidentId);
    if (!incident.publishedAt) {
      throw new DomainError('conflict', 'Only the team sees this incident: change the draft.');
    }
    if (incident.title === title && incident.startedAt.getTime() === startedAt.getTime()) {
      throw new DomainError('invalid', 'This is what it says now. Put the title or the time right.');
    }
    if (startedAt > (incident.endedAt ?? now)) {
      const end = incident.endedAt ? 'after the incident ended' : 'in the future';
      throw new DomainError('invalid', `That time is ${end}. Say when it began.`);
    }
    await refuseUnfitText(tx, [title, reason], incident.id);
    const [before] = await tx
      .select({ number: count() })
      .from(incidentRevisions)
      .where(eq(incidentRevisions.incidentId, incident.id));
    const number = (before?.number ?? 0) + 1;
    await tx.insert(incidentRevisions).values({
      id: newId(),
      incidentId: incident.id,
      number,
      title: incident.title,
      startedAt: incident.startedAt,
      reason,
      authorId: actorId(actor),
      correctedAt: now,
    });
    await tx.update(incidents).set({ title, startedAt, updatedAt: now }).where(eq(incidents.id, incident.id));
    const entry = { subject: `incident:${incident.id}`, actor, details: { number, reason } };
    await appendEvidence(tx, { kind: 'incident_corrected', ...entry }, now);
    await touch(tx, await documentsAbout(tx, incident));
  });
}

async function incidentOf(tx: Database, updateId: string): Promise<string> {
  const [row] = await tx
    .select({ incidentId: incidentUpdates.incidentId })
    .from(incidentUpdates)
    .where(eq(incidentUpdates.id, updateId));
  if (!row) throw unknownUpdate();
  return row.incidentId;
}

function unknownUpdate(): DomainError {
  return new DomainError('not_found', 'There is no such update. Open the incident again.');
}
