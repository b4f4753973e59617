import { sql, type SQL } from '#db/drizzle.ts';
import { setImmediate } from 'node:timers/promises';
import { exposures, leakedBatches, sealedOriginals } from '#db/schema/index.ts';
import { NORM_VERSION } from '#src/text/email-address.ts';
import { flags } from '../rules.ts';
import { keyRanges, type KeyRange } from './ranges.ts';
import { FATES, type Staging } from './staging.ts';

/** Rows looked at in one statement. The embedded database runs on the event loop; a server has its own processor. */
const RANGE_ROWS = { pglite: 2000, postgres: 50_000 } as const;
/** Leaked batches written in one statement. */
const BATCH_ROWS = 2000;

/** The list the rows are written for. */
export type Target = { listId: string; keyVersion: number };

export type BatchFigures = {
  batches: number;
  stopped: number;
  /** Copies: an address once in each batch. */
  copies: number;
  bounced: number;
  smallest: number;
  median: number;
  largest: number;
};

export type PeopleFigures = { addresses: number; exposed: number; named: number };

/** Counts the leaked batches. `told` is how many lines were staged about deliveries; returns how many of them found nobody. */
export async function settleBatches(
  staging: Staging,
  lines: number,
  told: number,
  onRange: (part: number) => void,
): Promise<number> {
  let unmatched = 0;
  await eachRange(staging, lines, onRange, async (range) => {
    await staging.session.db.execute(sql`
      with ${copies(staging, told, range)}
      insert into ${staging.batches} as b (batch_no, size, delivered, bounced, stopped, sent_at)
      select batch_no, count(*), count(*) filter (where fate < ${FATES.bounced}),
        count(*) filter (where fate = ${FATES.bounced}), bool_and(fate = ${FATES.stopped}), min(sent_at)
      from copies group by batch_no
      on conflict (batch_no) do update set
        size = b.size + excluded.size,
        delivered = b.delivered + excluded.delivered,
        bounced = b.bounced + excluded.bounced,
        stopped = b.stopped and excluded.stopped,
        sent_at = least(b.sent_at, excluded.sent_at)`);
    if (told > 0) unmatched += await countUnmatched(staging, range);
  });
  return told === 0 ? 0 : unmatched + (await countUnknownBatches(staging));
}

/** Counts the people and, where a target is given, writes its rows in the order of their keys. */
export async function settlePeople(
  staging: Staging,
  lines: number,
  told: number,
  target: Target | undefined,
  onRange: (part: number) => void,
): Promise<PeopleFigures> {
  const total: PeopleFigures = { addresses: 0, exposed: 0, named: 0 };
  await eachRange(staging, lines, onRange, async (range) => {
    const figures = await one<PeopleFigures>(
      staging,
      sql`
      with ${copies(staging, told, range)},
      placed as materialized (
        select c.*, bool_or(not b.stopped) over (partition by c.address_key) as exposed
        from copies c join ${staging.batches} b on b.batch_no = c.batch_no
      ),
      people as materialized (
        select address_key, bool_or(exposed) as exposed, bool_or(contains_name) as contains_name
        from placed group by address_key
      )
      ${target ? writing(staging, told, range, target) : sql``}
      select count(*)::int as addresses,
        (count(*) filter (where exposed))::int as exposed,
        (count(*) filter (where exposed and contains_name))::int as named
      from people`,
    );
    total.addresses += figures.addresses;
    total.exposed += figures.exposed;
    total.named += figures.named;
  });
  return total;
}

export async function batchFigures(staging: Staging): Promise<BatchFigures> {
  return one<BatchFigures>(
    staging,
    sql`
    select count(*)::int as batches, (count(*) filter (where stopped))::int as stopped,
      coalesce(sum(size), 0)::int as copies, coalesce(sum(bounced), 0)::int as bounced,
      coalesce(min(size), 0)::int as smallest, coalesce(max(size), 0)::int as largest,
      coalesce(percentile_disc(0.5) within group (order by size), 0)::int as median
    from ${staging.batches}`,
  );
}

/** Writes the leaked batches, in the order of their numbers. */
export async function writeBatches(staging: Staging, { listId }: Target): Promise<void> {
  for (let after = 0, written = BATCH_ROWS; written === BATCH_ROWS;) {
    const last = await one<{ batch_no: number | null; rows: number }>(
      staging,
      sql`
      with part as (
        select * from ${staging.batches} where batch_no > ${after} order by batch_no limit ${BATCH_ROWS}
      ), written as (
        insert into ${leakedBatches} (list_id, batch_no, size, delivered, stopped, sent_at)
        select ${listId}, batch_no, size, delivered, stopped, case when stopped then null else sent_at end from part order by batch_no
      )
      select max(batch_no) as batch_no, count(*)::int as rows from part`,
    );
    after = last.batch_no ?? after;
    written = last.rows;
    await setImmediate();
  }
}

/** Writes the sealed originals in the order of their random ids, which is no order of the list's. */
export async function writeOriginals(
  staging: Staging,
  { listId }: Target,
  originals: number,
  onRange: (part: number) => void,
): Promise<void> {
  await eachRange(staging, originals, onRange, async (range) => {
    await staging.session.db.execute(sql`
      insert into ${sealedOriginals} (list_id, id, sealed_address)
      select ${listId}, id, sealed_address from ${staging.originals} where ${within('id', range)} order by id`);
  });
}

