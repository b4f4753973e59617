import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftCorrection, saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { approvedStatement, completeText, later, publicUrl, type Desk } from '#tests/support/desk.ts';
import type { Database } from '#db/client.ts';

/** Approved and published by the approver, ten minutes later. */
export async function publishedStatement(db: Database, people: Desk) {
  const statement = await approvedStatement(db, people);
  const published = await publishStatement(
    db,
    people.approver,
    { statementId: statement.id, publicUrl },
    later(10),
  );
  return { ...statement, published };
}

/** From a published statement to the next revision with these words. */
export async function correct(
  db: Database,
  people: Desk,
  statementId: string,
  summary: string,
  minutes: number,
) {
  const { version } = await draftCorrection(db, people.editor, { statementId }, later(minutes));
  const text = { ...completeText, summary };
  const changes = { statementId, version, text, changeSummary: 'The summary said too little.' };
  const saved = await saveDraft(db, people.editor, changes, later(minutes));
  const draft = { statementId, version: saved.version };
  await submitStatement(db, people.editor, draft, later(minutes));
  await approveStatement(db, people.approver, draft, later(minutes));
  return publishStatement(db, people.approver, { statementId, publicUrl }, later(minutes));
}
