import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { evidence, pressVersions } from '#db/schema/index.ts';
import {
  discardFaq,
  draftFaq,
  editFaq,
  publishFaq,
  putFaqsUnderReview,
  unpublishFaq,
} from '#src/domain/faqs/commands.ts';
import { getFaq, listFaqs, listPublicFaqs } from '#src/domain/faqs/queries.ts';
import { grouped } from '#src/domain/faqs/rules.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftStatement, submitStatement } from '#src/domain/statements/draft-commands.ts';
import {
  completeText,
  desk,
  evidenceKinds,
  importedList,
  later,
  now,
  publicIncident,
  publicUrl,
} from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

describe('questions on the page', () => {
  const incident = { slug: 'leak', title: 'A leak' };
  const faq = (category: string, about: typeof incident | null) => ({ category, incident: about });

  test('stand by incident, then what concerns none; in each by category, with anchors', () => {
    const faqs = [
      faq('Prices', null),
      faq('About you', incident),
      faq('What happened', incident),
      faq('About you', incident),
    ];
    expect(
      grouped(faqs).map(({ id, incident: about, categories }) => [
        id,
        about?.title,
        categories.map((category) => [category.id, category.faqs.length]),
      ]),
    ).toEqual([
      [
        'leak',
        'A leak',
        [
          ['leak-about-you', 2],
          ['leak-what-happened', 1],
        ],
      ],
      ['general', undefined, [['general-prices', 1]]],
    ]);
  });

  test('of nothing there is no group', () => {
    expect(grouped([])).toEqual([]);
  });
});

const store = await testStore();
const money = { category: 'About you', question: 'Is my money safe?', answer: 'Yes.' };

