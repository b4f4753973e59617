import { z } from 'zod';
import { translatedNouns, type TranslatedWords } from '#db/schema/index.ts';
import { subjectId } from '../form-fields.ts';
import type { TranslatedNoun } from './sources.ts';

/** What the screen of a translation is about; the words come beside it, one field a part. */
export const translationForm = z.object({
  noun: z.enum(translatedNouns),
  id: subjectId,
  /** The version that was on the screen. */
  versionId: z.string().max(60),
  language: z.string().max(35),
});

/** As long as the longest original, and half as long again. */
export const TRANSLATED_MAX = 30_000;

export type TranslationOf = { noun: TranslatedNoun; id: string; versionId: string; language: string };
export type SaveTranslation = TranslationOf & { words: TranslatedWords };
