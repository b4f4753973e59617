import { and, desc, eq, gte, isNotNull, lt, min, sql } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { incidents, maintenances, notices, statementRevisions, statements } from '#db/schema/index.ts';
import { listIncidentsDuring, type Incident } from '../incidents/queries.ts';
import { listEndedMaintenances, type Maintenance } from '../maintenances/queries.ts';
import { newestNotice } from '../notices/queries.ts';
import { once } from '../snapshot.ts';
import type { RevisionKind, StatementKind } from '../statements/rules.ts';
import { listDayLines, type DayLine } from './continued.ts';
import { monthIn, monthSpan, recentSpan, type Span } from './rules.ts';

const ENTRIES_MAX = 500;

export type StatementTold = {
  slug: string;
  /** The newest revision's. */
  revisionId: string;
  title: string;
  /** BCP 47. */
  language: string;
  kind: StatementKind;
  /** Of the newest revision; where a correction or the withdrawal is told, of that. */
  state: RevisionKind;
  authorName: string;
  authorTitle: string;
};

export type NoticeTold = {
  id: string;
  slug: string;
  /** The newest revision's, like what follows. */
  revisionId: string;
  state: RevisionKind;
  title: string;
  /** BCP 47; absent: the site's. */
  language?: string;
  effectiveAt: Date;
};

/** Something that happened, on the day on which it began or was published. */
export type HistoryEntry =
  | { kind: 'incident'; at: Date; incident: Incident }
  | { kind: 'maintenance'; at: Date; maintenance: Maintenance }
  | { kind: 'statement'; at: Date; statement: StatementTold }
  | { kind: 'notice'; at: Date; notice: NoticeTold };

export type History = {
  entries: readonly HistoryEntry[];
  /** Incidents that began before and lasted into the span, the latest first. */
  carried: readonly Incident[];
};

/** What happened in a span, in public. At most 500 of each kind. */
export async function listHistory(db: Database, span: Span): Promise<History> {
  const during = await listIncidentsDuring(db, span, ENTRIES_MAX);
  const began = during.filter(({ startedAt }) => startedAt >= span.from);
  return {
    carried: during.filter(({ startedAt }) => startedAt < span.from),
    entries: [
      ...began.map((incident) => ({ kind: 'incident' as const, at: incident.startedAt, incident })),
      ...(await listEndedMaintenances(db, span)).map((maintenance) => ({
        kind: 'maintenance' as const,
        at: maintenance.startedAt ?? maintenance.scheduledFor,
        maintenance,
      })),
      ...(await listStatements(db, span)),
      ...(await listNotices(db, span)),
    ],
  };
}

/** What the last so many days tell, today among them: what happened on each, and what a day says in a line. */
export async function listRecentDays(
  db: Database,
  { now, days, timeZone }: { now: Date; days: number; timeZone: string },
): Promise<{ entries: readonly HistoryEntry[]; lines: readonly DayLine[]; span: Span }> {
  const span = recentSpan(now, days, timeZone);
  const key = `history:${span.from.toISOString()}:${span.until.toISOString()}`;
  return once(db, key, async () => {
    const { entries } = await listHistory(db, span);
    return { entries, lines: await listDayLines(db, span, { entries, now, timeZone }), span };
  });
}

/** A month of the history, and the first and the last that there are. */
export type Month = {
  month: string;
  first: string;
  last: string;
  span: Span;
  history: History;
  /** What its days say in a line: only of a month in which nothing began, was published or went on. */
  lines: readonly DayLine[];
};

/**
 * What happened in a month of that zone; in the current one unless told. Undefined for a month that is still to come, or before the
 * first in which there is anything.
 */
export async function findMonth(
  db: Database,
  { month: asked, now, timeZone }: { month?: string; now: Date; timeZone: string },
): Promise<Month | undefined> {
  const last = monthIn(now, timeZone);
  const month = asked ?? last;
  const start = await findHistoryStart(db);
  const first = start && start < now ? monthIn(start, timeZone) : last;
  if (month > last || month < first) return undefined;
  const span = monthSpan(month, timeZone);
  const history = await listHistory(db, span);
  const { entries } = history;
  const quiet = entries.length === 0 && history.carried.length === 0;
  const lines = quiet ? await listDayLines(db, span, { entries, now, timeZone }) : [];
  return { month, first, last, span, history, lines };
}

async function listStatements(db: Database, { from, until }: Span): Promise<HistoryEntry[]> {
  const told = alias(statementRevisions, 'told');
  const newest = db
    .select({ id: statementRevisions.id, text: statementRevisions.text, kind: statementRevisions.kind })
    .from(statementRevisions)
    .where(eq(statementRevisions.statementId, statements.id))
    .orderBy(desc(statementRevisions.number))
    .limit(1)
    .as('newest');
  const rows = await db
    .select({
      slug: statements.slug,
      language: statements.language,
      kind: statements.kind,
      revisionId: newest.id,
      state: newest.kind,
      text: newest.text,
      number: told.number,
      toldKind: told.kind,
      at: told.publishedAt,
    })
    .from(told)
    .innerJoin(statements, eq(statements.id, told.statementId))
    .innerJoinLateral(newest, sql`true`)
    .where(and(gte(told.publishedAt, from), lt(told.publishedAt, until)))
    .orderBy(desc(told.publishedAt))
    .limit(ENTRIES_MAX);
  return rows.map(({ text, at, number, toldKind, ...row }) => {
    const { title, authorName, authorTitle } = text;
    const state = number === 1 ? row.state : toldKind;
    return { kind: 'statement', at, statement: { ...row, state, title, authorName, authorTitle } };
  });
}

async function listNotices(db: Database, { from, until }: Span): Promise<HistoryEntry[]> {
  const newest = newestNotice(db);
  const rows = await db
    .select({
      id: notices.id,
      slug: notices.slug,
      revisionId: newest.id,
      state: newest.kind,
      title: newest.title,
      effectiveAt: newest.effectiveAt,
      publishedAt: notices.publishedAt,
    })
    .from(notices)
    .innerJoinLateral(newest, sql`true`)
    .where(and(gte(notices.publishedAt, from), lt(notices.publishedAt, until)))
    .orderBy(desc(notices.publishedAt))
    .limit(ENTRIES_MAX);
  return rows.flatMap(({ publishedAt, ...notice }) =>
    publishedAt ? [{ kind: 'notice', at: publishedAt, notice }] : [],
  );
}

/** When the first thing that the history tells began; undefined while there is none. */
export async function findHistoryStart(db: Database): Promise<Date | undefined> {
  const [incident] = await db
    .select({ at: min(incidents.startedAt) })
    .from(incidents)
    .where(isNotNull(incidents.publishedAt));
  const [statement] = await db.select({ at: min(statementRevisions.publishedAt) }).from(statementRevisions);
  const [notice] = await db.select({ at: min(notices.publishedAt) }).from(notices);
  const [maintenance] = await db
    .select({ at: min(maintenances.scheduledFor) })
    .from(maintenances)
    .where(and(isNotNull(maintenances.publishedAt), isNotNull(maintenances.endedAt)));
  const times = [incident, statement, notice, maintenance].flatMap((row) =>
    row?.at ? [row.at.getTime()] : [],
  );
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}
