import type { StatementText } from '#db/schema/index.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftCorrection, saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import { publishTranslation, saveTranslation } from '#src/domain/translations/commands.ts';
import { findSource, type TranslatedNoun } from '#src/domain/translations/sources.ts';
import { textWords } from '#src/words/statements.ts';
import type { TestSite } from './site.ts';
import type { Story } from './story.ts';

/** The story's statement, corrected to this text by the writer and published by the owner. */
export async function correctStatement(site: TestSite, story: Story, text: StatementText, why: string) {
  const { db, settings } = site.app;
  const { writer, owner } = { writer: story.writer.member, owner: story.owner.member };
  const { mailFrom, publicUrl } = settings;
  const now = site.app.now();
  const found = await findPublishedStatement(db, story.statementSlug);
  if (!found) throw new Error('The story has no statement.');
  const statementId = found.id;
  const { version } = await draftCorrection(db, writer, { statementId }, now);
  const saved = await saveDraft(db, writer, { statementId, version, text, changeSummary: why }, now);
  const draft = { statementId, version: saved.version, mailFrom };
  await submitStatement(db, writer, draft, now);
  await approveStatement(db, owner, draft, now);
  await publishStatement(db, owner, { statementId, publicUrl, mailFrom, draftBroadcasts: false }, now);
  return statementId;
}

/** Offers the site in Spanish, too. */
export async function offerSpanish(site: TestSite, story: Story): Promise<void> {
  const { id: _, ...before } = { id: 1, ...(await getSite(site.app.db)) };
  await editSite(site.app.db, story.owner.member, { ...before, languages: ['es'] }, site.app.now());
}

/** A published Spanish translation in which every part says that it is one. */
export async function translateToSpanish(site: TestSite, story: Story, noun: TranslatedNoun, id: string) {
  const { db, messages } = site.app;
  const source = await findSource(db, noun, id);
  if (!source) throw new Error('There is nothing to translate.');
  const words = Object.fromEntries(source.parts.map(({ name, source }) => [name, `ES: ${source}`]));
  const of = { noun, id, versionId: source.versionId, language: 'es' };
  const now = site.app.now();
  await saveTranslation(db, story.writer.member, { ...of, words }, now);
  return publishTranslation(db, story.owner.member, of, textWords(messages.in('es')), now);
}
