import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { unmarked } from '#db/schema/search-vector.ts';
import { markdownToText } from '#src/text/markdown.ts';
import { getSite } from '../site/queries.ts';
import { excerptOf, FOUND, highlighted, type Piece } from './highlight.ts';
import { findHits, FOUND_MAX, queryOf, type FoundKind } from './hits.ts';
import { askedQuestion, dictionaryOf, termsOf, type Term } from './rules.ts';
import { loadTexts, type FoundText } from './texts.ts';

const PAGE_SIZE = 10;
/** Of a long text, so much is looked through for an excerpt. */
const LOOKED_THROUGH_MAX = 20_000;

export type Found = {
  kind: FoundKind;
  /** On this site, in its own language. */
  path: string;
  title: readonly Piece[];
  excerpt: readonly Piece[];
  at: Date;
  /** BCP 47, of the words. */
  language: string;
};

export type SearchResult = {
  /** As it was read: in one line, cut where it was too long. */
  question: string;
  /** False: every word of the question stands in nearly every text, or there is none to look for. */
  telling: boolean;
  /** At most 50, of which this page shows up to 10. */
  count: number;
  /** There may be more than are counted. */
  more: boolean;
  pages: number;
  found: readonly Found[];
};

/**
 * Looks for a question in what is public: statements as they stand now, incidents with their updates and post-mortems, questions and
 * answers, notices, maintenance. The best first.
 *
 * @param language BCP 47, of the page: whose word endings count as the same word, and into which translations are shown.
 * @param page from 1. Past the last one, nothing is found.
 */
export async function search(
  db: Database,
  { question: typed, language, page }: { question: string; language: string; page: number },
): Promise<SearchResult> {
  const question = askedQuestion(typed);
  const terms = termsOf(question);
  const dictionary = dictionaryOf(language);
  const { hits, lookedFor } =
    terms.length === 0 ? { hits: [], lookedFor: 0 } : await findHits(db, terms, { dictionary, language });
  const shown = await loadTexts(db, hits.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE), {
    wanted: language,
    original: (await getSite(db)).language,
  });
  return {
    question,
    telling: lookedFor > 0,
    count: hits.length,
    more: hits.length === FOUND_MAX,
    pages: Math.max(1, Math.ceil(hits.length / PAGE_SIZE)),
    found: await withPieces(db, shown, terms, dictionary),
  };
}

async function withPieces(
  db: Database,
  shown: readonly FoundText[],
  terms: readonly Term[],
  dictionary: string,
): Promise<Found[]> {
  const bodies = shown.map(({ body }) => oneLine(markdownToText(body.slice(0, LOOKED_THROUGH_MAX))));
  const titles = shown.map(({ title }) => oneLine(title));
  const marked = await markFound(db, [...titles, ...bodies], terms, dictionary);
  return shown.map(({ kind, path, at, language }, index) => ({
    kind,
    path,
    at,
    language,
    title: highlighted(titles[index] ?? '', marked[index] ?? ''),
    excerpt: excerptOf(bodies[index] ?? '', marked[index + shown.length] ?? ''),
  }));
}

/** The same texts, letter by letter, with a mark around every word that fits a term. */
async function markFound(
  db: Database,
  texts: readonly string[],
  terms: readonly Term[],
  dictionary: string,
): Promise<string[]> {
  const positive = terms.filter(({ excluded }) => !excluded).map((term) => queryOf(term, dictionary));
  if (texts.length === 0 || positive.length === 0) return [];
  // What looks like markup to the database's parser would be taken out, and the letters would no longer line up.
  const plain = texts.map((text) => text.replace(/[<>&]/g, ' '));
  const marks = `HighlightAll=true, StartSel=${FOUND.start}, StopSel=${FOUND.stop}`;
  const { rows } = (await db.execute(sql`
    select ts_headline(${sql.raw(`'${dictionary}'`)}, ${unmarked(sql`given.body`)}, asked.query, ${marks}) as marked
    from (select ${sql.join(positive, sql` || `)} as query) as asked,
      jsonb_array_elements_text(${JSON.stringify(plain)}::jsonb) with ordinality as given (body, position)
    order by given.position`)) as unknown as { rows: { marked: string }[] };
  return rows.map(({ marked }) => marked);
}

/** As one line, without the marks that we set ourselves. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Co}\0]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}
