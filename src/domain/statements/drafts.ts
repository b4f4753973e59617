import { and, desc, eq, inArray, max, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  gateOverrides,
  incidents,
  staff,
  statementApprovals,
  statementDrafts,
  statements,
  type StatementText,
  type ToldAuthority,
} from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import type { Nature } from '../incidents/rules.ts';
import { listRevisions, newestRevision, type Revision } from './queries.ts';
import { statementState, type RevisionKind, type StatementKind, type StatementState } from './rules.ts';

/** The working text, with who has had a hand in it. */
export type Draft = {
  version: number;
  text: StatementText;
  changeSummary: string;
  authorId: string;
  writerIds: readonly string[];
  savedAt: Date;
  submittedAt: Date | null;
  approval: { approverId: string; approvedAt: Date } | null;
  overrides: readonly { check: string; reason: string; staffId: string; createdAt: Date }[];
};

/** A statement as staff see it: its draft, if one is being written, beside what is public. */
export type Statement = {
  id: string;
  slug: string;
  kind: StatementKind;
  language: string;
  incident: { id: string; slug: string; title: string; nature: Nature; publishedAt: Date | null };
  state: StatementState;
  draft: Draft | null;
  /** Told, and not for the public. */
  deskAuthorities: readonly ToldAuthority[];
  /** Newest first; empty until it is published. */
  revisions: readonly Revision[];
};

/** @throws DomainError `not_found`. */
export async function getStatement(db: Database, statementId: string): Promise<Statement> {
  const statement = await findStatement(db, statementId);
  if (statement) return statement;
  throw new DomainError('not_found', 'There is no such statement. Open the list of statements again.');
}

export async function findStatement(db: Database, statementId: string): Promise<Statement | undefined> {
  const [statement] = await db
    .select({
      id: statements.id,
      slug: statements.slug,
      kind: statements.kind,
      language: statements.language,
      deskAuthorities: statements.deskAuthorities,
      incident: {
        id: incidents.id,
        slug: incidents.slug,
        title: incidents.title,
        nature: incidents.nature,
        publishedAt: incidents.publishedAt,
      },
    })
    .from(statements)
    .innerJoin(incidents, eq(incidents.id, statements.incidentId))
    .where(eq(statements.id, statementId));
  if (!statement) return undefined;
  const draft = await findDraft(db, statementId);
  const revisions = await listRevisions(db, statementId);
  const state = statementState(
    draft && { ...draft, approved: draft.approval !== null },
    revisions[0]?.kind ?? null,
  );
  return { ...statement, state, draft, revisions };
}

async function findDraft(db: Database, statementId: string): Promise<Draft | null> {
  const [row] = await db
    .select({
      version: statementDrafts.version,
      text: statementDrafts.text,
      changeSummary: statementDrafts.changeSummary,
      authorId: statementDrafts.authorId,
      writerIds: statementDrafts.writerIds,
      savedAt: statementDrafts.savedAt,
      submittedAt: statementDrafts.submittedAt,
      approverId: statementApprovals.approverId,
      approvedAt: statementApprovals.approvedAt,
    })
    .from(statementDrafts)
    .leftJoin(
      statementApprovals,
      and(
        eq(statementApprovals.statementId, statementDrafts.statementId),
        eq(statementApprovals.draftVersion, statementDrafts.version),
      ),
    )
    .where(eq(statementDrafts.statementId, statementId));
  if (!row) return null;
  const { approverId, approvedAt, ...draft } = row;
  const overrides = await db
    .select({
      check: gateOverrides.check,
      reason: gateOverrides.reason,
      staffId: gateOverrides.staffId,
      createdAt: gateOverrides.createdAt,
    })
    .from(gateOverrides)
    .where(and(eq(gateOverrides.statementId, statementId), eq(gateOverrides.draftVersion, draft.version)))
    .orderBy(gateOverrides.createdAt)
    .limit(100);
  return { ...draft, overrides, approval: approverId && approvedAt ? { approverId, approvedAt } : null };
}

/**
 * The first version of a new draft: above every version that was approved or overridden before, so that an old yes never
 * covers a new text.
 */
export async function nextDraftVersion(db: Database, statementId: string): Promise<number> {
  const [approved] = await db
    .select({ version: max(statementApprovals.draftVersion) })
    .from(statementApprovals)
    .where(eq(statementApprovals.statementId, statementId));
  const [overridden] = await db
    .select({ version: max(gateOverrides.draftVersion) })
    .from(gateOverrides)
    .where(eq(gateOverrides.statementId, statementId));
  return Math.max(approved?.version ?? 0, overridden?.version ?? 0) + 1;
}

/** A line in the list of statements. */
export type StatementLine = {
  id: string;
  slug: string;
  kind: StatementKind;
  title: string;
  incidentTitle: string;
  state: StatementState;
  /** What is public beside the draft; null when nothing is. */
  published: RevisionKind | null;
  /** Who wrote the draft last, and when it changed; when there is none, of the newest revision. */
  by: string;
  at: Date;
};

/**
 * For staff: every statement, the latest touched first; only those in these states, or of one incident, when told. At most
 * 100 unless told.
 */
export async function listStatements(
  db: Database,
  {
    states,
    incidentId,
    limit = 100,
    offset = 0,
  }: { states?: readonly StatementState[]; incidentId?: string; limit?: number; offset?: number } = {},
): Promise<StatementLine[]> {
  const newest = newestRevision(db);
  const state = sql<StatementState>`case
    when ${statementDrafts.statementId} is null then coalesce(${newest.kind}, 'draft')
    when ${statementDrafts.submittedAt} is null then 'draft'
    when ${statementApprovals.statementId} is null then 'in_review'
    else 'approved' end`;
  const at =
    sql<Date>`coalesce(${statementDrafts.savedAt}, ${newest.publishedAt}, ${statements.createdAt})`.mapWith(
      statements.createdAt,
    );
  const rows = await db
    .select({
      id: statements.id,
      slug: statements.slug,
      kind: statements.kind,
      draftText: statementDrafts.text,
      newestText: newest.text,
      incidentTitle: incidents.title,
      state,
      published: newest.kind,
      by: staff.name,
      at,
    })
    .from(statements)
    .innerJoin(incidents, eq(incidents.id, statements.incidentId))
    .leftJoin(statementDrafts, eq(statementDrafts.statementId, statements.id))
    .leftJoin(
      statementApprovals,
      and(
        eq(statementApprovals.statementId, statementDrafts.statementId),
        eq(statementApprovals.draftVersion, statementDrafts.version),
      ),
    )
    .leftJoinLateral(newest, sql`true`)
    .leftJoin(staff, eq(staff.id, sql`coalesce(${statementDrafts.authorId}, ${newest.publisherId})`))
    .where(
      and(
        states && inArray(state, [...states]),
        incidentId === undefined ? undefined : eq(statements.incidentId, incidentId),
      ),
    )
    .orderBy(desc(at), desc(statements.id))
    .limit(limit)
    .offset(offset);
  return rows.map(({ draftText, newestText, by, ...row }) => ({
    ...row,
    title: draftText?.title || newestText?.title || row.slug,
    by: by ?? '',
  }));
}
