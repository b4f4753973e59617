import { and, desc, eq, inArray, isNotNull, ne } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists, incidents, type ImportReport } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import type { ListState } from './rules.ts';

const LISTS_MAX = 200;

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
  closedBy: string | null;
  closedAt: Date | null;
  sealedUntil: Date | null;
  /** False when none were kept, or when they have been destroyed. */
  hasSealed: boolean;
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
      closedBy: exposureLists.closedBy,
      closedAt: exposureLists.closedAt,
      sealedUntil: exposureLists.sealedUntil,
      sealedKey: exposureLists.sealedKey,
      incident: {
        id: incidents.id,
        slug: incidents.slug,
        title: incidents.title,
        publishedAt: incidents.publishedAt,
      },
    })
    .from(exposureLists)
    .innerJoin(incidents, eq(incidents.id, exposureLists.incidentId));
}

function exposureList({ sealedKey, ...list }: ListRow): ExposureList {
  return { ...list, hasSealed: sealedKey !== null };
}
