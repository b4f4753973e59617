import { and, eq, inArray, isNotNull, isNull, ne, or, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  faqs,
  incidents,
  maintenances,
  maintenanceUpdates,
  notices,
  statementRevisions,
  statements,
} from '#db/schema/index.ts';
import { newestNotice } from '../notices/queries.ts';
import { translatedText } from '../statements/translated.ts';
import { listPublishedTranslations, type Translation } from '../translations/queries.ts';
import { sameLanguage } from '../translations/reading.ts';
import { faqVersionId, type TranslatedNoun } from '../translations/sources.ts';
import { incidentBodies, wholeStatement } from './bodies.ts';
import type { FoundKind, Hit } from './hits.ts';

/** What was found, as its page shows it. */
export type FoundText = {
  kind: FoundKind;
  id: string;
  /** On this site, in its own language. */
  path: string;
  title: string;
  /** Markdown. */
  body: string;
  at: Date;
  /** BCP 47, of the words. */
  language: string;
};

/** The language of the page, and of everything that does not say in which it is written. */
export type Languages = { wanted: string; original: string };

/** In the order of the hits. What is public no longer is left out. */
export async function loadTexts(
  db: Database,
  hits: readonly Hit[],
  languages: Languages,
): Promise<FoundText[]> {
  const loaded: FoundText[] = [];
  for (const [kind, load] of Object.entries(loaders)) {
    const ofKind = hits.filter((hit) => hit.kind === kind);
    if (ofKind.length > 0) loaded.push(...(await load(db, ofKind, languages)));
  }
  return hits.flatMap((hit) => loaded.find(({ kind, id }) => kind === hit.kind && id === hit.id) ?? []);
}

type Loader = (db: Database, hits: readonly Hit[], languages: Languages) => Promise<FoundText[]>;

const loaders: Readonly<Record<FoundKind, Loader>> = {
  async statement(db, hits, { wanted }) {
    const rows = await db
      .select({
        id: statements.id,
        versionId: statementRevisions.id,
        slug: statements.slug,
        language: statements.language,
        text: statementRevisions.text,
        at: statementRevisions.publishedAt,
      })
      .from(statementRevisions)
      .innerJoin(statements, eq(statements.id, statementRevisions.statementId))
      .where(
        and(
          inArray(statementRevisions.id, partsOf(hits)),
          ne(statementRevisions.kind, 'withdrawn'),
          isNull(statementRevisions.redactedAt),
        ),
      );
    const found = await translationsOf(db, 'statement', rows, wanted);
    return rows.map(({ id, versionId, slug, language, text, at }) => {
      const translation = sameLanguage(language, wanted) ? undefined : found.get(versionId);
      const shown = translation ? translatedText(text, translation.words) : text;
      return {
        kind: 'statement',
        id,
        path: `/statements/${slug}`,
        title: shown.title,
        body: wholeStatement(shown),
        at,
        language: translation ? wanted : language,
      };
    });
  },

  async incident(db, hits, { original }) {
    const rows = await db
      .select({ id: incidents.id, slug: incidents.slug, title: incidents.title, at: incidents.startedAt })
      .from(incidents)
      .where(and(inArray(incidents.id, idsOf(hits)), isNotNull(incidents.publishedAt)));
    const bodies = await incidentBodies(db, partsOf(hits));
    return rows.map(({ slug, ...row }) => ({
      ...row,
      kind: 'incident',
      path: `/incidents/${slug}`,
      body: bodies.get(row.id) ?? '',
      language: original,
    }));
  },

  async faq(db, hits, { wanted, original }) {
    const rows = await db
      .select({
        id: faqs.id,
        version: faqs.version,
        question: faqs.question,
        answer: faqs.answer,
        at: faqs.reviewedAt,
      })
      .from(faqs)
      .leftJoin(incidents, eq(incidents.id, faqs.incidentId))
      .where(
        and(
          inArray(faqs.id, idsOf(hits)),
          ne(faqs.state, 'draft'),
          or(isNull(faqs.incidentId), isNotNull(incidents.publishedAt)),
        ),
      );
    const versions = rows.map((row) => ({ ...row, versionId: faqVersionId(row) }));
    const found = sameLanguage(original, wanted)
      ? undefined
      : await translationsOf(db, 'faq', versions, wanted);
    return versions.map(({ id, versionId, question, answer, at }) => {
      const words = found?.get(versionId)?.words;
      return {
        kind: 'faq',
        id,
        path: `/faqs#faq-${id}`,
        title: words?.['question'] ?? question,
        body: words?.['answer'] ?? answer,
        at,
        language: words ? wanted : original,
      };
    });
  },

  async notice(db, hits, { wanted, original }) {
    const newest = newestNotice(db);
    const rows = await db
      .select({
        id: notices.id,
        versionId: newest.id,
        slug: notices.slug,
        title: newest.title,
        body: newest.body,
        at: newest.effectiveAt,
      })
      .from(notices)
      .innerJoinLateral(newest, sql`true`)
      .where(and(inArray(notices.id, idsOf(hits)), ne(newest.kind, 'withdrawn')));
    const found = sameLanguage(original, wanted)
      ? undefined
      : await translationsOf(db, 'notice', rows, wanted);
    return rows.map(({ id, versionId, slug, title, body, at }) => {
      const words = found?.get(versionId)?.words;
      return {
        kind: 'notice',
        id,
        path: `/notices/${slug}`,
        title: words?.['title'] ?? title,
        body: words?.['body'] ?? body,
        at,
        language: words ? wanted : original,
      };
    });
  },

  async maintenance(db, hits, { original }) {
    const rows = await db
      .select({
        id: maintenances.id,
        slug: maintenances.slug,
        title: maintenances.title,
        body: maintenances.description,
        at: maintenances.scheduledFor,
      })
      .from(maintenances)
      .where(and(inArray(maintenances.id, idsOf(hits)), isNotNull(maintenances.publishedAt)));
    const updates = await db
      .select({ maintenanceId: maintenanceUpdates.maintenanceId, body: maintenanceUpdates.body })
      .from(maintenanceUpdates)
      .where(inArray(maintenanceUpdates.id, partsOf(hits)));
    return rows.map(({ slug, ...row }) => ({
      ...row,
      kind: 'maintenance',
      path: `/maintenance/${slug}`,
      body: updates.find(({ maintenanceId }) => maintenanceId === row.id)?.body ?? row.body,
      language: original,
    }));
  },
};

const idsOf = (hits: readonly Hit[]) => hits.map(({ id }) => id);
const partsOf = (hits: readonly Hit[]) => hits.flatMap(({ partId }) => partId ?? []);

function translationsOf(
  db: Database,
  noun: TranslatedNoun,
  rows: readonly { versionId: string }[],
  language: string,
): Promise<ReadonlyMap<string, Translation>> {
  return listPublishedTranslations(db, {
    noun,
    versionIds: rows.map(({ versionId }) => versionId),
    language,
  });
}
