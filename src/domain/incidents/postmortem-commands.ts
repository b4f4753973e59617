import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidents, postmortemDrafts, postmortemRevisions } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { nextMoment } from './commands.ts';
import { addEntry } from './entries.ts';
import type { PublishPostmortem, SavePostmortem } from './input.ts';
import { documentsAbout, lockedIncident } from './locked.ts';
import {
  findPostmortem,
  findPostmortemDraft,
  postmortemSections,
  type PostmortemText,
} from './postmortems.ts';
import type { IncidentInFull } from './queries.ts';
import { isEnded } from './rules.ts';

/**
 * Keeps the working text of an incident's post-mortem. Only staff see it.
 *
 * @throws DomainError `not_found`; `conflict` when somebody has saved it since, or the incident is not public; `forbidden`.
 */
export async function savePostmortem(
  db: Database,
  author: StaffMember,
  { incidentId, version, text, changeSummary }: SavePostmortem,
  now: Date,
): Promise<{ version: number }> {
  assertRole(author, 'editor');
  return db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, incidentId);
    if (!incident.publishedAt) {
      throw new DomainError('conflict', 'This incident is not public yet. Post its first update before.');
    }
    const draft = await findPostmortemDraft(tx, incident.id);
    assertNewest(draft?.version ?? 0, version);
    const writerIds = [...new Set([...(draft?.writerIds ?? []), author.id])];
    const saved = { version: version + 1, text, changeSummary, writerIds, savedAt: now };
    await tx
      .insert(postmortemDrafts)
      .values({ incidentId: incident.id, ...saved })
      .onConflictDoUpdate({ target: postmortemDrafts.incidentId, set: saved });
    return { version: saved.version };
  });
}

/**
 * Makes the post-mortem public, or its correction: what it said before stays. A service incident moves on to it; a data
 * incident stays closed.
 *
 * @throws DomainError `not_found`; `conflict` while the incident is open, or when somebody has saved it since; `invalid` when something is
 *   missing, and by what it says; `forbidden` below approver, and for anybody who has written on it.
 */
export async function publishPostmortem(
  db: Database,
  publisher: StaffMember,
  { incidentId, version, publicUrl }: PublishPostmortem,
  now: Date,
): Promise<{ slug: string; number: number }> {
  assertRole(publisher, 'approver');
  return db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, incidentId);
    const draft = await findPostmortemDraft(tx, incident.id);
    if (!draft) throw new DomainError('not_found', 'There is no draft of a post-mortem. Write it first.');
    assertNewest(draft.version, version);
    assertOver(incident);
    if (draft.writerIds.includes(publisher.id)) {
      throw new DomainError(
        'forbidden',
        'You have written on this post-mortem, so somebody else has to publish it. Ask a colleague with the role approver.',
      );
    }
    const before = await findPostmortem(tx, incident.id);
    assertComplete(draft.text, draft.changeSummary, before !== undefined);
    await refuseUnfitText(tx, [...Object.values(draft.text), draft.changeSummary], incident.id);

    const number = (before?.current.number ?? 0) + 1;
    await tx.insert(postmortemRevisions).values({
      id: newId(),
      incidentId: incident.id,
      number,
      text: draft.text,
      changeSummary: before ? draft.changeSummary : '',
      publisherId: publisher.id,
      publishedAt: now,
    });
    await tx.delete(postmortemDrafts).where(eq(postmortemDrafts.incidentId, incident.id));
    await tx.update(incidents).set({ updatedAt: now }).where(eq(incidents.id, incident.id));
    if (!before && incident.nature === 'service') {
      const body = `${draft.text.summary}\n\n<${publicUrl}/incidents/${incident.slug}/post-mortem>`;
      const displayAt = nextMoment(incident, now);
      await addEntry(tx, publisher, incident, { status: 'postmortem', body }, { displayAt, now });
    }
    const kind = before ? 'postmortem_corrected' : 'postmortem_published';
    const details = { number, writers: draft.writerIds, ...(before && { reason: draft.changeSummary }) };
    await appendEvidence(tx, { kind, subject: `incident:${incident.id}`, actor: publisher, details }, now);
    await touch(tx, await documentsAbout(tx, incident));
    return { slug: incident.slug, number };
  });
}

function assertNewest(version: number, asked: number): void {
  if (version === asked) return;
  throw new DomainError(
    'conflict',
    'Somebody has saved this post-mortem since you opened it. Open it again and put your words in.',
  );
}

function assertOver({ status }: IncidentInFull): void {
  if (isEnded(status)) return;
  throw new DomainError(
    'conflict',
    'A post-mortem comes when the incident is over. Post the update that ends it first.',
  );
}

const TITLES: Readonly<Record<(typeof postmortemSections)[number], string>> = {
  whatHappened: '“What happened”',
  whyItHappened: '“Why it happened”',
  whatWeDid: '“What we did”',
  whatWeChange: '“What we change”',
};

function assertComplete(text: PostmortemText, changeSummary: string, isCorrection: boolean): void {
  const missing = [
    ...(text.summary ? [] : ['a summary']),
    ...postmortemSections.filter((section) => !text[section]).map((section) => TITLES[section]),
    ...(text.authorName && text.authorTitle ? [] : ['who says it, with their role']),
    ...(isCorrection && !changeSummary ? ['what changes and why'] : []),
  ];
  if (missing.length === 0) return;
  throw new DomainError(
    'invalid',
    `Still missing: ${missing.join(', ')}. Write it, or say that it is not known.`,
  );
}