/**
 * `copies`: an address once in each batch, with what became of it. What is told about the address stands over what is
 * told about its batch, and that over the mailing itself. Of several lines, the copy was stopped if all say so, not
 * delivered if none leaves it open, and else counts as delivered: then it is the others who saw it.
 */
function copies(staging: Staging, told: number, range: KeyRange): SQL {
  const listed = sql`
    select address_key, batch_no, bool_or(contains_name) as contains_name, ${joinedFate} as fate, min(sent_at) as sent_at
    from ${staging.lines} where ${within('address_key', range)}
    group by address_key, batch_no`;
  if (told === 0) return sql`copies as materialized (${listed})`;
  const tellings = (about: SQL) => sql`
    left join lateral (
      select ${joinedFate} as fate, min(sent_at) as sent_at from ${staging.deliveries} d
      where ${about} and d.fate <> ${FATES.unknown} having count(*) > 0
    )`;
  return sql`
    listed as materialized (${listed}),
    copies as materialized (
      select l.address_key, l.batch_no, l.contains_name, coalesce(a.fate, b.fate, l.fate) as fate,
        coalesce(a.sent_at, b.sent_at, l.sent_at) as sent_at
      from listed l
      ${tellings(sql`d.address_key = l.address_key and (d.batch_no is null or d.batch_no = l.batch_no)`)} a on true
      ${tellings(sql`d.address_key is null and d.batch_no = l.batch_no`)} b on true
    )`;
}

const joinedFate = sql.raw(`(case
  when bool_and(fate = ${FATES.stopped}) then ${FATES.stopped}
  when bool_and(fate >= ${FATES.bounced}) then ${FATES.bounced}
  when bool_or(fate = ${FATES.yes}) then ${FATES.yes}
  else ${FATES.unknown} end)`);

/** Writes exposures and keeps one original of each exposed address, in the statement that counts. */
function writing(staging: Staging, told: number, range: KeyRange, { listId, keyVersion }: Target): SQL {
  return sql`,
    said as (
      select address_key, measures from ${staging.lines}
      where ${within('address_key', range)} and measures is not null
      ${told === 0 ? sql`` : toldMeasures(staging)}
    ),
    taken as materialized (
      select address_key, jsonb_object_agg(name, value) as measures from (
        select address_key, name, string_agg(distinct value, '; ' order by value) as value
        from said, jsonb_each_text(said.measures) as measure (name, value)
        group by address_key, name
      ) merged group by address_key
    ),
    written as (
      insert into ${exposures} (list_id, address_key, batch_no, key_version, norm_version, flags, measures)
      select ${listId}, p.address_key, p.batch_no, ${keyVersion}::smallint, ${NORM_VERSION},
        (case when p.contains_name then ${flags.containsName} else 0 end)
          + (case when p.fate >= ${FATES.bounced} then ${flags.ownCopyBounced} else 0 end),
        t.measures
      from placed p left join taken t on t.address_key = p.address_key
      order by p.address_key, p.batch_no
    ),
    kept as (
      insert into ${staging.originals} (id, sealed_address)
      select distinct on (l.address_key) l.original_id, l.sealed_address
      from ${staging.lines} l join people on people.address_key = l.address_key
      where ${within('l.address_key', range)} and people.exposed and l.original_id is not null
      order by l.address_key, l.original_id
    )`;
}

const toldMeasures = ({ deliveries }: Staging) => sql`
  union all
  select c.address_key, d.measures from copies c join ${deliveries} d
    on d.address_key = c.address_key and (d.batch_no is null or d.batch_no = c.batch_no)
  where d.measures is not null
  union all
  select c.address_key, d.measures from copies c join ${deliveries} d
    on d.address_key is null and d.batch_no = c.batch_no
  where d.measures is not null`;

async function countUnmatched(staging: Staging, range: KeyRange): Promise<number> {
  const { rows } = await one<{ rows: number }>(
    staging,
    sql`
    select count(*)::int as rows from ${staging.deliveries} d
    where ${within('d.address_key', range)} and not exists (
      select from ${staging.lines} l
      where l.address_key = d.address_key and (d.batch_no is null or d.batch_no = l.batch_no)
    )`,
  );
  return rows;
}

async function countUnknownBatches(staging: Staging): Promise<number> {
  const { rows } = await one<{ rows: number }>(
    staging,
    sql`
    select count(*)::int as rows from ${staging.deliveries} d
    where d.address_key is null and not exists (select from ${staging.batches} b where b.batch_no = d.batch_no)`,
  );
  return rows;
}

/** Runs over the space of keys, giving way to everybody else between two statements. */
async function eachRange(
  { engine }: Staging,
  rows: number,
  onRange: (part: number) => void,
  run: (range: KeyRange) => Promise<void>,
): Promise<void> {
  const ranges = [...keyRanges(rows, RANGE_ROWS[engine])];
  for (const [index, range] of ranges.entries()) {
    await run(range);
    onRange((index + 1) / ranges.length);
    await setImmediate();
  }
}

const within = (column: string, { from, to }: KeyRange) =>
  sql`${sql.raw(column)} >= ${from} and ${sql.raw(column)} < ${to}`;

/** @returns the only row of a statement that always has one. */
async function one<Row>(staging: Staging, statement: SQL): Promise<Row> {
  const { rows } = (await staging.session.db.execute(statement)) as unknown as { rows: Row[] };
  return rows[0] as Row;
}
