import { inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { incidentUpdates, postmortemRevisions, type StatementText } from '#db/schema/index.ts';

/** By incident: of the update or post-mortem that fits best. */
export async function incidentBodies(db: Database, parts: readonly string[]): Promise<Map<string, string>> {
  const updates = await db
    .select({ incidentId: incidentUpdates.incidentId, body: incidentUpdates.body })
    .from(incidentUpdates)
    .where(inArray(incidentUpdates.id, [...parts]));
  const postmortems = await db
    .select({ incidentId: postmortemRevisions.incidentId, text: postmortemRevisions.text })
    .from(postmortemRevisions)
    .where(inArray(postmortemRevisions.id, [...parts]));
  const bodies = new Map(updates.map(({ incidentId, body }) => [incidentId, body]));
  for (const { incidentId, text } of postmortems) {
    const { summary, whatHappened, whyItHappened, whatWeDid, whatWeChange } = text;
    bodies.set(incidentId, paragraphs([summary, whatHappened, whyItHappened, whatWeDid, whatWeChange]));
  }
  return bodies;
}

/** What the search looks through in a statement. */
export function wholeStatement(text: StatementText): string {
  return paragraphs([
    text.summary,
    text.involved,
    text.notInvolved,
    text.whatHappened,
    text.delayReason,
    text.whatInformation,
    text.figuresNote,
    text.recipients,
    text.consequences,
    text.unknowns,
    text.whatWeAreDoing,
    ...(text.actions ?? []).map((action) => action.text),
    text.whatYouCanDo,
    ...(text.steps ?? []).flatMap(({ what, why }) => [what, why]),
    text.forMoreInformation,
  ]);
}

function paragraphs(texts: readonly (string | undefined)[]): string {
  return texts.filter(Boolean).join('\n\n');
}
