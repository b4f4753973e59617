import { and, desc, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists, exposures, type ImportReport } from '#db/schema/index.ts';
import { NORM_VERSION } from '#src/text/email-address.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import type { Key } from '#src/trust/seal.ts';
import { DomainError } from '../errors.ts';

/** Which list an answer rests on, and what was compared. */
export type AnswerBasis = {
  listId: string;
  version: number;
  closed: boolean;
  /** When it was put in force or, if it is closed, closed. */
  asOf: Date;
  leakedBatches: number;
  distinctAddresses: number;
};

export type AnsweringList = NonNullable<Awaited<ReturnType<typeof findAnsweringList>>>;

/** The version in force, if there is one. */
export async function findAnsweringList(db: Database, incidentId: string) {
  const [list] = await db
    .select({
      id: exposureLists.id,
      version: exposureLists.version,
      state: exposureLists.state,
      report: exposureLists.report,
      keyVersion: exposureLists.keyVersion,
      keyFingerprint: exposureLists.keyFingerprint,
      normVersion: exposureLists.normVersion,
      erasedAddresses: exposureLists.erasedAddresses,
      appliedAt: exposureLists.appliedAt,
      closedAt: exposureLists.closedAt,
    })
    .from(exposureLists)
    .where(and(eq(exposureLists.incidentId, incidentId), inArray(exposureLists.state, ['applied', 'closed'])))
    .orderBy(desc(exposureLists.version))
    .limit(1);
  return list;
}

/**
 * Holds the list against what the look-up was made with: with another key or other rules of normalisation nobody
 * would be found, and "you were not exposed" would be said to everybody.
 */
export function assertComparable(
  list: AnsweringList,
  held: readonly Key[],
): asserts list is AnsweringList & { report: ImportReport } {
  const key = held.find((candidate) => candidate.version === list.keyVersion);
  if (!key || keyFingerprint(key) !== list.keyFingerprint) {
    throw new DomainError(
      'unavailable',
      'The key of this exposure list is not in the key folder. Restore it from its backup.',
    );
  }
  if (list.normVersion !== NORM_VERSION || !list.report) {
    throw new DomainError(
      'unavailable',
      'This exposure list was made by another version of Forthright. Import it again.',
    );
  }
}

/**
 * A list that lost its rows, in half a restore perhaps, would tell everybody that they were not exposed. One whose people
 * all had themselves erased is whole.
 */
export function assertWhole(list: { report: ImportReport; erasedAddresses: number }, hasRows: boolean): void {
  if (hasRows || list.report.distinctAddresses <= list.erasedAddresses) return;
  throw new DomainError(
    'unavailable',
    'The rows of this exposure list are gone. Restore the database from its backup, whole, or import the list again.',
  );
}

export async function holdsRows(db: Database, listId: string): Promise<boolean> {
  const rows = await db
    .select({ listId: exposures.listId })
    .from(exposures)
    .where(eq(exposures.listId, listId))
    .limit(1);
  return rows.length > 0;
}

export function basisOf(list: AnsweringList & { report: ImportReport }): AnswerBasis {
  return {
    listId: list.id,
    version: list.version,
    closed: list.state === 'closed',
    asOf: (list.closedAt ?? list.appliedAt) as Date,
    leakedBatches: list.report.leakedBatches,
    distinctAddresses: list.report.distinctAddresses,
  };
}
