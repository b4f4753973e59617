import { and, eq, inArray, isNotNull } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { translations, type TranslatedWords } from '#db/schema/index.ts';
import type { TranslatedNoun } from './sources.ts';

const AT_ONCE = 1000;

export type Translation = {
  id: string;
  versionId: string;
  language: string;
  words: TranslatedWords;
  writerIds: readonly string[];
  savedAt: Date;
  /** Null while it is a draft. */
  publishedAt: Date | null;
  canonical: string | null;
  hash: string | null;
};

/** The public translation of exactly this version; never one of a version before. */
export async function findPublishedTranslation(
  db: Database,
  { noun, versionId, language }: { noun: TranslatedNoun; versionId: string; language: string },
): Promise<Translation | undefined> {
  const found = await listPublishedTranslations(db, { noun, versionIds: [versionId], language });
  return found.get(versionId);
}

/** By version. At most 1,000. */
export async function listPublishedTranslations(
  db: Database,
  { noun, versionIds, language }: { noun: TranslatedNoun; versionIds: readonly string[]; language: string },
): Promise<ReadonlyMap<string, Translation>> {
  if (versionIds.length === 0) return new Map();
  const rows = await select(db)
    .where(
      and(
        eq(translations.noun, noun),
        inArray(translations.versionId, [...versionIds]),
        eq(translations.language, language),
        isNotNull(translations.publishedAt),
      ),
    )
    .limit(AT_ONCE);
  return new Map(rows.map((row) => [row.versionId, row]));
}

/** For staff: drafts included, of one version. At most one a language. */
export async function listTranslations(
  db: Database,
  { noun, versionId }: { noun: TranslatedNoun; versionId: string },
): Promise<Translation[]> {
  return select(db)
    .where(and(eq(translations.noun, noun), eq(translations.versionId, versionId)))
    .orderBy(translations.language)
    .limit(AT_ONCE);
}

function select(db: Database) {
  return db
    .select({
      id: translations.id,
      versionId: translations.versionId,
      language: translations.language,
      words: translations.words,
      writerIds: translations.writerIds,
      savedAt: translations.savedAt,
      publishedAt: translations.publishedAt,
      canonical: translations.canonical,
      hash: translations.hash,
    })
    .from(translations);
}
