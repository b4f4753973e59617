import { sql, type SQL } from '#db/drizzle.ts';
import { exposures, leakedBatches, type ListDifference } from '#db/schema/index.ts';
import { flags } from './rules.ts';

/** What a corrected list changes for one address: counts and audiences mean the same by it. */
export type Change = keyof NonNullable<ListDifference['counts']>;

/**
 * The change from `b` to `a`, two rows of `told`; one that is not there is null. In neither, or the same in both: `unchanged`.
 */
export const changeFromBToA: SQL = sql`(case
  when a.exposed and b.exposed is not true then 'newlyExposed'
  when not a.exposed and b.exposed is null then 'newlyQueued'
  when not a.exposed and b.exposed then 'nowQueued'
  when a.exposed is null and b.exposed then 'gone'
  when a.exposed is null and not b.exposed then 'queuedGone'
  when a.messages is distinct from b.messages then 'otherMessages'
  when a.figures is distinct from b.figures then 'otherFigures'
  else 'unchanged' end)`;

/**
 * What each address is told, as `exposureFigures` has it: of one that was exposed, the messages that left; of one that was
 * not, how many were stopped. The number of a message is not told, so a list whose messages stand in another order says the same.
 *
 * @param which of the rows of `exposures e`.
 */
export function told(listId: string, which: SQL): SQL {
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
    where e.list_id = ${listId} and ${which}
    group by e.address_key`;
}
