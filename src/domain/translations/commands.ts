import { createHash } from 'node:crypto';
import { and, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { translations } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { touch } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { getSite } from '../site/queries.ts';
import type { Words } from '../statements/words.ts';
import type { SaveTranslation, TranslationOf } from './input.ts';
import { listTranslations, type Translation } from './queries.ts';
import { findSource, type Source } from './sources.ts';

/**
 * Writes down, or replaces, a translation of a text as it is public now. Only staff see it until it is published.
 *
 * @throws DomainError `forbidden` below editor; `not_found`; `invalid` in a language that the site does not offer; `conflict` when
 *   the original has changed meanwhile, or this translation is public.
 */
export async function saveTranslation(
  db: Database,
  writer: StaffMember,
  input: SaveTranslation,
  now: Date,
): Promise<void> {
  assertRole(writer, 'editor');
  await db.transaction(async (tx) => {
    const source = await currentSource(tx, input);
    const { languages } = await getSite(tx);
    if (!languages.includes(input.language)) {
      throw new DomainError(
        'invalid',
        'The site is not offered in this language. Its settings say in which.',
      );
    }
    const before = await lockedTranslation(tx, input);
    if (before?.publishedAt) {
      throw new DomainError(
        'conflict',
        'This translation is public and does not change any more. A new version of the original gets a new one.',
      );
    }
    const words = Object.fromEntries(
      source.parts.flatMap(({ name }) => (input.words[name]?.trim() ? [[name, input.words[name]]] : [])),
    ) as SaveTranslation['words'];
    const writerIds = [...new Set([...(before?.writerIds ?? []), writer.id])];
    const { noun, versionId, language } = input;
    const row = { noun, versionId, language, words, writerIds, savedAt: now };
    await tx
      .insert(translations)
      .values({ id: newId(), translatorId: writer.id, ...row })
      .onConflictDoUpdate({
        target: [translations.noun, translations.versionId, translations.language],
        set: { words, writerIds, savedAt: now },
      });
  });
}

/**
 * Shows a translation in place of the original, on the pages of its language. `spoken` gives the words between those that were translated.
 *
 * @throws DomainError `forbidden` below approver, and for anybody who has written on it; `conflict` unless every part is translated, or
 *   when the original has changed; `invalid` when it shows somebody's address.
 */
export async function publishTranslation(
  db: Database,
  publisher: StaffMember,
  input: TranslationOf,
  spoken: Words,
  now: Date,
): Promise<{ hash: string }> {
  assertRole(publisher, 'approver');
  return db.transaction(async (tx) => {
    const source = await currentSource(tx, input);
    const translation = await lockedTranslation(tx, input);
    if (!translation) throw new DomainError('not_found', 'There is no such translation. Save it first.');
    assertPublishable(source, translation, publisher);
    const { noun, versionId, language } = input;
    await refuseUnfitText(tx, Object.values(translation.words), source.incidentId);
    const canonical = source.canonical(translation.words, language, spoken);
    const hash = createHash('sha256').update(canonical, 'utf8').digest('hex');
    await tx
      .update(translations)
      .set({ publishedAt: now, publisherId: publisher.id, canonical, hash })
      .where(eq(translations.id, translation.id));
    const entry = {
      subject: `${noun}:${input.id}`,
      actor: publisher,
      details: { versionId, language, hash },
    };
    await appendEvidence(tx, { kind: 'translation_published', ...entry }, now);
    await touch(tx, source.dependencies);
    return { hash };
  });
}

async function currentSource(tx: Database, { noun, id, versionId }: TranslationOf): Promise<Source> {
  const source = await findSource(tx, noun, id);
  if (!source) throw new DomainError('not_found', 'There is nothing public to translate here.');
  if (source.versionId === versionId) return source;
  throw new DomainError(
    'conflict',
    'The original has changed since you opened it. Copy your words, open the translation again and go on from the new text.',
  );
}

async function lockedTranslation(
  tx: Database,
  { noun, versionId, language }: TranslationOf,
): Promise<Translation | undefined> {
  await tx
    .select({ id: translations.id })
    .from(translations)
    .where(and(eq(translations.noun, noun), eq(translations.versionId, versionId)))
    .for('update');
  return (await listTranslations(tx, { noun, versionId })).find((each) => each.language === language);
}

function assertPublishable(
  { parts }: Source,
  { words, writerIds, publishedAt }: Translation,
  publisher: StaffMember,
) {
  if (publishedAt) throw new DomainError('conflict', 'This translation is public already.');
  const missing = parts.filter(({ name }) => !words[name]);
  if (missing.length > 0) {
    throw new DomainError('conflict', `Not translated yet: ${missing.map(({ label }) => label).join(', ')}.`);
  }
  if (writerIds.includes(publisher.id)) {
    throw new DomainError(
      'forbidden',
      'You have written on this translation, so somebody else has to publish it. Ask a colleague with the role approver.',
    );
  }
}
