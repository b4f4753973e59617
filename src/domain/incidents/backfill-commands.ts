import type { Database } from '#db/client.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { insertIncident } from './commands.ts';
import { addEntry, assertEntry, type Standing } from './entries.ts';
import type { BackfillIncident } from './input.ts';

/**
 * Adds an incident that nobody told in time, with the updates it should have had and what they say of the components at those
 * times: public at once, marked as added afterwards. Nobody is notified.
 *
 * @throws DomainError `invalid` unless the updates' times follow each other, after the start and before now; `conflict` for
 *   a step that is not allowed, and when the slug asked for is taken; `forbidden`.
 */
export async function backfillIncident(
  db: Database,
  actor: Actor,
  input: BackfillIncident,
  now: Date,
): Promise<{ id: string; slug: string }> {
  assertRole(actor, 'editor');
  assertInThePast(input, now);
  return db.transaction(async (tx) => {
    const { nature, impact, startedAt, updates } = input;
    const opened = await insertIncident(tx, { ...input, backfilledAt: now }, now);
    await refuseUnfitText(
      tx,
      updates.map(({ body }) => body),
      opened.id,
    );
    let incident: Standing = {
      id: opened.id,
      nature,
      impact,
      status: null,
      endedAt: null,
      publishedAt: null,
    };
    for (const { at, ...entry } of updates) {
      assertEntry(incident, entry);
      ({ incident } = await addEntry(tx, actor, incident, entry, { displayAt: at, now }));
    }
    const details = { slug: opened.slug, nature, impact, startedAt, updates: updates.length };
    const entry = { subject: `incident:${opened.id}`, actor, details };
    await appendEvidence(tx, { kind: 'incident_backfilled', ...entry }, now);
    await touch(tx, ['incidents', `incident:${opened.slug}`]);
    return opened;
  });
}

function assertInThePast({ startedAt, updates }: BackfillIncident, now: Date): void {
  if (updates.length === 0) throw invalid('Write at least one update: it says what happened.');
  let before = startedAt;
  for (const [index, { at, status }] of updates.entries()) {
    const name = `Update ${index + 1}`;
    if (at > now) throw invalid(`${name} lies in the future. What is added afterwards has happened.`);
    if (index === 0 ? at < before : at <= before) {
      const earlier = index === 0 ? 'before the incident began' : 'not after the one before it';
      throw invalid(`${name} is ${earlier}. Give the times in their order.`);
    }
    if (status === 'postmortem') {
      throw invalid(
        `${name} cannot be the post-mortem. Write it on the incident's page, and publish it there.`,
      );
    }
    before = at;
  }
}

function invalid(message: string): DomainError {
  return new DomainError('invalid', message);
}
