import type { Database } from '#db/client.ts';
import { translatedNouns, type TranslatedWords } from '#db/schema/index.ts';
import type { Dependency } from '../editions.ts';
import { findFaq } from '../faqs/queries.ts';
import { findNotice, listNoticeRevisions } from '../notices/queries.ts';
import { canonicalText } from '../statements/canonical.ts';
import { findStatement } from '../statements/drafts.ts';
import { partsOfRevision, translatedText, type TextPart } from '../statements/translated.ts';
import type { Words } from '../statements/words.ts';
import { getSite } from '../site/queries.ts';

export { translatedNouns };
export type TranslatedNoun = (typeof translatedNouns)[number];

/** A public text as it is now: what a translation is made from, and belongs to. */
export type Source = {
  noun: TranslatedNoun;
  id: string;
  /** Names the version: a translation of another one does not hold. */
  versionId: string;
  /** What it is written in. */
  language: string;
  title: string;
  parts: readonly TextPart[];
  incidentId: string | null;
  dependencies: readonly Dependency[];
  /** The bytes of a translation into that language. */
  canonical(words: TranslatedWords, language: string, spoken: Words): string;
};

/** Undefined while there is nothing public to translate. */
export async function findSource(
  db: Database,
  noun: TranslatedNoun,
  id: string,
): Promise<Source | undefined> {
  const found = await finders[noun](db, id);
  return found && { noun, id, ...found };
}

export function faqVersionId(faq: { id: string; version: number }): string {
  return `${faq.id}:${faq.version}`;
}

type Found = Omit<Source, 'noun' | 'id'>;

const finders: Readonly<Record<TranslatedNoun, (db: Database, id: string) => Promise<Found | undefined>>> = {
  async statement(db, id) {
    const statement = await findStatement(db, id);
    const current = statement?.revisions[0];
    if (!statement || !current || current.kind === 'withdrawn') return undefined;
    return {
      versionId: current.id,
      language: statement.language,
      title: current.text.title,
      parts: partsOfRevision(current),
      incidentId: statement.incident.id,
      dependencies: ['statements', `statement:${statement.slug}`],
      canonical: (words, language, spoken) =>
        canonicalText({
          ...current,
          text: translatedText(current.text, words),
          changeSummary: words['changeSummary'] ?? current.changeSummary,
          incidentId: statement.incident.id,
          language,
          words: spoken,
        }),
    };
  },
  async faq(db, id) {
    const faq = await findFaq(db, id);
    if (!faq || faq.state === 'draft') return undefined;
    return {
      versionId: faqVersionId(faq),
      language: (await getSite(db)).language,
      title: faq.question,
      parts: [
        { name: 'question', label: 'Question', source: faq.question, long: false },
        { name: 'answer', label: 'Answer', source: faq.answer, long: true },
        { name: 'category', label: 'Category', source: faq.category, long: false },
      ],
      incidentId: faq.incident?.id ?? null,
      dependencies: ['faqs'],
      canonical: plain,
    };
  },
  async notice(db, id) {
    const notice = await findNotice(db, id);
    const [current] = notice ? await listNoticeRevisions(db, id) : [];
    if (!notice || !current || current.kind === 'withdrawn') return undefined;
    return {
      versionId: current.id,
      language: (await getSite(db)).language,
      title: current.title,
      parts: [
        { name: 'title', label: 'Title', source: current.title, long: false },
        { name: 'body', label: 'Text', source: current.body, long: true },
        { name: 'reason', label: 'What changed', source: current.reason, long: true },
      ].filter(({ source }) => source !== ''),
      incidentId: null,
      dependencies: ['notices', `notice:${notice.slug}`],
      canonical: plain,
    };
  },
};

function plain(words: TranslatedWords, language: string): string {
  return `${[`Language: ${language}`, ...Object.values(words)].join('\n\n').normalize('NFC')}\n`;
}
