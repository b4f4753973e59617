import { setImmediate } from 'node:timers/promises';
import { and, eq, sql } from '#db/drizzle.ts';
import type { Database, Store } from '#db/client.ts';
import { exposureLists, type ListDifference } from '#db/schema/index.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { changeFromBToA, told } from './changes.ts';
import { keyRanges, type KeyRange } from './import/ranges.ts';
import { findCurrentList, getExposureList, type ExposureList } from './queries.ts';
import { assertKept } from './rules.ts';

export type DifferenceCounts = NonNullable<ListDifference['counts']>;

/** Rows of one list looked at in one statement. The embedded database runs on the event loop. */
const RANGE_ROWS = { pglite: 1000, postgres: 50_000 } as const;

/**
 * What a draft would change for whom, against the list in force: counted once, and kept with the draft until another list
 * comes in force. Reads both lists in parts, whatever their size; ten million rows take minutes.
 *
 * @throws DomainError `forbidden` below editor; `not_found`; `conflict` unless it is a draft and a list is in force;
 * `unavailable` when the rows of either are gone.
 */
export async function compareWithListInForce(
  { db, engine }: Pick<Store, 'db' | 'engine'>,
  actor: Actor,
  listId: string,
  now: Date,
): Promise<ListDifference> {
  assertRole(actor, 'editor');
  const draft = await getExposureList(db, listId);
  const inForce = await findCurrentList(db, draft.incident.id);
  if (draft.state !== 'draft' || !inForce) {
    throw new DomainError(
      'conflict',
      'Only a draft is compared, and only with a list in force. Here there is nothing to compare.',
    );
  }
  const known = currentDifference(draft, inForce);
  if (known) return known;
  assertKept(draft);
  const difference: ListDifference = {
    listId: inForce.id,
    version: inForce.version,
    countedAt: now.toISOString(),
    counts: await differenceOf(db, RANGE_ROWS[engine], inForce, draft),
  };
  await db
    .update(exposureLists)
    .set({ difference })
    .where(and(eq(exposureLists.id, draft.id), eq(exposureLists.state, 'draft')));
  return difference;
}

/** What was counted for this draft; undefined when it was not yet, or against a list that is no longer in force. */
export function currentDifference(
  draft: Pick<ExposureList, 'difference'>,
  inForce: Pick<ExposureList, 'id'> | undefined,
): ListDifference | undefined {
  return inForce && draft.difference?.listId === inForce.id ? draft.difference : undefined;
}

type Compared = {
  version: number;
  listed: number;
  distinctAddresses: number;
  keyFingerprint: string;
  normVersion: string;
};

async function getCompared(db: Database, { id, version, report }: ExposureList): Promise<Compared> {
  const [row] = await db
    .select({
      keyFingerprint: exposureLists.keyFingerprint,
      normVersion: exposureLists.normVersion,
      erasedAddresses: exposureLists.erasedAddresses,
    })
    .from(exposureLists)
    .where(eq(exposureLists.id, id));
  const { erasedAddresses = 0, keyFingerprint = '', normVersion = '' } = row ?? {};
  const distinctAddresses = (report?.distinctAddresses ?? 0) - erasedAddresses;
  return { version, listed: report?.listed ?? 0, distinctAddresses, keyFingerprint, normVersion };
}

async function differenceOf(
  db: Database,
  rangeRows: number,
  inForce: ExposureList,
  draft: ExposureList,
): Promise<DifferenceCounts | null> {
  const old = await getCompared(db, inForce);
  const fresh = await getCompared(db, draft);
  // An address has one key in both lists only under the same key and the same rules of normalisation.
  if (old.keyFingerprint !== fresh.keyFingerprint || old.normVersion !== fresh.normVersion) return null;
  const total = { ...NOTHING };
  for (const range of keyRanges(Math.max(old.listed, fresh.listed), rangeRows)) {
    const counted = await countRange(db, range, inForce.id, draft.id);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counted[name];
    await setImmediate();
  }
  const { before, after, ...counts } = total;
  assertHeld(old, before);
  assertHeld(fresh, after);
  return counts;
}

/** A list without its rows would seem to be one in which nobody is. */
function assertHeld({ distinctAddresses, version }: Compared, addresses: number): void {
  if (addresses > 0 || distinctAddresses <= 0) return;
  throw new DomainError(
    'unavailable',
    `The rows of version ${version} are gone, so nothing can be compared. Restore the database from its backup, whole, or import the list again.`,
  );
}

const NOTHING: DifferenceCounts & { before: number; after: number } = {
  newlyExposed: 0,
  newlyQueued: 0,
  nowQueued: 0,
  gone: 0,
  queuedGone: 0,
  otherMessages: 0,
  otherFigures: 0,
  unchanged: 0,
  before: 0,
  after: 0,
};

async function countRange(
  db: Database,
  range: KeyRange,
  before: string,
  after: string,
): Promise<typeof NOTHING> {
  const within = sql`e.address_key >= ${range.from} and e.address_key < ${range.to}`;
  const { rows } = (await db.execute(sql`
    with before as materialized (${told(before, within)}), after as materialized (${told(after, within)})
    select (count(*) filter (where change = 'newlyExposed'))::int as "newlyExposed",
      (count(*) filter (where change = 'newlyQueued'))::int as "newlyQueued",
      (count(*) filter (where change = 'nowQueued'))::int as "nowQueued",
      (count(*) filter (where change = 'gone'))::int as "gone",
      (count(*) filter (where change = 'queuedGone'))::int as "queuedGone",
      (count(*) filter (where change = 'otherMessages'))::int as "otherMessages",
      (count(*) filter (where change = 'otherFigures'))::int as "otherFigures",
      (count(*) filter (where change = 'unchanged'))::int as "unchanged",
      count(older)::int as "before", count(newer)::int as "after"
    from (
      select ${changeFromBToA} as change, b.address_key as older, a.address_key as newer
      from before b full join after a on a.address_key = b.address_key
    ) changes`)) as unknown as {
    rows: [typeof NOTHING];
  };
  return rows[0];
}
