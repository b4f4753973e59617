import { describe, expect, test } from 'vitest';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftStatement, saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { getStatement, listStatements } from '#src/domain/statements/drafts.ts';
import { findPublishedStatement, listPublishedStatements } from '#src/domain/statements/queries.ts';
import { statementState } from '#src/domain/statements/rules.ts';
import {
  approvedStatement,
  completeText,
  desk,
  draftedStatement,
  later,
  now,
  publicUrl,
} from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

describe('where a statement is', () => {
  test.each([
    [null, null, 'draft'],
    [{ submittedAt: null, approved: false }, null, 'draft'],
    [{ submittedAt: null, approved: true }, null, 'draft'],
    [{ submittedAt: now, approved: false }, null, 'in_review'],
    [{ submittedAt: now, approved: true }, null, 'approved'],
    [null, 'published', 'published'],
    [null, 'withdrawn', 'withdrawn'],
    [{ submittedAt: null, approved: false }, 'published', 'draft'],
  ] as const)('draft %j, public %s: %s', (draft, current, state) => {
    expect(statementState(draft, current)).toBe(state);
  });
});

const store = await testStore();

describe('writing a statement', () => {
  test('a draft begins with who writes it, in the language of the site, and is not public', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const incident = await openIncident(
        db,
        people.editor,
        { title: 'A leak', nature: 'data', impact: 'major' },
        now,
      );
      const input = { incidentId: incident.id, kind: 'apology', title: 'We are sorry' } as const;
      const { id, slug } = await draftStatement(db, people.editor, input, now);
      expect(slug).toBe('we-are-sorry');
      expect(await getStatement(db, id)).toMatchObject({
        state: 'draft',
        language: 'en',
        revisions: [],
        draft: {
          version: 1,
          authorId: people.editor.id,
          text: { title: 'We are sorry', authorName: 'Tom Reuter' },
        },
      });
      expect(await findPublishedStatement(db, slug)).toBeUndefined();
      expect(await listPublishedStatements(db, { limit: 10 })).toEqual([]);
      expect(await listStatements(db)).toMatchObject([
        { title: 'We are sorry', state: 'draft', by: 'Tom Reuter' },
      ]);
    }));

  test('saving names the version that was edited; an older one is a conflict that says what to do', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await draftedStatement(db, people);
      const save = (version: number, summary: string) =>
        saveDraft(
          db,
          people.editor,
          { statementId: id, version, text: { ...completeText, summary } },
          later(1),
        );
      expect(await save(1, 'First.')).toEqual({ version: 2 });
      await expect(save(1, 'Second.')).rejects.toMatchObject({
        code: 'conflict',
        message:
          'Somebody saved this draft while you were writing: it is at version 2, and yours began at 1. Nothing of yours was saved. Copy your text, open the draft again and put your changes in.',
      });
      expect((await getStatement(db, id)).draft?.text.summary).toBe('First.');
    }));

  test('saving takes a draft out of the review, and its approval does not cover the new text', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await approvedStatement(db, people);
      await saveDraft(db, people.editor, { statementId: id, version: 1, text: completeText }, later(1));
      expect(await getStatement(db, id)).toMatchObject({
        state: 'draft',
        draft: { approval: null, submittedAt: null },
      });
      const publish = publishStatement(db, people.approver, { statementId: id, publicUrl }, later(2));
      await expect(publish).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('submitting shows what the gate says and enforces nothing yet', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await draftedStatement(db, people, { whatYouCanDo: '' } as never);
      const results = await submitStatement(db, people.editor, { statementId: id, version: 1 }, now);
      expect(results.filter(({ verdict }) => verdict === 'block').map(({ check }) => check)).toEqual([
        'headings',
        'action',
      ]);
      expect((await getStatement(db, id)).state).toBe('in_review');
      expect(await listStatements(db, { states: ['in_review'] })).toHaveLength(1);
      expect(await listStatements(db, { states: ['approved'] })).toEqual([]);
    }));
});
