import { eq } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { incidents, incidentUpdates } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { slugOf } from '#src/text/slug.ts';
import { actorId, assertRole, type Actor } from '../actors.ts';
import { lockComponents, recordImpact } from '../components/commands.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { EditIncident, OpenIncident, PostIncidentUpdate } from './input.ts';
import { findIncidentBySlug, getIncident, type IncidentInFull } from './queries.ts';
import { canMoveTo, incidentStatusWords, nextStatuses } from './rules.ts';

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
    const details = { slug, nature, impact };
    await appendEvidence(tx, { kind: 'incident_opened', subject: `incident:${id}`, actor, details }, now);
    return { id, slug };
  });
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
    await refuseUnfitText(tx, [input.title], null);
    const { title, nature, impact, startedAt } = input;
    await tx
      .update(incidents)
      .set({ title, nature, impact, startedAt, updatedAt: now })
      .where(eq(incidents.id, incident.id));
  });
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
    // One at a time: what may follow depends on the update before.
    const incident = await lockedIncident(tx, input.incidentId);
    assertPostable(incident, input);
    await refuseUnfitText(tx, [input.body], incident.id);
    const changes = input.componentStatuses ?? [];
    await lockComponents(
      tx,
      changes.map(({ componentId }) => componentId),
    );

    const id = newId();
    const displayAt = nextMoment(incident, now);
    const { status, body } = input;
    await tx.insert(incidentUpdates).values({
      id,
      incidentId: incident.id,
      status,
      body,
      authorId: actorId(actor),
      displayAt,
      createdAt: now,
    });
    await tx
      .update(incidents)
      .set({
        impact: input.impact ?? incident.impact,
        publishedAt: incident.publishedAt ?? displayAt,
        updatedAt: displayAt,
      })
      .where(eq(incidents.id, incident.id));
    for (const change of changes) {
      await recordImpact(tx, actor, { ...change, incidentUpdateId: id }, displayAt);
    }
    const details = {
      updateId: id,
      before: incident.status,
      status,
      impact: input.impact ?? incident.impact,
    };
    await appendEvidence(
      tx,
      { kind: 'incident_updated', subject: `incident:${incident.id}`, actor, details },
      now,
    );
    await touch(tx, ['incidents']);
    return { id };
  });
}

async function lockedIncident(tx: Database, incidentId: string): Promise<IncidentInFull> {
  await tx.select({ id: incidents.id }).from(incidents).where(eq(incidents.id, incidentId)).for('update');
  return getIncident(tx, incidentId);
}

function assertPostable(
  incident: IncidentInFull,
  { status, componentStatuses = [] }: PostIncidentUpdate,
): void {
  if (!canMoveTo(incident.nature, incident.status, status)) {
    const allowed = nextStatuses(incident.nature, incident.status).map((next) => incidentStatusWords[next]);
    throw new DomainError(
      'conflict',
      `This ${incident.nature} incident is ${incident.status ? `at "${incidentStatusWords[incident.status]}"` : 'not public yet'} and cannot go to "${incidentStatusWords[status]}" from there. Choose ${allowed.join(', ')}.`,
    );
  }
  if (incident.nature === 'data' && componentStatuses.length > 0) {
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

/** Never the instant of the update before: the order of the times is the order of the timeline. */
function nextMoment({ updates: [newest] }: IncidentInFull, now: Date): Date {
  return newest && newest.displayAt >= now ? new Date(newest.displayAt.getTime() + 1) : now;
}
