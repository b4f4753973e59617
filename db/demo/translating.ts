import type { App } from '#src/app.ts';
import type { TranslatedWords } from '#db/schema/index.ts';
import type { StaffMember } from '#src/domain/actors.ts';
import { publishTranslation, saveTranslation } from '#src/domain/translations/commands.ts';
import { findSource, type TranslatedNoun } from '#src/domain/translations/sources.ts';
import { formatDay } from '#src/text/dates.ts';
import { textWords } from '#src/words/statements.ts';
import { spanishFaqs, spanishStatement } from './spanish.ts';
import * as story from './story.ts';

const LANGUAGE = 'es';

type Translated = { app: App; leakedAt: Date; writer: StaffMember; publisher: StaffMember };

/** The statement and the first questions in Spanish; the other questions wait, and say so. */
export async function translate(
  told: Translated,
  { statementId, faqIds }: { statementId: string; faqIds: readonly string[] },
): Promise<void> {
  const day = formatDay(told.leakedAt, story.site.timeZone, LANGUAGE).text;
  await publish(told, 'statement', statementId, spanishStatement(day));
  for (const [index, words] of spanishFaqs.entries()) {
    const id = faqIds[index];
    if (id) await publish(told, 'faq', id, words);
  }
}

async function publish(
  { app, writer, publisher }: Translated,
  noun: TranslatedNoun,
  id: string,
  words: TranslatedWords,
): Promise<void> {
  const { db, messages } = app;
  const now = new Date(app.now().getTime() - 30 * 60_000);
  const source = await findSource(db, noun, id);
  if (!source) throw new Error('The demonstration translates something that is not public.');
  const translation = { noun, id, versionId: source.versionId, language: LANGUAGE };
  await saveTranslation(db, writer, { ...translation, words }, now);
  await publishTranslation(db, publisher, translation, textWords(messages.in(LANGUAGE)), now);
}