describe('questions', () => {
  test('a draft is for staff only; published it is public, with when it was last reviewed', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftFaq(db, editor, money, now);
      expect(await listPublicFaqs(db)).toEqual([]);
      expect(await listFaqs(db)).toHaveLength(1);
      await publishFaq(db, approver, { faqId: id }, later(1));
      expect(await listPublicFaqs(db)).toMatchObject([{ ...money, incident: null, reviewedAt: later(1) }]);
      expect(await evidenceKinds(db)).toEqual(['faq_published']);
      expect(await db.select().from(pressVersions)).toEqual([{ dependency: 'faqs', version: 1 }]);
    }));

  test('about an incident that is a draft it waits for the incident', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const hidden = await openIncident(
        db,
        people.editor,
        { title: 'Hidden', nature: 'data', impact: 'minor' },
        now,
      );
      const shown = await publicIncident(db, people);
      for (const incidentId of [hidden.id, shown.id]) {
        const { id } = await draftFaq(db, people.editor, { ...money, incidentId }, now);
        await publishFaq(db, people.approver, { faqId: id }, now);
      }
      expect((await listPublicFaqs(db)).map(({ incident }) => incident?.slug)).toEqual([shown.slug]);
      expect(await listPublicFaqs(db, { incidentId: hidden.id })).toEqual([]);
    }));

  test('under review it stays public and says so, until somebody finds it right', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const incident = await publicIncident(db, people);
      const { id } = await draftFaq(db, people.editor, { ...money, incidentId: incident.id }, now);
      await publishFaq(db, people.approver, { faqId: id }, now);
      await putFaqsUnderReview(db, incident.id, later(1));
      expect(await listPublicFaqs(db)).toMatchObject([{ state: 'under_review', reviewedAt: now }]);
      await publishFaq(db, people.approver, { faqId: id }, later(2));
      expect(await listPublicFaqs(db)).toMatchObject([{ state: 'published', reviewedAt: later(2) }]);
    }));

  test('an editor changes drafts, and an approver what is public', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftFaq(db, editor, money, now);
      const change = { ...money, faqId: id, position: 3, answer: 'Yes, all of it.' };
      await editFaq(db, editor, change, later(1));
      await publishFaq(db, approver, { faqId: id }, later(2));
      await expect(editFaq(db, editor, change, later(3))).rejects.toMatchObject({ code: 'forbidden' });
      await editFaq(db, approver, { ...change, answer: 'Yes. All of it.' }, later(4));
      expect(await getFaq(db, id)).toMatchObject({
        answer: 'Yes. All of it.',
        state: 'published',
        reviewedAt: later(4),
      });
      await expect(publishFaq(db, editor, { faqId: id }, now)).rejects.toMatchObject({ code: 'forbidden' });
    }));

  test('an answer that contradicts the imported list, or shows an address, is not published', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const incident = await publicIncident(db, people);
      await importedList(db, incident.id);
      const publish = async (question: string, answer: string, category = 'A') => {
        const { id } = await draftFaq(
          db,
          people.editor,
          { category, question, answer, incidentId: incident.id },
          now,
        );
        return publishFaq(db, people.approver, { faqId: id }, now);
      };
      await expect(publish('Was personal information disclosed?', 'No.')).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('18,214'),
      });
      await expect(publish('Whom can I ask?', 'anna@people.example')).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(publish('Whom can I ask?', 'Us.', 'anna@people.example')).rejects.toMatchObject({
        code: 'invalid',
      });
      await publish('Was personal information disclosed?', 'Yes, your email address.');
      expect(await listPublicFaqs(db)).toHaveLength(1);
    }));

  test('a draft can be thrown away, and what has been public cannot', () =>
    inRollback(store, async (db) => {
      const { viewer, editor, approver } = await desk(db);
      const { id } = await draftFaq(db, editor, money, now);
      await expect(discardFaq(db, viewer, { faqId: id }, now)).rejects.toMatchObject({ code: 'forbidden' });
      await discardFaq(db, editor, { faqId: id }, now);
      expect(await listFaqs(db)).toEqual([]);
      expect(await evidenceKinds(db)).toEqual(['faq_discarded']);
      await expect(discardFaq(db, editor, { faqId: id }, now)).rejects.toMatchObject({ code: 'not_found' });
      const shown = await draftFaq(db, editor, money, now);
      await publishFaq(db, approver, { faqId: shown.id }, now);
      const discard = discardFaq(db, editor, { faqId: shown.id }, now);
      await expect(discard).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('a change of words makes a new version, another place does not', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await draftFaq(db, editor, money, now);
      await editFaq(db, editor, { ...money, faqId: id, position: 9 }, now);
      expect((await getFaq(db, id)).version).toBe(1);
      await editFaq(db, editor, { ...money, faqId: id, position: 9, answer: 'Yes!' }, now);
      expect((await getFaq(db, id)).version).toBe(2);
    }));

  test('a change of public words leaves a trace: their hashes before and after, and the day', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftFaq(db, editor, money, now);
      await publishFaq(db, approver, { faqId: id }, later(1));
      await editFaq(db, approver, { ...money, faqId: id, position: 9 }, later(2));
      expect(await getFaq(db, id)).toMatchObject({ changedAt: null });
      await editFaq(db, approver, { ...money, faqId: id, position: 9, answer: 'Yes!' }, later(3));
      expect(await getFaq(db, id)).toMatchObject({ changedAt: later(3), reviewedAt: later(3) });
      const rows = await db.select().from(evidence).where(eq(evidence.kind, 'faq_changed'));
      expect(rows).toHaveLength(1);
      const { before, after } = rows[0]?.details ?? {};
      expect([before, after]).toEqual([
        expect.stringMatching(/^[0-9a-f]{64}$/),
        expect.stringMatching(/^[0-9a-f]{64}$/),
      ]);
      expect(before).not.toBe(after);
    }));

  test('an approver takes it off the page with a reason; it is kept, and can be put back', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftFaq(db, editor, money, now);
      const unpublish = (by = approver) =>
        unpublishFaq(db, by, { faqId: id, reason: 'It named somebody.' }, later(2));
      await expect(unpublish()).rejects.toMatchObject({ code: 'conflict' });
      await publishFaq(db, approver, { faqId: id }, later(1));
      await expect(unpublish(editor)).rejects.toMatchObject({ code: 'forbidden' });
      await unpublish();
      expect(await listPublicFaqs(db)).toEqual([]);
      expect(await evidenceKinds(db)).toEqual(['faq_published', 'faq_unpublished']);
      await expect(discardFaq(db, editor, { faqId: id }, now)).rejects.toMatchObject({ code: 'conflict' });
      await publishFaq(db, approver, { faqId: id }, later(3));
      expect(await listPublicFaqs(db)).toMatchObject([{ publishedAt: later(1) }]);
    }));

  test.each(['correction', 'withdrawal', 'further_account'] as const)(
    'a new statement of the kind %s puts them under review where it puts something right',
    (kind) =>
      inRollback(store, async (db) => {
        const people = await desk(db);
        const incident = await publicIncident(db, people);
        const { id } = await draftFaq(db, people.editor, { ...money, incidentId: incident.id }, now);
        await publishFaq(db, people.approver, { faqId: id }, now);
        const input = { incidentId: incident.id, kind, title: completeText.title, text: completeText };
        const drafted = await draftStatement(db, people.editor, input, now);
        const draft = { statementId: drafted.id, version: drafted.version };
        await submitStatement(db, people.editor, draft, now);
        await approveStatement(db, people.approver, draft, now);
        const done = { statementId: drafted.id, publicUrl };
        await publishStatement(db, people.approver, done, later(1));
        const state = kind === 'further_account' ? 'published' : 'under_review';
        expect(await getFaq(db, id)).toMatchObject({ state });
      }),
  );
});
