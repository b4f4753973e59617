import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { evidence, statementRevisions, translations } from '#db/schema/index.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { withdrawStatement } from '#src/domain/statements/commands.ts';
import { canonicalTextOf, findPublishedStatement } from '#src/domain/statements/queries.ts';
import { redactRevision } from '#src/domain/statements/redaction.ts';
import { newId } from '#src/text/ids.ts';
import { completeText, desk, later, now, publicUrl } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { correct, publishedStatement } from './support.ts';

const store = await testStore();
const reason = 'It named somebody who is not concerned.';

describe('redacting a revision', () => {
  test('takes its text and its translations; hash, time and reason stay, and the chain holds', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publishedStatement(db, people);
      await correct(db, people, id, 'A better summary.', 20);
      const before = await findPublishedStatement(db, slug);
      const first = before?.revisions[1];
      await db.insert(translations).values({
        id: newId(),
        noun: 'statement',
        versionId: first?.id ?? '',
        language: 'es',
        words: { title: 'Lo mismo' },
        translatorId: people.editor.id,
        writerIds: [people.editor.id],
        savedAt: now,
      });
      await redactRevision(db, people.owner, { statementId: id, number: 1, reason }, later(30));
      const found = await findPublishedStatement(db, slug);
      const redacted = found?.revisions[1];
      expect(redacted).toMatchObject({
        number: 1,
        hash: first?.hash,
        publishedAt: first?.publishedAt,
        redaction: { at: later(30), reason },
      });
      expect(found?.current.previousHash).toBe(first?.hash);
      const rows = await db.select().from(statementRevisions).where(eq(statementRevisions.number, 1));
      expect(JSON.stringify(rows)).not.toContain(completeText.whatHappened);
      expect(await db.select().from(translations)).toEqual([]);
      const text = found && redacted ? canonicalTextOf(found, redacted) : '';
      expect(text).toContain(`Hash: ${first?.hash}\n`);
      expect(text).toContain(`Reason: ${reason}\n`);
      const [kept] = await db.select().from(evidence).where(eq(evidence.kind, 'statement_redacted'));
      expect(kept?.details).toMatchObject({ revision: 1, hash: first?.hash, reason });
      expect(await verifyEvidence(db)).toMatchObject({ ok: true });
    }));

  test('is for owners, once, and never for what holds now', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publishedStatement(db, people);
      const redact = (number: number, by = people.owner) =>
        redactRevision(db, by, { statementId: id, number, reason }, later(30));
      await expect(redact(1)).rejects.toMatchObject({ code: 'conflict' });
      await correct(db, people, id, 'A better summary.', 20);
      await expect(redact(1, people.approver)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(redact(2)).rejects.toMatchObject({ code: 'conflict' });
      await expect(redact(7)).rejects.toMatchObject({ code: 'not_found' });
      await redact(1);
      await expect(redact(1)).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('a reason that shows an address itself is refused', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publishedStatement(db, people);
      await correct(db, people, id, 'A better summary.', 20);
      const told = {
        statementId: id,
        number: 1,
        reason: 'It named anna@people.example, who is not concerned.',
      };
      await expect(redactRevision(db, people.owner, told, later(30))).rejects.toMatchObject({
        code: 'invalid',
      });
    }));

  test('after a withdrawal nothing of the text is left in the withdrawal either', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publishedStatement(db, people);
      await withdrawStatement(db, people.approver, { statementId: id, reason, publicUrl }, later(20));
      await redactRevision(db, people.owner, { statementId: id, number: 1, reason }, later(30));
      const found = await findPublishedStatement(db, slug);
      expect(JSON.stringify(found)).not.toContain(completeText.whatHappened);
      expect(found?.current.text.title).toBe(completeText.title);
    }));

  test('of a withdrawn statement takes a title that discloses something, and leaves the reason', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await publishedStatement(db, people);
      await correct(db, people, id, 'A better summary.', 15);
      const titleInstead = 'A statement';
      const input = { statementId: id, number: 1, reason, titleInstead };
      const early = redactRevision(db, people.owner, input, later(16));
      await expect(early).rejects.toMatchObject({ code: 'conflict' });
      const why = 'Its title named somebody.';
      await withdrawStatement(db, people.approver, { statementId: id, reason: why, publicUrl }, later(20));
      await redactRevision(db, people.owner, { ...input, number: 2 }, later(30));
      await redactRevision(db, people.owner, { statementId: id, number: 1, reason }, later(31));
      const found = await findPublishedStatement(db, slug);
      expect(JSON.stringify(found)).not.toContain(completeText.title);
      expect(found?.current).toMatchObject({ kind: 'withdrawn', text: { title: titleInstead } });
      const text = found ? canonicalTextOf(found, found.current) : '';
      expect(text).toContain(`Reason: ${why}\n`);
      expect(text).toContain(`Hash: ${found?.current.hash}\n`);
    }));
});
