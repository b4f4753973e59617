import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { evidence, gateOverrides } from '#db/schema/index.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { getStatement } from '#src/domain/statements/drafts.ts';
import { overrideCheck } from '#src/domain/statements/gate/review.ts';
import {
  completeText,
  desk,
  draftedStatement,
  evidenceKinds,
  importedList,
  later,
  now,
} from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();

describe('a second pair of eyes', () => {
  test('the author cannot approve, whatever their role, nor anybody who has saved the draft', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await draftedStatement(db, { ...people, editor: people.owner });
      const save = { statementId: id, version: 1, text: completeText };
      await saveDraft(db, people.approver, save, now);
      const draft = { statementId: id, version: 2 };
      await submitStatement(db, people.owner, draft, now);
      await expect(approveStatement(db, people.owner, draft, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(approveStatement(db, people.approver, draft, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(approveStatement(db, people.editor, draft, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      expect((await getStatement(db, id)).state).toBe('in_review');
    }));

  test('what is approved is the version that was seen, once submitted', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await draftedStatement(db, people);
      const approve = (version: number) =>
        approveStatement(db, people.approver, { statementId: id, version }, now);
      await expect(approve(1)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('submitted'),
      });
      await saveDraft(db, people.editor, { statementId: id, version: 1, text: completeText }, now);
      await submitStatement(db, people.editor, { statementId: id, version: 2 }, now);
      await expect(approve(1)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('version 2'),
      });
      await approve(2);
      await approve(2);
      expect((await evidenceKinds(db)).filter((kind) => kind === 'statement_approved')).toHaveLength(1);
    }));

  test('a block stops the approval, with its figures; a written reason is kept and answers it for that version', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const summary = 'No personal information was disclosed.';
      const { id, incident } = await draftedStatement(db, people, { summary } as never);
      await importedList(db, incident.id);
      const draft = { statementId: id, version: 1 };
      await submitStatement(db, people.editor, draft, now);
      await expect(approveStatement(db, people.approver, draft, now)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(
          'The imported list, version 1, has 18,214 addresses of people who were shown to others; 15.2 % contain a name.',
        ),
      });
      const reason = 'The sentence quotes our first statement, which was wrong.';
      const override = { ...draft, check: 'contradiction', reason };
      await expect(overrideCheck(db, people.editor, override, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(
        overrideCheck(db, people.approver, { ...override, check: 'action' }, now),
      ).rejects.toMatchObject({ code: 'conflict' });
      await expect(
        overrideCheck(db, people.approver, { ...override, check: 'second_person' }, now),
      ).rejects.toMatchObject({ code: 'invalid' });
      await overrideCheck(db, people.approver, override, now);
      await approveStatement(db, people.approver, draft, now);
      expect(await db.select().from(gateOverrides)).toMatchObject([
        { check: 'contradiction', reason, draftVersion: 1 },
      ]);
      const [kept] = await db.select().from(evidence).where(eq(evidence.kind, 'gate_overridden'));
      expect(kept?.details).toMatchObject({ check: 'contradiction', reason });

      await saveDraft(db, people.editor, { ...draft, text: { ...completeText, summary } }, later(1));
      await submitStatement(db, people.editor, { statementId: id, version: 2 }, later(1));
      const again = approveStatement(db, people.approver, { statementId: id, version: 2 }, later(1));
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
    }));
});
