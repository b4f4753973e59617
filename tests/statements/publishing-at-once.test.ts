import { expect, test } from 'vitest';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { saveDraft } from '#src/domain/statements/draft-commands.ts';
import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import {
  approvedStatement,
  completeText,
  desk,
  draftedStatement,
  later,
  publicUrl,
} from '#tests/support/desk.ts';
import { testStore } from '#tests/support/database.ts';

const { db } = await testStore();

test('of two people who publish at once one does, and the other is told', async () => {
  const people = await desk(db);
  const { id, slug } = await approvedStatement(db, people);
  const publish = () => publishStatement(db, people.approver, { statementId: id, publicUrl }, later(1));
  const outcomes = await Promise.allSettled([publish(), publish()]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'conflict' },
  });
  expect((await findPublishedStatement(db, slug))?.revisions).toHaveLength(1);
});

test('of two people who save at once one does, and the other’s text is not lost without a word', async () => {
  const people = await desk(db);
  const { id } = await draftedStatement(db, people);
  const save = (summary: string) =>
    saveDraft(
      db,
      people.editor,
      { statementId: id, version: 1, text: { ...completeText, summary } },
      later(1),
    );
  const outcomes = await Promise.allSettled([save('One.'), save('Two.')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});
