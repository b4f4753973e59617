import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import {
  broadcasts,
  evidence,
  faqs,
  gateOverrides,
  pressVersions,
  site,
  statementDrafts,
  statementRevisions,
} from '#db/schema/index.ts';
import { draftFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { canonicalHash, canonicalText } from '#src/domain/statements/canonical.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import {
  draftCorrection,
  draftStatement,
  saveDraft,
  submitStatement,
} from '#src/domain/statements/draft-commands.ts';
import { getStatement, listStatements } from '#src/domain/statements/drafts.ts';
import { overrideCheck } from '#src/domain/statements/gate/review.ts';
import { findPublishedStatement, listPublishedStatements } from '#src/domain/statements/queries.ts';
import { statementState } from '#src/domain/statements/rules.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import {
  approvedStatement,
  completeText,
  desk,
  draftedStatement,
  evidenceKinds,
  importedList,
  later,
  now,
  publicUrl,
  type Desk,
} from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import type { Database } from '#db/client.ts';

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

async function publishedStatement(db: Database, people: Desk) {
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
async function correct(db: Database, people: Desk, statementId: string, summary: string, minutes: number) {
  const { version } = await draftCorrection(db, people.editor, { statementId }, later(minutes));
  const text = { ...completeText, summary };
  const changes = { statementId, version, text, changeSummary: 'The summary said too little.' };
  const saved = await saveDraft(db, people.editor, changes, later(minutes));
  const draft = { statementId, version: saved.version };
  await submitStatement(db, people.editor, draft, later(minutes));
  await approveStatement(db, people.approver, draft, later(minutes));
  return publishStatement(db, people.approver, { statementId, publicUrl }, later(minutes));
}

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
        languages: [],
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

describe('publishing', () => {
  test('makes the text public, chains it, and drafts the update to subscribers', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug, published } = await publishedStatement(db, people);
      const found = await findPublishedStatement(db, slug);
      expect(found).toMatchObject({
        id,
        current: {
          number: 1,
          kind: 'published',
          text: completeText,
          previousHash: null,
          publishedAt: later(10),
        },
      });
      expect(published.broadcasts.map(({ purpose }) => purpose)).toEqual(['update']);
      expect(await db.select().from(broadcasts)).toMatchObject([
        {
          purpose: 'update',
          state: 'draft',
          aboutKind: 'statement_revision',
          aboutId: found?.current.id,
          audience: { kind: 'subscribers', topic: 'statements' },
          draftedBy: people.approver.id,
          content: {
            title: completeText.title,
            summary: completeText.summary,
            permalink: `${publicUrl}/statements/${slug}/revisions/1`,
            byline: 'Ines Okafor, Chief Operating Officer · 4 November 2019, 09:10 UTC',
            html: expect.stringContaining('<h2>What you can do</h2>\n<ol>'),
            text: expect.stringContaining('What you can do\n---------------\n\n1. Delete the mail.'),
          },
        },
      ]);
      expect(await evidenceKinds(db)).toEqual([
        'incident_opened',
        'incident_updated',
        'statement_drafted',
        'statement_submitted',
        'statement_approved',
        'statement_published',
        'broadcast_drafted',
      ]);
      expect(await verifyEvidence(db)).toMatchObject({ ok: true, entries: 7 });
      const [version] = await db
        .select()
        .from(pressVersions)
        .where(eq(pressVersions.dependency, 'statements'));
      expect(version?.version).toBe(1);
      expect(await getStatement(db, id)).toMatchObject({ state: 'published', draft: null });
    }));

  test('with an imported list there is a second draft: the duty to everybody exposed', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, incident } = await approvedStatement(db, people);
      await importedList(db, incident.id);
      const { broadcasts: drafts } = await publishStatement(
        db,
        people.approver,
        { statementId: id, publicUrl },
        later(1),
      );
      expect(drafts.map(({ purpose }) => purpose)).toEqual(['duty', 'update']);
      const rows = await db
        .select({ purpose: broadcasts.purpose, audience: broadcasts.audience })
        .from(broadcasts);
      expect(rows).toContainEqual({
        purpose: 'duty',
        audience: { kind: 'exposed', incidentId: incident.id },
      });
    }));

  test('a list imported after the approval is held against the text once more', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, incident } = await approvedStatement(db, people, {
        summary: 'Customer data was not affected.',
      } as never);
      await importedList(db, incident.id);
      const publish = publishStatement(db, people.approver, { statementId: id, publicUrl }, later(1));
      await expect(publish).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('18,214'),
      });
      expect(await db.select().from(statementRevisions)).toEqual([]);
    }));

  test('is refused below approver, without an approval, twice, and while the incident is a draft', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await approvedStatement(db, people);
      const input = { statementId: id, publicUrl };
      await expect(publishStatement(db, people.editor, input, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await publishStatement(db, people.approver, input, now);
      await expect(publishStatement(db, people.approver, input, now)).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(
        publishStatement(db, people.approver, { ...input, statementId: 'nothing' }, now),
      ).rejects.toMatchObject({ code: 'not_found' });

      const hidden = await openIncident(
        db,
        people.editor,
        { title: 'Hidden', nature: 'data', impact: 'minor' },
        now,
      );
      const about = {
        incidentId: hidden.id,
        kind: 'first_account',
        title: 'About it',
        text: completeText,
      } as const;
      const early = await draftStatement(db, people.editor, about, now);
      const draft = { statementId: early.id, version: 1 };
      await submitStatement(db, people.editor, draft, now);
      const unapproved = publishStatement(db, people.approver, { ...input, statementId: early.id }, now);
      await expect(unapproved).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('approved'),
      });
      await approveStatement(db, people.approver, draft, now);
      const unannounced = publishStatement(db, people.approver, { ...input, statementId: early.id }, now);
      await expect(unannounced).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('first update'),
      });
    }));

  test('when the broadcast cannot be drafted nothing is published', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await approvedStatement(db, people);
      const before = await evidenceKinds(db);
      // The site's zone is not one: the byline of the broadcast cannot be written.
      await db.insert(site).values({
        name: 'S',
        legalEntity: '',
        contactEmail: '',
        pressContact: '',
        timeZone: 'Nowhere/At_All',
        language: 'en',
        languages: [],
        updatedAt: now,
      });
      await expect(
        publishStatement(db, people.approver, { statementId: id, publicUrl }, now),
      ).rejects.toThrow(RangeError);
      expect(await findPublishedStatement(db, slug)).toBeUndefined();
      expect(await db.select().from(broadcasts)).toEqual([]);
      expect(await db.select().from(statementDrafts)).toHaveLength(1);
      expect(await evidenceKinds(db)).toEqual(before);
      expect(await db.select().from(pressVersions).where(eq(pressVersions.dependency, 'statements'))).toEqual(
        [],
      );
    }));
});

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
      expect(found?.revisions[1]?.text).toEqual(completeText);
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
