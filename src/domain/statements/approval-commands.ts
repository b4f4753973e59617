import type { Database } from '#db/client.ts';
import { statementApprovals } from '#db/schema/index.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { lockedStatement, verdicts } from './draft-commands.ts';
import { assertGateOpen, assertVersion } from './gate/review.ts';
import type { DraftVersion } from './input.ts';

/**
 * Another person's yes to one version. Saying it twice is saying it once.
 *
 * @throws DomainError `forbidden` below approver, and for anybody who has written on it; `conflict` when it is not in review,
 *   has changed, or a check blocks.
 */
export async function approveStatement(
  db: Database,
  approver: StaffMember,
  input: DraftVersion,
  now: Date,
): Promise<void> {
  assertRole(approver, 'approver');
  await db.transaction(async (tx) => {
    const statement = await lockedStatement(tx, input.statementId);
    assertVersion(statement, input.version);
    if (statement.draft.writerIds.includes(approver.id)) {
      throw new DomainError(
        'forbidden',
        'You have written on this text, so somebody else has to approve it. Ask a colleague with the role approver.',
      );
    }
    if (!statement.draft.submittedAt) {
      throw new DomainError(
        'conflict',
        'This draft has not been submitted for review. Its author has to do that first.',
      );
    }
    const results = await assertGateOpen(tx, statement, input, now);
    const inserted = await tx
      .insert(statementApprovals)
      .values({
        statementId: statement.id,
        draftVersion: input.version,
        approverId: approver.id,
        approvedAt: now,
      })
      .onConflictDoNothing()
      .returning({ version: statementApprovals.draftVersion });
    if (inserted.length === 0) return;
    const details = { draftVersion: input.version, gate: verdicts(results) };
    const entry = { subject: `statement:${statement.id}`, actor: approver, details };
    await appendEvidence(tx, { kind: 'statement_approved', ...entry }, now);
  });
}
