import { createHash } from 'node:crypto';
import { and, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  incidentUpdateRevisions,
  incidentUpdates,
  postmortemRevisions,
  type PostmortemText,
} from '#db/schema/index.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { RedactPostmortem, RedactUpdate } from './input.ts';
import { documentsAbout, lockedIncident } from './locked.ts';
import { findPostmortem } from './postmortems.ts';

/**
 * Takes out, for good, what an update said before a correction, because it discloses something: when it was corrected and why stays,
 * with this reason, and in the evidence its hash.
 *
 * @throws DomainError `forbidden` below owner; `not_found`; `conflict` when it is gone already; `invalid` by what the reason says.
 */
export async function redactUpdateCorrection(
  db: Database,
  owner: StaffMember,
  { updateId, number, reason }: RedactUpdate,
  now: Date,
): Promise<{ incidentId: string }> {
  assertRole(owner, 'owner');
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select({ incidentId: incidentUpdates.incidentId })
      .from(incidentUpdates)
      .where(eq(incidentUpdates.id, updateId));
    if (!row) throw new DomainError('not_found', 'There is no such update. Open the incident again.');
    const incident = await lockedIncident(tx, row.incidentId);
    const update = incident.updates.find(({ id }) => id === updateId);
    const correction = update?.corrections.find((each) => each.number === number);
    if (!correction) throw new DomainError('not_found', 'There is no such correction.');
    if (correction.redaction) throw gone();
    await refuseUnfitText(tx, [reason], incident.id);
    await tx
      .update(incidentUpdateRevisions)
      .set({ body: '', redactedAt: now, redactionReason: reason, redactedBy: owner.id })
      .where(and(eq(incidentUpdateRevisions.updateId, updateId), eq(incidentUpdateRevisions.number, number)));
    const details = { updateId, number, hash: sha256(correction.body), reason };
    const entry = { subject: `incident:${incident.id}`, actor: owner, details };
    await appendEvidence(tx, { kind: 'incident_update_redacted', ...entry }, now);
    await touch(tx, ['incidents', `incident:${incident.slug}`]);
    return { incidentId: incident.id };
  });
}

const emptyText: PostmortemText = {
  summary: '',
  whatHappened: '',
  whyItHappened: '',
  whatWeDid: '',
  whatWeChange: '',
  authorName: '',
  authorTitle: '',
};

/**
 * The same for what a post-mortem said before it was corrected.
 *
 * @throws DomainError as above; `conflict` also for what holds now, which is corrected first.
 */
export async function redactPostmortem(
  db: Database,
  owner: StaffMember,
  { incidentId, number, reason }: RedactPostmortem,
  now: Date,
): Promise<void> {
  assertRole(owner, 'owner');
  await db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, incidentId);
    const postmortem = await findPostmortem(tx, incident.id);
    const revision = postmortem?.revisions.find((each) => each.number === number);
    if (!revision) throw new DomainError('not_found', 'There is no such version.');
    if (revision === postmortem?.current) {
      throw new DomainError('conflict', 'This version is what holds now. Correct it first, then redact it.');
    }
    if (revision.redaction) throw gone();
    await refuseUnfitText(tx, [reason], incident.id);
    await tx
      .update(postmortemRevisions)
      .set({ text: emptyText, redactedAt: now, redactionReason: reason, redactedBy: owner.id })
      .where(and(eq(postmortemRevisions.incidentId, incident.id), eq(postmortemRevisions.number, number)));
    const details = { number, hash: sha256(JSON.stringify(Object.values(revision.text))), reason };
    const entry = { subject: `incident:${incident.id}`, actor: owner, details };
    await appendEvidence(tx, { kind: 'postmortem_redacted', ...entry }, now);
    await touch(tx, await documentsAbout(tx, incident));
  });
}

function gone(): DomainError {
  return new DomainError('conflict', 'This text has been taken out already.');
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
