import { sql, type SQL } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  faqs,
  incidents,
  incidentUpdates,
  maintenances,
  maintenanceUpdates,
  noticeRevisions,
  postmortemRevisions,
  statementRevisions,
  translations,
} from '#db/schema/index.ts';
import { unmarked } from '#db/schema/search-vector.ts';
import type { Term } from './rules.ts';

export const FOUND_MAX = 50;

export type FoundKind = 'statement' | 'incident' | 'faq' | 'notice' | 'maintenance';

/** Something public that has every term in it and none of the excluded ones. */
export type Hit = {
  kind: FoundKind;
  id: string;
  /** The update, or the edition of a text, that fits best. Null: what it is called fits, and nothing else. */
  partId: string | null;
};

/** Where there is nothing left to look for, every word was one that stands in nearly every text. */
export type Hits = { hits: Hit[]; lookedFor: number };

/** A term as the database asks for it. Empty for words that stand in nearly every text. */
export function queryOf({ wordings, beginning }: Term, dictionary: string): SQL {
  // These two read words and nothing else: no operator that a reader can type, and none that can fail.
  const queries = wordings.map(({ text, inOrder }) => {
    const reading = sql.raw(inOrder ? 'phraseto_tsquery' : 'plainto_tsquery');
    return sql`${reading}(${sql.raw(`'${dictionary}'`)}, ${unmarked(sql`${text}::text`)})`;
  });
  const asked = sql.join(queries, sql` || `);
  if (!beginning) return asked;
  const begun = sql`to_tsquery('simple', ${unmarked(sql`${beginning}::text`)} || ':*')`;
  return sql`case when numnode(${asked}) = 0 then ${asked} else ${asked} || ${begun} end`;
}

/** The best first, then the latest. At most 50. Of translations, those into that language. */
export async function findHits(
  db: Database,
  terms: readonly Term[],
  { dictionary, language }: { dictionary: string; language: string },
): Promise<Hits> {
  const rows = terms.map(
    (term, position) => sql`(${position}::int, ${term.excluded}::boolean, ${queryOf(term, dictionary)})`,
  );
  const { rows: found } = (await db.execute(sql`
    with term (position, excluded, query) as materialized (
      select * from (values ${sql.join(rows, sql`, `)}) as given (position, excluded, query) where numnode(query) > 0
    ),
    wanted as (select count(*)::int as number from term where not excluded),
    hit (kind, id, part_id, position, excluded, rank, at) as (${sql.join([...sources, ...translated(language)], sql` union all `)}),
    best as (
      select kind, id, position, excluded, max(rank) as rank, max(at) as at,
        (array_agg(part_id order by rank desc, at desc) filter (where part_id is not null))[1] as part_id,
        max(rank) filter (where part_id is not null) as part_rank
      from hit group by kind, id, position, excluded
    ),
    whole as (
      select kind, id, sum(rank) as rank, max(at) as at,
        (array_agg(part_id order by part_rank desc) filter (where part_id is not null))[1] as part_id
      from best, wanted
      group by kind, id, wanted.number
      having count(*) filter (where not excluded) = wanted.number and not bool_or(excluded)
    )
    select wanted.number as "lookedFor", first.kind, first.id, first.part_id as "partId"
    from wanted left join (
      select * from whole order by rank desc, at desc, id limit ${FOUND_MAX}
    ) as first on true
    order by first.rank desc, first.at desc, first.id`)) as unknown as {
    rows: (Hit & { lookedFor: number })[];
  };
  return {
    lookedFor: found[0]?.lookedFor ?? 0,
    hits: found.filter(({ id }) => id !== null).map(({ kind, id, partId }) => ({ kind, id, partId })),
  };
}

const matches = (vector: unknown) => sql`join term on ${vector} @@ term.query`;
const rankOf = (vector: unknown) => sql`ts_rank(${vector}, term.query)`;
const asked = sql`term.position, term.excluded`;

const isWhatHolds = sql`${statementRevisions.kind} <> 'withdrawn' and ${statementRevisions.redactedAt} is null
  and not exists (
    select 1 from ${statementRevisions} as later
    where later.statement_id = ${statementRevisions.statementId} and later.number > ${statementRevisions.number}
  )`;

const isNoticeThatHolds = sql`${noticeRevisions.kind} <> 'withdrawn' and ${noticeRevisions.redactedAt} is null
  and not exists (
    select 1 from ${noticeRevisions} as later
    where later.notice_id = ${noticeRevisions.noticeId} and later.number > ${noticeRevisions.number}
  )`;

const isPublicFaq = sql`${faqs.state} <> 'draft'
  and (${faqs.incidentId} is null or ${incidents.publishedAt} is not null)`;

