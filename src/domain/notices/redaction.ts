import { and, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { noticeRevisions, translations } from '#db/schema/index.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { hashOf, lockedNotice } from './commands.ts';
import type { RedactNotice } from './input.ts';
import { listNoticeRevisions } from './queries.ts';

/**
 * Takes the words out of an earlier version that discloses something itself, and out of its translations, for good: its time and this
 * reason stay, and in the evidence its hash.
 *
 * @throws DomainError `forbidden` below owner; `not_found`; `conflict` when it still holds, or has been redacted.
 */
export async function redactNotice(
  db: Database,
  owner: StaffMember,
  { noticeId, number, reason }: RedactNotice,
  now: Date,
): Promise<void> {
  assertRole(owner, 'owner');
  await db.transaction(async (tx) => {
    const { id, slug } = await lockedNotice(tx, noticeId);
    const [current, ...older] = await listNoticeRevisions(tx, id);
    if (current?.number === number) {
      throw new DomainError(
        'conflict',
        'This version is what holds now. Correct or withdraw the notice first, then redact it.',
      );
    }
    const revision = older.find((each) => each.number === number);
    if (!revision) throw new DomainError('not_found', 'There is no such version.');
    if (revision.redaction) throw new DomainError('conflict', 'This version has been redacted already.');
    await refuseUnfitText(tx, [reason], null);
    await tx
      .update(noticeRevisions)
      .set({
        title: '',
        body: '',
        reason: '',
        redactedAt: now,
        redactionReason: reason,
        redactedBy: owner.id,
      })
      .where(eq(noticeRevisions.id, revision.id));
    await tx
      .delete(translations)
      .where(and(eq(translations.noun, 'notice'), eq(translations.versionId, revision.id)));
    const details = { revision: number, hash: hashOf(revision), reason };
    await appendEvidence(
      tx,
      { kind: 'notice_redacted', subject: `notice:${id}`, actor: owner, details },
      now,
    );
    await touch(tx, [`notice:${slug}`]);
  });
}
