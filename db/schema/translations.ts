import { index, jsonb, pgTable, text, unique } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import { searchVector, stringsIn } from './search-vector.ts';

export const translatedNouns = ['statement', 'faq', 'notice'] as const;

/** Words in another language, each under the name of the part that it translates. */
export type TranslatedWords = Record<string, string>;

/** Belongs to one version of one text, and holds for no other. Never changed once it is public. */
export const translations = pgTable(
  'translations',
  {
    id: text('id').primaryKey(),
    noun: text('noun', { enum: translatedNouns }).notNull(),
    /** A statement's revision, a question with its version (`id:2`), a notice's revision. */
    versionId: text('version_id').notNull(),
    language: text('language').notNull(),
    words: jsonb('words').$type<TranslatedWords>().notNull(),
    translatorId: text('translator_id').notNull(),
    /** Everybody who has saved it: none of them may publish it. */
    writerIds: jsonb('writer_ids').$type<string[]>().notNull(),
    savedAt: moment('saved_at').notNull(),
    publishedAt: moment('published_at'),
    publisherId: text('publisher_id'),
    /** Its bytes, and SHA-256 (hex) of them: set when it is published. */
    canonical: text('canonical'),
    hash: text('hash'),
    searchVector: searchVector({
      A: `coalesce("words"->>'title', "words"->>'question', '')`,
      D: stringsIn('words', '$.*'),
    }),
  },
  (table) => [
    unique('translations_once').on(table.noun, table.versionId, table.language),
    index('translations_search').using('gin', table.searchVector),
  ],
);
