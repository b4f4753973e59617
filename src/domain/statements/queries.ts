import { and, desc, eq, sql } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { incidents, statementRevisions, statements, type StatementText } from '#db/schema/index.ts';
import type { Nature } from '../incidents/rules.ts';
import { once } from '../snapshot.ts';
import { canonicalText, redactionNotice } from './canonical.ts';
import type { RevisionKind, StatementKind } from './rules.ts';

const REVISIONS_MAX = 200;

/** What was published, as it was: never changed, never deleted. */
export type Revision = {
  id: string;
  statementId: string;
  number: number;
  kind: RevisionKind;
  text: StatementText;
  /** What changed and why; of a withdrawal, the reason; empty for the first. */
  changeSummary: string;
  hash: string;
  previousHash: string | null;
  publishedAt: Date;
  /** Its next update did not come by the time it names. */
  promiseMissedAt: Date | null;
  /** Its text was taken out because it disclosed something; null otherwise. */
  redaction: { at: Date; reason: string } | null;
};

export type PublishedStatement = {
  id: string;
  slug: string;
  kind: StatementKind;
  language: string;
  incident: { id: string; slug: string; title: string; nature: Nature };
  /** What holds now. */
  current: Revision;
  /** All of them, newest first. At most 200. */
  revisions: readonly Revision[];
};

/** A published statement in a list. */
export type StatementEntry = {
  id: string;
  slug: string;
  kind: StatementKind;
  incidentId: string;
  /** The newest revision's. */
  revisionId: string;
  /** BCP 47, of the original. */
  language: string;
  title: string;
  summary: string;
  authorName: string;
  authorTitle: string;
  /** The newest revision's, in full. */
  text: StatementText;
  changeSummary: string;
  state: RevisionKind;
  /** When it first became public. */
  publishedAt: Date;
  /** When its newest revision did. */
  changedAt: Date;
};

/** Undefined until its first revision is published. A withdrawn statement is found: its page says so. */
export async function findPublishedStatement(
  db: Database,
  slug: string,
): Promise<PublishedStatement | undefined> {
  const [statement] = await db
    .select({
      id: statements.id,
      slug: statements.slug,
      kind: statements.kind,
      language: statements.language,
      incident: { id: incidents.id, slug: incidents.slug, title: incidents.title, nature: incidents.nature },
    })
    .from(statements)
    .innerJoin(incidents, eq(incidents.id, statements.incidentId))
    .where(eq(statements.slug, slug));
  if (!statement) return undefined;
  const revisions = await listRevisions(db, statement.id);
  const [current] = revisions;
  return current && { ...statement, current, revisions };
}

/** The bytes one revision's hash is of; of a redacted one, the notice that stands in their place. */
export function canonicalTextOf({ incident, language }: PublishedStatement, revision: Revision): string {
  const statement = { ...revision, incidentId: incident.id, language };
  return revision.redaction ? redactionNotice(statement, revision.redaction) : canonicalText(statement);
}

/** Newest first. At most 200. */
export async function listRevisions(db: Database, statementId: string): Promise<Revision[]> {
  const rows = await db
    .select({
      id: statementRevisions.id,
      statementId: statementRevisions.statementId,
      number: statementRevisions.number,
      kind: statementRevisions.kind,
      text: statementRevisions.text,
      changeSummary: statementRevisions.changeSummary,
      hash: statementRevisions.hash,
      previousHash: statementRevisions.previousHash,
      publishedAt: statementRevisions.publishedAt,
      promiseMissedAt: statementRevisions.promiseMissedAt,
      redactedAt: statementRevisions.redactedAt,
      redactionReason: statementRevisions.redactionReason,
    })
    .from(statementRevisions)
    .where(eq(statementRevisions.statementId, statementId))
    .orderBy(desc(statementRevisions.number))
    .limit(REVISIONS_MAX);
  return rows.map(({ redactedAt, redactionReason, ...revision }) => ({
    ...revision,
    redaction: redactedAt && { at: redactedAt, reason: redactionReason ?? '' },
  }));
}

/** For a lateral join onto `statements`: what holds now of each. */
export function newestRevision(db: Database) {
  return db
    .select({
      id: statementRevisions.id,
      text: statementRevisions.text,
      changeSummary: statementRevisions.changeSummary,
      kind: statementRevisions.kind,
      publishedAt: statementRevisions.publishedAt,
      publisherId: statementRevisions.publisherId,
    })
    .from(statementRevisions)
    .where(eq(statementRevisions.statementId, statements.id))
    .orderBy(desc(statementRevisions.number))
    .limit(1)
    .as('newest');
}

/** Published statements, the latest changed first; of one incident when told. Withdrawn ones are among them. */
export function listPublishedStatements(
  db: Database,
  which: { incidentId?: string; limit: number },
): Promise<StatementEntry[]> {
  const key = `statements:${which.incidentId ?? ''}:${which.limit}`;
  return once(db, key, () => loadPublishedStatements(db, which));
}

async function loadPublishedStatements(
  db: Database,
  { incidentId, limit }: { incidentId?: string; limit: number },
): Promise<StatementEntry[]> {
  const newest = newestRevision(db);
  const first = alias(statementRevisions, 'first');
  const rows = await db
    .select({
      id: statements.id,
      slug: statements.slug,
      kind: statements.kind,
      incidentId: statements.incidentId,
      revisionId: newest.id,
      language: statements.language,
      text: newest.text,
      changeSummary: newest.changeSummary,
      state: newest.kind,
      publishedAt: first.publishedAt,
      changedAt: newest.publishedAt,
    })
    .from(statements)
    .innerJoin(first, and(eq(first.statementId, statements.id), eq(first.number, 1)))
    .innerJoinLateral(newest, sql`true`)
    .where(incidentId === undefined ? undefined : eq(statements.incidentId, incidentId))
    .orderBy(desc(newest.publishedAt), desc(statements.id))
    .limit(limit);
  return rows.map((row) => ({
    ...row,
    title: row.text.title,
    summary: row.text.summary,
    authorName: row.text.authorName,
    authorTitle: row.text.authorTitle,
  }));
}
