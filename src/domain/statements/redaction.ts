import { and, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { statementRevisions, translations } from '#db/schema/index.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { lockedStatement } from './draft-commands.ts';
import type { RedactRevision } from './input.ts';
import type { Revision } from './queries.ts';
import { emptyText } from './rules.ts';

/**
 * Takes the text out of a revision that discloses something itself, and out of its translations, for good: its hash, its time and this reason stay.
 * What holds now is corrected or withdrawn first, so that readers are never left with nothing.
 *
 * @throws DomainError `forbidden` below owner; `not_found`; `conflict` when it still holds, or has been redacted.
 */
export async function redactRevision(
  db: Database,
  owner: StaffMember,
  input: RedactRevision,
  now: Date,
): Promise<void> {
  assertRole(owner, 'owner');
  await db.transaction(async (tx) => {
    const { id, slug, incident, revisions } = await lockedStatement(tx, input.statementId);
    const revision = revisions.find(({ number }) => number === input.number);
    if (!revision) throw new DomainError('not_found', 'There is no such revision.');
    if (revision === revisions[0]) {
      throw new DomainError(
        'conflict',
        'This revision is what holds now. Correct or withdraw the statement first, then redact it.',
      );
    }
    if (revision.redaction) throw new DomainError('conflict', 'This revision has been redacted already.');
    await refuseUnfitText(tx, [input.reason], incident.id);
    await tx
      .update(statementRevisions)
      .set({
        text: emptyText,
        changeSummary: '',
        redactedAt: now,
        redactionReason: input.reason,
        redactedBy: owner.id,
      })
      .where(eq(statementRevisions.id, revision.id));
    if (input.titleInstead !== undefined) {
      await redactTitle(tx, owner, revisions[0], { ...input, titleInstead: input.titleInstead }, now);
    }
    await tx
      .delete(translations)
      .where(and(eq(translations.noun, 'statement'), eq(translations.versionId, revision.id)));
    const details = {
      revision: revision.number,
      hash: revision.hash,
      reason: input.reason,
      ...(input.titleInstead !== undefined && { titleOf: revisions[0]?.number }),
    };
    const entry = { subject: `statement:${id}`, actor: owner, details };
    await appendEvidence(tx, { kind: 'statement_redacted', ...entry }, now);
    await touch(tx, [`statement:${slug}`]);
  });
}

/** A withdrawal has nothing but its title and its reason: the reason stays. */
async function redactTitle(
  tx: Database,
  owner: StaffMember,
  withdrawal: Revision | undefined,
  { titleInstead, reason }: { titleInstead: string; reason: string },
  now: Date,
): Promise<void> {
  if (withdrawal?.kind !== 'withdrawn') {
    throw new DomainError(
      'conflict',
      'The title of what holds now is corrected, or the statement withdrawn.',
    );
  }
  await tx
    .update(statementRevisions)
    .set({
      text: { ...withdrawal.text, title: titleInstead },
      redactedAt: now,
      redactionReason: reason,
      redactedBy: owner.id,
    })
    .where(eq(statementRevisions.id, withdrawal.id));
}
