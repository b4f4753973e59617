import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { draftFaq, editFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { listPublicFaqs } from '#src/domain/faqs/queries.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { unnamedSite } from '#src/domain/site/queries.ts';
import { englishWords } from '#src/domain/statements/words.ts';
import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import { publishTranslation, saveTranslation } from '#src/domain/translations/commands.ts';
import { readFaqs, readRevision } from '#src/domain/translations/reading.ts';
import { findSource, type TranslatedNoun } from '#src/domain/translations/sources.ts';
import { desk, evidenceKinds, importedList, later, now, type Desk } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { correct, publishedStatement } from '../statements/support.ts';

const store = await testStore();
const spoken = englishWords({ moment: (iso) => iso, day: (day) => day });

async function inSpanish(db: Database, people: Desk) {
  await editSite(db, people.owner, { ...unnamedSite, languages: ['es'] }, now);
}

async function translate(db: Database, people: Desk, noun: TranslatedNoun, id: string, leftOut = '') {
  const source = await findSource(db, noun, id);
  const of = { noun, id, versionId: source?.versionId ?? '', language: 'es' };
  const parts = source?.parts.filter(({ name }) => name !== leftOut) ?? [];
  const words = Object.fromEntries(parts.map(({ name, source }) => [name, `Es: ${source}`]));
  await saveTranslation(db, people.editor, { ...of, words }, now);
  return { of, words };
}

const read = async (db: Database, slug: string, wanted: string, number = 1) => {
  const statement = await findPublishedStatement(db, slug);
  const revision = statement?.revisions.find((each) => each.number === number);
  if (!statement || !revision) throw new Error('There is no such revision.');
  return readRevision(db, statement, revision, wanted);
};

describe('a translation', () => {
  test('is shown once another person has published it; until then the original is, as pending', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      await inSpanish(db, people);
      const { id, slug } = await publishedStatement(db, people);
      expect(await read(db, slug, 'en')).toMatchObject({ state: 'original', language: 'en' });
      expect(await read(db, slug, 'es')).toMatchObject({ state: 'pending', language: 'en' });
      const { of } = await translate(db, people, 'statement', id);
      expect(await read(db, slug, 'es')).toMatchObject({ state: 'pending' });
      await expect(publishTranslation(db, people.editor, of, spoken, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      const { hash } = await publishTranslation(db, people.approver, of, spoken, now);
      const shown = await read(db, slug, 'es');
      expect(shown).toMatchObject({ state: 'translated', language: 'es', translation: { hash } });
      expect(shown.shown.text.whatHappened).toMatch(/^Es: /);
      expect(shown.translation?.canonical).toContain('Language: es\n');
      expect((await evidenceKinds(db)).at(-1)).toBe('translation_published');
    }));

  test('belongs to one revision: the next one is pending again', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      await inSpanish(db, people);
      const { id, slug } = await publishedStatement(db, people);
      const { of, words } = await translate(db, people, 'statement', id);
      await publishTranslation(db, people.approver, of, spoken, now);
      await correct(db, people, id, 'A better summary.', 20);
      expect(await read(db, slug, 'es', 2)).toMatchObject({ state: 'pending', language: 'en' });
      expect(await read(db, slug, 'es', 1)).toMatchObject({ state: 'translated' });
      const late = saveTranslation(db, people.editor, { ...of, words }, later(30));
      await expect(late).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('has changed'),
      });
    }));

  test('does not change once it is public, and is not published with gaps or by who wrote it', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      await inSpanish(db, people);
      const { id } = await publishedStatement(db, people);
      const { of, words } = await translate(db, people, 'statement', id, 'summary');
      await expect(publishTranslation(db, people.approver, of, spoken, now)).rejects.toMatchObject({
        code: 'conflict',
        message: 'Not translated yet: Summary.',
      });
      await saveTranslation(db, people.approver, { ...of, words: { ...words, summary: 'Sí.' } }, now);
      await expect(publishTranslation(db, people.approver, of, spoken, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await publishTranslation(db, people.owner, of, spoken, now);
      await expect(saveTranslation(db, people.editor, { ...of, words }, now)).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(publishTranslation(db, people.owner, of, spoken, now)).rejects.toMatchObject({
        code: 'conflict',
      });
    }));

  test('is refused in a language the site does not offer, and with somebody’s address in it', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      await inSpanish(db, people);
      const { id, incident } = await publishedStatement(db, people);
      await importedList(db, incident.id);
      const { of, words } = await translate(db, people, 'statement', id);
      const french = saveTranslation(db, people.editor, { ...of, language: 'fr', words }, now);
      await expect(french).rejects.toMatchObject({ code: 'invalid' });
      await saveTranslation(
        db,
        people.editor,
        { ...of, words: { ...words, summary: 'ana@gente.example' } },
        now,
      );
      await expect(publishTranslation(db, people.approver, of, spoken, now)).rejects.toMatchObject({
        code: 'invalid',
      });
    }));

  test('of a question holds until its words change', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      await inSpanish(db, people);
      const faq = { category: 'You', question: 'Is my money safe?', answer: 'Yes.' };
      const { id } = await draftFaq(db, people.editor, faq, now);
      expect(await findSource(db, 'faq', id)).toBeUndefined();
      await publishFaq(db, people.approver, { faqId: id }, now);
      const { of } = await translate(db, people, 'faq', id);
      await publishTranslation(db, people.approver, of, spoken, now);
      const languages = { original: 'en', wanted: 'es' };
      const shown = async () => (await readFaqs(db, await listPublicFaqs(db), languages))[0];
      expect(await shown()).toMatchObject({
        answer: 'Es: Yes.',
        category: 'Es: You',
        reading: { state: 'translated' },
      });
      await editFaq(db, people.approver, { ...faq, faqId: id, position: 5 }, later(1));
      expect(await shown()).toMatchObject({ answer: 'Es: Yes.' });
      await editFaq(db, people.approver, { ...faq, faqId: id, position: 5, answer: 'Yes, all.' }, later(2));
      expect(await shown()).toMatchObject({
        answer: 'Yes, all.',
        reading: { state: 'pending', language: 'en' },
      });
    }));
});
