import { and, asc, eq, gt, isNotNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  incidents,
  maintenances,
  noticeRevisions,
  notices,
  postmortemRevisions,
  statementRevisions,
  statements,
} from '#db/schema/index.ts';

/** A public thing by its address. */
export type PublicSlug = { slug: string; changedAt: Date };
export type PublicStatementSlug = PublicSlug & { revisions: number };

const PAGE = 500;

/** Every public incident, by its slug. */
export function listIncidentSlugs(db: Database): AsyncGenerator<PublicSlug> {
  return paged((after) =>
    db
      .select({ slug: incidents.slug, changedAt: incidents.updatedAt })
      .from(incidents)
      .where(and(isNotNull(incidents.publishedAt), gt(incidents.slug, after)))
      .orderBy(asc(incidents.slug))
      .limit(PAGE),
  );
}

/** Every public incident with a post-mortem, by its slug. */
export function listPostmortemSlugs(db: Database): AsyncGenerator<PublicSlug> {
  return paged((after) =>
    db
      .select({
        slug: incidents.slug,
        changedAt: sql<Date>`max(${postmortemRevisions.publishedAt})`.mapWith(
          postmortemRevisions.publishedAt,
        ),
      })
      .from(incidents)
      .innerJoin(postmortemRevisions, eq(postmortemRevisions.incidentId, incidents.id))
      .where(and(isNotNull(incidents.publishedAt), gt(incidents.slug, after)))
      .groupBy(incidents.slug)
      .orderBy(asc(incidents.slug))
      .limit(PAGE),
  );
}

/** Every published notice, by its slug. */
export function listNoticeSlugs(db: Database): AsyncGenerator<PublicSlug> {
  return paged((after) =>
    db
      .select({
        slug: notices.slug,
        changedAt: sql<Date>`max(${noticeRevisions.publishedAt})`.mapWith(noticeRevisions.publishedAt),
      })
      .from(notices)
      .innerJoin(noticeRevisions, eq(noticeRevisions.noticeId, notices.id))
      .where(gt(notices.slug, after))
      .groupBy(notices.slug)
      .orderBy(asc(notices.slug))
      .limit(PAGE),
  );
}

/** Every public maintenance, the cancelled too, by its slug. */
export function listMaintenanceSlugs(db: Database): AsyncGenerator<PublicSlug> {
  return paged((after) =>
    db
      .select({ slug: maintenances.slug, changedAt: maintenances.updatedAt })
      .from(maintenances)
      .where(and(isNotNull(maintenances.publishedAt), gt(maintenances.slug, after)))
      .orderBy(asc(maintenances.slug))
      .limit(PAGE),
  );
}

/** Every published statement with how many revisions it has, by its slug. Withdrawn ones are among them. */
export function listStatementSlugs(db: Database): AsyncGenerator<PublicStatementSlug> {
  return paged((after) =>
    db
      .select({
        slug: statements.slug,
        changedAt: sql<Date>`max(${statementRevisions.publishedAt})`.mapWith(statementRevisions.publishedAt),
        revisions: sql<number>`max(${statementRevisions.number})`.mapWith(Number),
      })
      .from(statements)
      .innerJoin(statementRevisions, eq(statementRevisions.statementId, statements.id))
      .where(gt(statements.slug, after))
      .groupBy(statements.slug)
      .orderBy(asc(statements.slug))
      .limit(PAGE),
  );
}

async function* paged<T extends PublicSlug>(read: (after: string) => Promise<T[]>): AsyncGenerator<T> {
  let after = '';
  for (;;) {
    const rows = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.slug;
  }
}
