import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidents } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { slugOf } from '#src/text/slug.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { addEntry, assertEntry } from './entries.ts';
import type { EditIncident, OpenIncident, PostIncidentUpdate } from './input.ts';
import { documentsAbout, lockedIncident } from './locked.ts';
import { promisingDocuments } from './promising.ts';
import { findPostmortem } from './postmortems.ts';
import { findIncidentBySlug, type IncidentInFull } from './queries.ts';

/**
 * Opens an incident as a draft that only staff see. Its first update publishes it.
 *
 * @throws DomainError `conflict` when the slug asked for is taken; `forbidden`.
 */
export async function openIncident(
  db: Database,
  actor: Actor,
  /** An import names the id beforehand: the key of the incident's list is named after it. */
  input: OpenIncident & { id?: string },
  now: Date,
): Promise<{ id: string; slug: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    const opened = await insertIncident(tx, input, now);
    const { nature, impact } = input;
    const details = { slug: opened.slug, nature, impact };
    await appendEvidence(
      tx,
      { kind: 'incident_opened', subject: `incident:${opened.id}`, actor, details },
      now,
    );
    return opened;
  });
}

/** A draft's row, in the caller's transaction. */
export async function insertIncident(
  tx: Database,
  input: OpenIncident & { id?: string; backfilledAt?: Date },
  now: Date,
): Promise<{ id: string; slug: string }> {
  await refuseUnfitText(tx, [input.title], null);
  const id = input.id ?? newId();
  const slug = input.slug === undefined ? await freeSlug(tx, input.title, id) : input.slug;
  const { title, nature, impact } = input;
  const inserted = await tx
    .insert(incidents)
    .values({
      id,
      slug,
      title,
      nature,
      impact,
      startedAt: input.startedAt ?? now,
      backfilledAt: input.backfilledAt ?? null,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning({ id: incidents.id });
  if (inserted.length === 0) {
    throw new DomainError(
      'conflict',
      `There is already an incident called "${slug}". Open that one, or choose another name.`,
    );
  }
  return { id, slug };
}

async function freeSlug(tx: Database, title: string, id: string): Promise<string> {
  const slug = slugOf(title);
  return (await findIncidentBySlug(tx, slug)) ? `${slug}-${id.slice(0, 5)}` : slug;
}

/**
 * Puts right what a draft says. Its address stays.
 *
 * @throws DomainError `not_found`; `conflict` once it is public: then an update says what is different; `forbidden`.
 */
export async function editIncident(
  db: Database,
  actor: Actor,
  input: EditIncident,
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, input.incidentId);
    if (incident.publishedAt) {
      throw new DomainError(
        'conflict',
        'This incident is public and does not change silently. Post an update that says what is different.',
      );
    }
    await refuseUnfitText(tx, [input.title], incident.id);
    const { title, nature, impact, startedAt } = input;
    await tx
      .update(incidents)
      .set({ title, nature, impact, startedAt, updatedAt: now })
      .where(eq(incidents.id, incident.id));
  });
}

/**
 * Throws a draft away. What was public stays.
 *
 * @throws DomainError `not_found`; `conflict` once it is public, and while a list, a statement or a question rests on it;
 *   `forbidden`.
 */
export async function discardIncident(
  db: Database,
  actor: Actor,
  { incidentId }: { incidentId: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'editor');
  await db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, incidentId);
    if (incident.publishedAt) {
      throw new DomainError('conflict', 'This incident is public and stays. Post an update that ends it.');
    }
    const entry = { subject: `incident:${incident.id}`, actor, details: { slug: incident.slug } };
    await appendEvidence(tx, { kind: 'incident_discarded', ...entry }, now);
    await tx
      .delete(incidents)
      .where(eq(incidents.id, incident.id))
      .catch((error: unknown) => {
        if (!isStillNeeded(error)) throw error;
        throw new DomainError(
          'conflict',
          'An imported list, a statement or a question belongs to this draft, so it cannot be discarded. Give them to another incident first.',
        );
      });
  });
}

const FOREIGN_KEY_VIOLATION = '23503';

function isStillNeeded(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (
    typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === FOREIGN_KEY_VIOLATION
  );
}

/**
 * Adds a dated entry to the timeline, with what it says of the components; the first one publishes the incident.
 *
 * @throws DomainError `not_found`; `conflict` when the incident cannot go there from where it is; `invalid`; `forbidden`.
 */
export async function postIncidentUpdate(
  db: Database,
  actor: Actor,
  input: PostIncidentUpdate,
  now: Date,
): Promise<{ id: string }> {
  assertRole(actor, 'editor');
  return db.transaction(async (tx) => {
    const incident = await lockedIncident(tx, input.incidentId);
    assertEntry(incident, input);
    if (input.status === 'postmortem' && !(await findPostmortem(tx, incident.id))) {
      throw new DomainError(
        'conflict',
        'There is no post-mortem yet. Publishing it moves the incident there.',
      );
    }
    // A list may have come after the title was written.
    const texts = incident.publishedAt ? [input.body] : [incident.title, input.body];
    await refuseUnfitText(tx, texts, incident.id);
    const posted = await addEntry(tx, actor, incident, input, { displayAt: nextMoment(incident, now), now });
    const details = {
      updateId: posted.id,
      before: incident.status,
      status: input.status,
      impact: posted.incident.impact,
    };
    await appendEvidence(
      tx,
      { kind: 'incident_updated', subject: `incident:${incident.id}`, actor, details },
      now,
    );
    const promising = await promisingDocuments(tx, incident.id);
    await touch(tx, [...(await documentsAbout(tx, incident)), ...promising]);
    return { id: posted.id };
  });
}

/** Never the instant of the update before: the order of the times is the order of the timeline. */
export function nextMoment({ updates: [newest] }: IncidentInFull, now: Date): Date {
  return newest && newest.displayAt >= now ? new Date(newest.displayAt.getTime() + 1) : now;
}
