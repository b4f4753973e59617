import type { Database } from '#db/client.ts';
import type { Faq } from '../faqs/queries.ts';
import type { PublishedNotice } from '../notices/queries.ts';
import type { PublishedStatement, Revision, StatementEntry } from '../statements/queries.ts';
import { translatedText } from '../statements/translated.ts';
import { findPublishedTranslation, listPublishedTranslations, type Translation } from './queries.ts';
import { faqVersionId, type TranslatedNoun } from './sources.ts';

/** In which language a text stands on a page, and whether that is what the reader asked for. */
export type Reading<Shown> = {
  shown: Shown;
  /** BCP 47, of the words that are shown. */
  language: string;
  /** BCP 47, of the original. */
  original: string;
  state: 'original' | 'translated' | 'pending';
  translation?: Translation;
};

type ShownRevision = Pick<Revision, 'text' | 'changeSummary'>;

/** One revision as a page in that language shows it: translated where exactly this revision is, in the original otherwise. */
export async function readRevision(
  db: Database,
  { language: original }: Pick<PublishedStatement, 'language'>,
  revision: Revision,
  wanted: string,
): Promise<Reading<ShownRevision>> {
  const { text, changeSummary, redaction, kind } = revision;
  if (sameLanguage(original, wanted) || redaction || kind === 'withdrawn') {
    return { shown: { text, changeSummary }, language: original, original, state: 'original' };
  }
  const version = { noun: 'statement', versionId: revision.id, language: wanted } as const;
  const translation = await findPublishedTranslation(db, version);
  if (!translation) return { shown: { text, changeSummary }, language: original, original, state: 'pending' };
  const { words } = translation;
  const shown = { text: translatedText(text, words), changeSummary: words['changeSummary'] ?? changeSummary };
  return { shown, language: wanted, original, state: 'translated', translation };
}

type Listed = Pick<StatementEntry, 'revisionId' | 'language' | 'state' | 'title'> &
  Partial<Pick<StatementEntry, 'summary' | 'text' | 'changeSummary'>>;

/**
 * Statements in a list as a page in that language shows them, in the same order: translated where exactly what holds now is; in the
 * original otherwise, and where it was withdrawn.
 */
export async function readStatements<Shown extends Listed>(
  db: Database,
  statements: readonly Shown[],
  wanted: string,
): Promise<Shown[]> {
  const versionIds = statements
    .filter(({ language, state }) => state !== 'withdrawn' && !sameLanguage(language, wanted))
    .map(({ revisionId }) => revisionId);
  const found = await listPublishedTranslations(db, { noun: 'statement', versionIds, language: wanted });
  return statements.map((statement) => {
    const words = found.get(statement.revisionId)?.words;
    if (!words) return statement;
    const { text } = statement;
    const lines = ['title', 'summary', 'changeSummary'].filter((name) => name in statement && words[name]);
    return {
      ...statement,
      ...Object.fromEntries(lines.map((name) => [name, words[name]])),
      ...(text && { text: translatedText(text, words) }),
      language: wanted,
    };
  });
}

/** Questions as a page in that language shows them, in the same order. */
export async function readFaqs(
  db: Database,
  faqs: readonly Faq[],
  { original, wanted }: { original: string; wanted: string },
): Promise<(Faq & { reading: Omit<Reading<never>, 'shown'> })[]> {
  const found = await listFor(db, 'faq', faqs.map(faqVersionId), { original, wanted });
  return faqs.map((faq) => {
    const { translation, ...reading } = readingOf(found.get(faqVersionId(faq)), { original, wanted });
    const {
      question = faq.question,
      answer = faq.answer,
      category = faq.category,
    } = translation?.words ?? {};
    return { ...faq, question, answer, category, reading };
  });
}

/** Notices as a page in that language shows them, in the same order. */
export async function readNotices<
  Shown extends Pick<PublishedNotice, 'revisionId' | 'state' | 'title'> &
    Partial<Pick<PublishedNotice, 'body' | 'reason'>>,
>(
  db: Database,
  notices: readonly Shown[],
  { original, wanted }: { original: string; wanted: string },
): Promise<(Shown & { reading: Omit<Reading<never>, 'shown'> })[]> {
  const ids = notices.map(({ revisionId }) => revisionId);
  const found = await listFor(db, 'notice', ids, { original, wanted });
  return notices.map((notice) => {
    if (notice.state === 'withdrawn') {
      return { ...notice, reading: { language: original, original, state: 'original' } };
    }
    const { translation, ...reading } = readingOf(found.get(notice.revisionId), { original, wanted });
    const { title = notice.title, body = notice.body, reason = notice.reason } = translation?.words ?? {};
    return {
      ...notice,
      title,
      ...(notice.body !== undefined && { body }),
      ...(notice.reason !== undefined && { reason }),
      reading,
    };
  });
}

type Languages = { original: string; wanted: string };

async function listFor(
  db: Database,
  noun: TranslatedNoun,
  versionIds: readonly string[],
  { original, wanted }: Languages,
): Promise<ReadonlyMap<string, Translation>> {
  if (sameLanguage(original, wanted)) return new Map();
  return listPublishedTranslations(db, { noun, versionIds, language: wanted });
}

function readingOf(translation: Translation | undefined, { original, wanted }: Languages) {
  if (translation) return { language: wanted, original, state: 'translated' as const, translation };
  const state = sameLanguage(original, wanted) ? ('original' as const) : ('pending' as const);
  return { language: original, original, state, translation: undefined };
}

/** es and es-MX are read by the same people. */
export function sameLanguage(one: string, another: string): boolean {
  return new Intl.Locale(one).language === new Intl.Locale(another).language;
}
