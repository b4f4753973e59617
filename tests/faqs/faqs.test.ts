import { describe, expect, test } from 'vitest';
import { pressVersions } from '#db/schema/index.ts';
import { draftFaq, editFaq, publishFaq, putFaqsUnderReview } from '#src/domain/faqs/commands.ts';
import { getFaq, listFaqs, listPublicFaqs } from '#src/domain/faqs/queries.ts';
import { grouped } from '#src/domain/faqs/rules.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { desk, evidenceKinds, importedList, later, now, publicIncident } from '#tests/support/desk.ts';
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
});
