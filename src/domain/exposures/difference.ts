import { setImmediate } from 'node:timers/promises';
import { and, eq, sql, type SQL } from '#db/drizzle.ts';
import type { Database, Store } from '#db/client.ts';
import { exposureLists, exposures, leakedBatches, type ListDifference } from '#db/schema/index.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { keyRanges, type KeyRange } from './import/ranges.ts';
import { findCurrentList, getExposureList, type ExposureList } from './queries.ts';
import { assertKept, flags } from './rules.ts';

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
  const { rows } = (await db.execute(sql`
    with before as materialized (${told(before, range)}), after as materialized (${told(after, range)})
    select (count(*) filter (where a.exposed and b.exposed is not true))::int as "newlyExposed",
      (count(*) filter (where not a.exposed and b.exposed is null))::int as "newlyQueued",
      (count(*) filter (where not a.exposed and b.exposed))::int as "nowQueued",
      (count(*) filter (where a.exposed is null and b.exposed))::int as "gone",
      (count(*) filter (where a.exposed is null and not b.exposed))::int as "queuedGone",
      (count(*) filter (where a.exposed = b.exposed and a.messages is distinct from b.messages))::int as "otherMessages",
      (count(*) filter (where a.exposed = b.exposed and a.messages is not distinct from b.messages
        and a.figures is distinct from b.figures))::int as "otherFigures",
      (count(*) filter (where a.exposed = b.exposed and a.messages is not distinct from b.messages
        and a.figures is not distinct from b.figures))::int as "unchanged",
      count(b.address_key)::int as "before", count(a.address_key)::int as "after"
    from before b full join after a on a.address_key = b.address_key`)) as unknown as {
    rows: [typeof NOTHING];
  };
  return rows[0];
}

/**
 * What each address is told, as `exposureFigures` has it: of one that was exposed, the messages that left; of one that was
 * not, how many were stopped. The number of a message is not told, so a list whose messages stand in another order says the same.
 */
function told(listId: string, { from, to }: KeyRange): SQL {
  const bounced = sql`(e.flags & ${flags.ownCopyBounced}) <> 0`;
  const sentTo = sql`b.delivered - (case when ${bounced} then 0 else 1 end)`;
  return sql`
    select e.address_key, bool_or(not b.stopped) as exposed,
      coalesce(
        array_agg(b.sent_at order by b.sent_at) filter (where not b.stopped),
        array_agg(null::timestamptz)
      ) as messages,
      jsonb_build_array(
        jsonb_agg(jsonb_build_array(b.size, ${sentTo}) order by b.sent_at, b.size, ${sentTo}) filter (where not b.stopped),
        bool_or((e.flags & ${flags.containsName}) <> 0) filter (where not b.stopped),
        bool_and(${bounced}) filter (where not b.stopped),
        max(e.measures::text)
      ) as figures
    from ${exposures} e
    join ${leakedBatches} b on b.list_id = e.list_id and b.batch_no = e.batch_no
    where e.list_id = ${listId} and e.address_key >= ${from} and e.address_key < ${to}
    group by e.address_key`;
}
