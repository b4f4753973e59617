import { describe, expect, test } from 'vitest';
import { broadcasts, faqs } from '#db/schema/index.ts';
import { draftFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { canonicalHash, canonicalText } from '#src/domain/statements/canonical.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import { draftCorrection, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { getStatement } from '#src/domain/statements/drafts.ts';
import { findPublishedStatement, listPublishedStatements } from '#src/domain/statements/queries.ts';
import {
  approvedStatement,
  completeText,
  desk,
  draftedStatement,
  evidenceKinds,
  later,
  now,
  publicUrl,
} from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { correct, publishedStatement } from './support.ts';

const store = await testStore();

describe('correcting and withdrawing', () => {
  test('a correction is a new revision that names the hash before it; the old one stays', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug, incident } = await publishedStatement(db, people);
      await correct(db, people, id, 'It was 18 mails.', 20);
      await correct(db, people, id, 'It was 18 mails of 20.', 30);
      const found = await findPublishedStatement(db, slug);
      expect(found?.revisions.map(({ number, kind, text }) => [number, kind, text.summary])).toEqual([
        [3, 'corrected', 'It was 18 mails of 20.'],
        [2, 'corrected', 'It was 18 mails.'],
        [1, 'published', completeText.summary],
      ]);
      const chain = [...(found?.revisions ?? [])].reverse();
      let previousHash: string | null = null;
      for (const revision of chain) {
        const canonical = canonicalText({ ...revision, incidentId: incident.id, language: 'en' });
        expect(revision.previousHash).toBe(previousHash);
        expect(revision.hash).toBe(canonicalHash(canonical));
        previousHash = revision.hash;
      }
      expect(await listPublishedStatements(db, { limit: 10, incidentId: incident.id })).toMatchObject([
        {
          slug,
          state: 'corrected',
          publishedAt: later(10),
          changedAt: later(30),
          summary: 'It was 18 mails of 20.',
        },
      ]);
    }));

  test('an old approval never covers a new text', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publishedStatement(db, people);
      const { version } = await draftCorrection(db, people.editor, { statementId: id }, later(20));
      expect(version).toBe(2);
      expect((await getStatement(db, id)).draft?.approval).toBeNull();
    }));

  test('a correction without a word about the change is blocked', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publishedStatement(db, people);
      const { version } = await draftCorrection(db, people.editor, { statementId: id }, later(20));
      const draft = { statementId: id, version };
      await submitStatement(db, people.editor, draft, later(20));
      await expect(approveStatement(db, people.approver, draft, later(20))).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('nobody says why'),
      });
    }));

  test('a second draft is refused while one is being written, and one of what was never published', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const draft = await draftedStatement(db, people);
      const again = (statementId: string) => draftCorrection(db, people.editor, { statementId }, later(20));
      await expect(again(draft.id)).rejects.toMatchObject({ code: 'conflict' });
      const { id } = await publishedStatement(db, people);
      await again(id);
      await expect(again(id)).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('questions that rest on the statement go under review and stay public', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, incident } = await publishedStatement(db, people);
      const ask = async (incidentId: string | null, question: string) => {
        const faq = await draftFaq(
          db,
          people.editor,
          { category: 'About you', question, answer: 'Yes.', incidentId },
          now,
        );
        await publishFaq(db, people.approver, { faqId: faq.id }, now);
      };
      await ask(incident.id, 'About this?');
      await ask(null, 'About nothing?');
      await correct(db, people, id, 'It was 18 mails.', 20);
      const states = await db
        .select({ question: faqs.question, state: faqs.state })
        .from(faqs)
        .orderBy(faqs.position);
      expect(states).toEqual([
        { question: 'About this?', state: 'under_review' },
        { question: 'About nothing?', state: 'published' },
      ]);
    }));

  test('a withdrawal takes the place of the text, with its reason; the text stays among the revisions', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publishedStatement(db, people);
      const reason = 'It named a system that had no part in it.';
      await withdrawStatement(db, people.approver, { statementId: id, reason, publicUrl }, later(20));
      const found = await findPublishedStatement(db, slug);
      expect(found?.current).toMatchObject({ number: 2, kind: 'withdrawn', changeSummary: reason });
      expect(found?.revisions[1]?.text).toMatchObject(completeText);
      expect(found?.current.previousHash).toBe(found?.revisions[1]?.hash);
      expect((await evidenceKinds(db)).slice(-2)).toEqual(['statement_withdrawn', 'broadcast_drafted']);
      const [, told] = await db
        .select({ content: broadcasts.content })
        .from(broadcasts)
        .orderBy(broadcasts.draftedAt);
      expect(told?.content).toMatchObject({
        title: `Withdrawn: ${completeText.title}`,
        text: `Reason: ${reason}`,
      });
    }));

  test('withdrawing is refused below approver, twice, and of what was never published', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const draft = await draftedStatement(db, people);
      const { id } = await publishedStatement(db, people);
      const withdraw = (statementId: string, who = people.approver) =>
        withdrawStatement(
          db,
          who,
          { statementId, reason: 'It was wrong in its main point.', publicUrl },
          later(20),
        );
      await expect(withdraw(draft.id)).rejects.toMatchObject({ code: 'conflict' });
      await expect(withdraw(id, people.editor)).rejects.toMatchObject({ code: 'forbidden' });
      await withdraw(id);
      await expect(withdraw(id)).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('a withdrawn statement can come back, corrected', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publishedStatement(db, people);
      const reason = 'It was wrong in its main point.';
      await withdrawStatement(db, people.approver, { statementId: id, reason, publicUrl }, later(20));
      await correct(db, people, id, 'Now it is right.', 30);
      expect((await findPublishedStatement(db, slug))?.current).toMatchObject({
        number: 3,
        kind: 'corrected',
      });
    }));

  test('whoever publishes can leave the mail out', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await approvedStatement(db, people);
      const input = { statementId: id, publicUrl, draftBroadcasts: false };
      expect((await publishStatement(db, people.approver, input, now)).broadcasts).toEqual([]);
      expect(await db.select().from(broadcasts)).toEqual([]);
    }));
});