const isInto = (noun: string, language: string) => sql`${translations.noun} = ${noun}
  and ${translations.language} = ${language} and ${translations.publishedAt} is not null`;

/** One for each table with public words in it, under the same conditions as its pages. */
const sources: readonly SQL[] = [
  sql`
    select 'statement', ${statementRevisions.statementId}, ${statementRevisions.id}, ${asked},
      ${rankOf(statementRevisions.searchVector)}, ${statementRevisions.publishedAt}
    from ${statementRevisions} ${matches(statementRevisions.searchVector)}
    where ${isWhatHolds}`,
  sql`
    select 'incident', ${incidents.id}, null, ${asked}, ${rankOf(incidents.searchVector)}, ${incidents.startedAt}
    from ${incidents} ${matches(incidents.searchVector)}
    where ${incidents.publishedAt} is not null`,
  sql`
    select 'incident', ${incidents.id}, ${incidentUpdates.id}, ${asked}, ${rankOf(incidentUpdates.searchVector)},
      ${incidents.startedAt}
    from ${incidentUpdates} ${matches(incidentUpdates.searchVector)}
    join ${incidents} on ${incidents.id} = ${incidentUpdates.incidentId}
    where ${incidents.publishedAt} is not null`,
  sql`
    select 'incident', ${incidents.id}, ${postmortemRevisions.id}, ${asked},
      ${rankOf(postmortemRevisions.searchVector)}, ${incidents.startedAt}
    from ${postmortemRevisions} ${matches(postmortemRevisions.searchVector)}
    join ${incidents} on ${incidents.id} = ${postmortemRevisions.incidentId}
    where ${incidents.publishedAt} is not null and not exists (
      select 1 from ${postmortemRevisions} as later
      where later.incident_id = ${postmortemRevisions.incidentId} and later.number > ${postmortemRevisions.number}
    )`,
  sql`
    select 'faq', ${faqs.id}, null, ${asked}, ${rankOf(faqs.searchVector)}, ${faqs.reviewedAt}
    from ${faqs} ${matches(faqs.searchVector)}
    left join ${incidents} on ${incidents.id} = ${faqs.incidentId}
    where ${isPublicFaq}`,
  sql`
    select 'notice', ${noticeRevisions.noticeId}, null, ${asked}, ${rankOf(noticeRevisions.searchVector)},
      ${noticeRevisions.publishedAt}
    from ${noticeRevisions} ${matches(noticeRevisions.searchVector)}
    where ${isNoticeThatHolds}`,
  sql`
    select 'maintenance', ${maintenances.id}, null, ${asked}, ${rankOf(maintenances.searchVector)},
      ${maintenances.scheduledFor}
    from ${maintenances} ${matches(maintenances.searchVector)}
    where ${maintenances.publishedAt} is not null`,
  sql`
    select 'maintenance', ${maintenances.id}, ${maintenanceUpdates.id}, ${asked},
      ${rankOf(maintenanceUpdates.searchVector)}, ${maintenances.scheduledFor}
    from ${maintenanceUpdates} ${matches(maintenanceUpdates.searchVector)}
    join ${maintenances} on ${maintenances.id} = ${maintenanceUpdates.maintenanceId}
    where ${maintenances.publishedAt} is not null`,
];

/** A translation that is public holds for what it was made from: the revision that holds now, or the words as they are. */
const translated = (language: string): readonly SQL[] => [
  sql`
    select 'statement', ${statementRevisions.statementId}, ${statementRevisions.id}, ${asked},
      ${rankOf(translations.searchVector)}, ${statementRevisions.publishedAt}
    from ${translations} ${matches(translations.searchVector)}
    join ${statementRevisions} on ${statementRevisions.id} = ${translations.versionId}
    where ${isInto('statement', language)} and ${isWhatHolds}`,
  sql`
    select 'faq', ${faqs.id}, null, ${asked}, ${rankOf(translations.searchVector)}, ${faqs.reviewedAt}
    from ${translations} ${matches(translations.searchVector)}
    join ${faqs} on ${faqs.id} || ':' || ${faqs.version} = ${translations.versionId}
    left join ${incidents} on ${incidents.id} = ${faqs.incidentId}
    where ${isInto('faq', language)} and ${isPublicFaq}`,
  sql`
    select 'notice', ${noticeRevisions.noticeId}, null, ${asked}, ${rankOf(translations.searchVector)},
      ${noticeRevisions.publishedAt}
    from ${translations} ${matches(translations.searchVector)}
    join ${noticeRevisions} on ${noticeRevisions.id} = ${translations.versionId}
    where ${isInto('notice', language)} and ${isNoticeThatHolds}`,
];
