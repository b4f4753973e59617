import type { Database } from '#db/client.ts';
import { gateOverrides } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type StaffMember } from '../../actors.ts';
import { DomainError } from '../../errors.ts';
import { appendEvidence } from '../../evidence/commands.ts';
import { findListFacts } from '../../exposures/queries.ts';
import { getSite } from '../../site/queries.ts';
import { ownAddresses } from '../../site/rules.ts';
import { getStatement, type Draft, type Statement } from '../drafts.ts';
import type { GateSettings, OverrideCheck } from '../input.ts';
import { runGate, standingBlocks } from './checks.ts';
import type { CheckResult } from './facts.ts';

export type DraftedStatement = Statement & { draft: Draft };

/** Runs the gate over the draft as it is now, against the facts as they are now. */
export async function reviewDraft(
  db: Database,
  statement: DraftedStatement,
  { mailFrom }: GateSettings,
  now: Date,
): Promise<CheckResult[]> {
  const { draft } = statement;
  return runGate(draft.text, {
    kind: statement.kind,
    language: statement.language,
    writerIds: draft.writerIds,
    approverId: draft.approval?.approverId ?? null,
    isCorrection: statement.revisions.length > 0,
    changeSummary: draft.changeSummary,
    list: await findListFacts(db, statement.incident.id),
    ownAddresses: ownAddresses(await getSite(db), mailFrom),
    now,
  });
}

/** @throws DomainError `conflict` with what blocks and its figures, unless each block has its written reason. */
export async function assertGateOpen(
  tx: Database,
  statement: DraftedStatement,
  settings: GateSettings,
  now: Date,
): Promise<CheckResult[]> {
  const results = await reviewDraft(tx, statement, settings, now);
  const blocks = standingBlocks(
    results,
    statement.draft.overrides.map(({ check }) => check),
  );
  if (blocks.length > 0) {
    throw new DomainError(
      'conflict',
      `This text cannot be published yet. ${blocks.map(({ sentence }) => sentence).join(' ')}`,
    );
  }
  return results;
}

/**
 * Writes down why one version of a draft may be published although a check blocks. The reason is kept for good.
 *
 * @throws DomainError `forbidden` below approver; `conflict` when the draft has changed or nothing blocks; `invalid` for the
 *   second person, whom no reason replaces.
 */
export async function overrideCheck(
  db: Database,
  staff: StaffMember,
  input: OverrideCheck,
  now: Date,
): Promise<void> {
  assertRole(staff, 'approver');
  await db.transaction(async (tx) => {
    const statement = await getStatement(tx, input.statementId);
    const { version, check, reason } = input;
    assertVersion(statement, version);
    const blocked = (await reviewDraft(tx, statement, input, now)).find(
      (result) => result.check === check && result.verdict === 'block',
    );
    if (check === 'second_person') {
      throw new DomainError(
        'invalid',
        'A second person cannot be replaced by a reason. Ask a colleague to approve.',
      );
    }
    if (!blocked)
      throw new DomainError('conflict', 'This check does not block the draft. There is nothing to override.');
    await tx.insert(gateOverrides).values({
      id: newId(),
      statementId: statement.id,
      draftVersion: version,
      check,
      reason,
      staffId: staff.id,
      createdAt: now,
    });
    const entry = {
      subject: `statement:${statement.id}`,
      actor: staff,
      details: { draftVersion: version, check, reason },
    };
    await appendEvidence(tx, { kind: 'gate_overridden', ...entry }, now);
  });
}

/** @throws DomainError `conflict` when there is no draft, or when it has been saved since. */
export function assertVersion(statement: Statement, version: number): asserts statement is DraftedStatement {
  const { draft } = statement;
  if (!draft)
    throw new DomainError(
      'conflict',
      'There is no draft of this statement: it has been published meanwhile. Open it again.',
    );
  if (draft.version === version) return;
  throw new DomainError(
    'conflict',
    `The draft has been saved since you opened it: it is at version ${draft.version}, and you have version ${version}. Open it again and look at what changed.`,
  );
}
