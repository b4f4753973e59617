import { and, desc, eq, inArray, isNotNull, ne } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  exposureDestructions,
  exposureLists,
  incidents,
  type ImportReport,
  type ListDifference,
} from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import type { ListState } from './rules.ts';

const LISTS_MAX = 200;
const PUBLIC_COUNTS_MAX = 100;

/** One version of who was exposed in an incident: its figures, never its people. */
export type ExposureList = {
  id: string;
  incident: { id: string; slug: string; title: string; publishedAt: Date | null };
  version: number;
  state: ListState;
  sourceName: string;
  sourceHash: string | null;
  report: ImportReport | null;
  importedBy: string | null;
  importedAt: Date;
  appliedBy: string | null;
  appliedAt: Date | null;
  /** Why it replaced the one before; null for the first. */
  appliedReason: string | null;
  closedBy: string | null;
  closedAt: Date | null;
  sealedUntil: Date | null;
  /** False when none were kept, or when they have been destroyed. */
  hasSealed: boolean;
  /** What it would change, as it was counted last. */
  difference: ListDifference | null;
  /** The end of its incident's data: nobody can be told any more. */
  destroyedAt: Date | null;
  /** When its last row was deleted, after that. */
  emptiedAt: Date | null;
};

/** What the imported facts say, for a text that wants to contradict them. */
export type ListFacts = {
  listId: string;
  version: number;
  state: ListState;
  importedAt: Date;
  exposedAddresses: number;
  queuedNotSent: number;
  /** From 0 to 1, of the exposed addresses. */
  containsNameShare: number;
  leakedBatches: number;
};

/** Newest first; lists that are still loading are not there yet. */
export async function listExposureLists(db: Database, incidentId?: string): Promise<ExposureList[]> {
  const rows = await selectLists(db)
    .where(
      and(
        ne(exposureLists.state, 'loading'),
        incidentId === undefined ? undefined : eq(exposureLists.incidentId, incidentId),
      ),
    )
    .orderBy(desc(exposureLists.importedAt), desc(exposureLists.version))
    .limit(LISTS_MAX);
  return rows.map(exposureList);
}

/** Undefined also while it is loading. */
export async function findExposureList(db: Database, id: string): Promise<ExposureList | undefined> {
  const [row] = await selectLists(db).where(
    and(eq(exposureLists.id, id), ne(exposureLists.state, 'loading')),
  );
  return row && exposureList(row);
}

/** @throws DomainError `not_found`, also while it is loading. */
export async function getExposureList(db: Database, id: string): Promise<ExposureList> {
  const list = await findExposureList(db, id);
  if (!list) throw new DomainError('not_found', 'There is no such exposure list. Check its id.');
  return list;
}

/** The list that answers now. At most one version of an incident's list is in force. */
export async function findCurrentList(db: Database, incidentId: string): Promise<ExposureList | undefined> {
  const [row] = await selectLists(db)
    .where(and(eq(exposureLists.incidentId, incidentId), inArray(exposureLists.state, ['applied', 'closed'])))
    .orderBy(desc(exposureLists.version))
    .limit(1);
  return row && exposureList(row);
}

/** The list in force, or else the newest draft: a text must not contradict what is already known inside. */
export async function findListFacts(db: Database, incidentId: string): Promise<ListFacts | undefined> {
  const list = (await findCurrentList(db, incidentId)) ?? (await findNewestDraft(db, incidentId));
  if (!list?.report) return undefined;
  const { exposedAddresses, queuedNotSent, containsName, leakedBatches } = list.report;
  return {
    listId: list.id,
    version: list.version,
    state: list.state,
    importedAt: list.importedAt,
    exposedAddresses,
    queuedNotSent,
    containsNameShare: exposedAddresses === 0 ? 0 : containsName / exposedAddresses,
    leakedBatches,
  };
}

export async function findNewestDraft(db: Database, incidentId: string): Promise<ExposureList | undefined> {
  const [row] = await selectLists(db)
    .where(and(eq(exposureLists.incidentId, incidentId), eq(exposureLists.state, 'draft')))
    .orderBy(desc(exposureLists.version))
    .limit(1);
  return row && exposureList(row);
}

/** How many addresses an incident's list said at one time, for everybody to read. */
export type PublicCount = {
  version: number;
  exposedAddresses: number;
  appliedAt: Date;
  /** Why it took the place of the number before; null for the first. */
  reason: string | null;
};

/** What the public number is and was, newest first, at most 100. Nothing of a draft. */
export async function listPublicCounts(db: Database, incidentId: string): Promise<PublicCount[]> {
  const rows = await db
    .select({
      version: exposureLists.version,
      report: exposureLists.report,
      appliedAt: exposureLists.appliedAt,
      reason: exposureLists.appliedReason,
    })
    .from(exposureLists)
    .where(and(eq(exposureLists.incidentId, incidentId), isNotNull(exposureLists.appliedAt)))
    .orderBy(desc(exposureLists.version))
    .limit(PUBLIC_COUNTS_MAX);
  return rows.flatMap(({ report, appliedAt, ...row }) =>
    report && appliedAt ? [{ ...row, appliedAt, exposedAddresses: report.exposedAddresses }] : [],
  );
}

/** When the data of an incident's lists was destroyed; undefined while it is there. */
export async function findDestruction(db: Database, incidentId: string): Promise<Date | undefined> {
  const [row] = await db
    .select({ destroyedAt: exposureDestructions.destroyedAt })
    .from(exposureDestructions)
    .where(eq(exposureDestructions.incidentId, incidentId));
  return row?.destroyedAt;
}

export type AnsweredIncident = { id: string; slug: string; title: string };

/** Published data incidents, newest first: those people are answered about. */
export async function listAnsweredIncidents(db: Database, max: number): Promise<AnsweredIncident[]> {
  return db
    .select({ id: incidents.id, slug: incidents.slug, title: incidents.title })
    .from(incidents)
    .where(and(eq(incidents.nature, 'data'), isNotNull(incidents.publishedAt)))
    .orderBy(desc(incidents.startedAt), incidents.id)
    .limit(max);
}

type ListRow = Awaited<ReturnType<typeof selectLists>>[number];

function selectLists(db: Database) {
  return db
    .select({
      id: exposureLists.id,
      version: exposureLists.version,
      state: exposureLists.state,
      sourceName: exposureLists.sourceName,
      sourceHash: exposureLists.sourceHash,
      report: exposureLists.report,
      importedBy: exposureLists.importedBy,
      importedAt: exposureLists.importedAt,
      appliedBy: exposureLists.appliedBy,
      appliedAt: exposureLists.appliedAt,
      appliedReason: exposureLists.appliedReason,
      closedBy: exposureLists.closedBy,
      closedAt: exposureLists.closedAt,
      sealedUntil: exposureLists.sealedUntil,
      sealedKey: exposureLists.sealedKey,
      difference: exposureLists.difference,
      destroyedAt: exposureDestructions.destroyedAt,
      emptiedAt: exposureLists.emptiedAt,
      incident: {
        id: incidents.id,
        slug: incidents.slug,
        title: incidents.title,
        publishedAt: incidents.publishedAt,
      },
    })
    .from(exposureLists)
    .innerJoin(incidents, eq(incidents.id, exposureLists.incidentId))
    .leftJoin(exposureDestructions, eq(exposureDestructions.incidentId, exposureLists.incidentId));
}

function exposureList({ sealedKey, ...list }: ListRow): ExposureList {
  return { ...list, hasSealed: sealedKey !== null };
}
