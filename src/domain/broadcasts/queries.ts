import { and, asc, count, desc, eq, inArray, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { broadcasts, deliveries, providerBatches } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { accountCloses, type Account, type BroadcastState, type DeliveryOutcome } from './rules.ts';

const BROADCASTS_MAX = 200;

export type Broadcast = typeof broadcasts.$inferSelect;

export async function findBroadcast(db: Database, id: string): Promise<Broadcast | undefined> {
  const [row] = await db.select().from(broadcasts).where(eq(broadcasts.id, id));
  return row;
}

/** @throws DomainError `not_found`. */
export async function getBroadcast(db: Database, id: string): Promise<Broadcast> {
  const row = await findBroadcast(db, id);
  if (!row) {
    throw new DomainError(
      'not_found',
      'There is no such broadcast. See all of them in the admin area, or with "forthright broadcasts list".',
    );
  }
  return row;
}

export type BroadcastSummary = Pick<
  Broadcast,
  | 'id'
  | 'purpose'
  | 'state'
  | 'reason'
  | 'audience'
  | 'audienceCount'
  | 'draftedBy'
  | 'draftedAt'
  | 'releasedAt'
  | 'finishedAt'
> & { title: string };

/** Newest first; only those in these states when told. At most 200. */
export async function listBroadcasts(
  db: Database,
  { states }: { states?: readonly BroadcastState[] } = {},
): Promise<BroadcastSummary[]> {
  return db
    .select({
      id: broadcasts.id,
      purpose: broadcasts.purpose,
      state: broadcasts.state,
      reason: broadcasts.reason,
      audience: broadcasts.audience,
      audienceCount: broadcasts.audienceCount,
      draftedBy: broadcasts.draftedBy,
      draftedAt: broadcasts.draftedAt,
      releasedAt: broadcasts.releasedAt,
      finishedAt: broadcasts.finishedAt,
      title: sql<string>`${broadcasts.content} ->> 'title'`,
    })
    .from(broadcasts)
    .where(states && inArray(broadcasts.state, [...states]))
    .orderBy(desc(broadcasts.draftedAt), desc(broadcasts.id))
    .limit(BROADCASTS_MAX);
}

export type BroadcastInFlight = {
  id: string;
  title: string;
  state: 'freezing' | 'sending' | 'halted';
  accepted: number;
  audience: number;
};

/** Released and not at its end: what can be stopped, or waits for somebody. */
export async function listInFlight(db: Database): Promise<BroadcastInFlight[]> {
  const rows = await db
    .select({
      id: broadcasts.id,
      title: sql<string>`${broadcasts.content} ->> 'title'`,
      state: broadcasts.state,
      audience: broadcasts.audienceCount,
      accepted: db.$count(
        deliveries,
        and(eq(deliveries.broadcastId, broadcasts.id), eq(deliveries.state, 'accepted')),
      ),
    })
    .from(broadcasts)
    .where(inArray(broadcasts.state, ['approved', 'freezing', 'sending', 'halted']))
    .orderBy(asc(broadcasts.releasedAt))
    .limit(BROADCASTS_MAX);
  return rows.map((row) => ({
    ...row,
    state: row.state === 'sending' || row.state === 'halted' ? row.state : 'freezing',
    audience: row.audience ?? 0,
  }));
}

/** What a worker has to do, duty first, then in the order of release. */
export async function listBroadcastsUnderWay(
  db: Database,
): Promise<{ id: string; state: BroadcastState; transport: string | null }[]> {
  return db
    .select({ id: broadcasts.id, state: broadcasts.state, transport: broadcasts.transport })
    .from(broadcasts)
    .where(inArray(broadcasts.state, ['approved', 'freezing', 'sending']))
    .orderBy(asc(broadcasts.purpose), asc(broadcasts.releasedAt), asc(broadcasts.id))
    .limit(BROADCASTS_MAX);
}

/** Where every recipient is: the figures add up to the audience, or `closes` is false. */
export async function accountBroadcast(db: Database, id: string): Promise<Account> {
  const { audienceCount } = await getBroadcast(db, id);
  const rows = await db
    .select({
      state: deliveries.state,
      reason: deliveries.reason,
      outcome: deliveries.outcome,
      people: count(),
    })
    .from(deliveries)
    .where(eq(deliveries.broadcastId, id))
    .groupBy(deliveries.state, deliveries.reason, deliveries.outcome);
  const account = {
    audience: audienceCount ?? rows.reduce((sum, row) => sum + row.people, 0),
    pending: 0,
    accepted: 0,
    skipped: {} as Record<string, number>,
    rejected: {} as Record<string, number>,
    unknown: 0,
    outcomes: { delivered: 0, suppressed: 0, bounced: 0, complained: 0 } as Record<DeliveryOutcome, number>,
  };
  for (const { state, reason, outcome, people } of rows) {
    if (outcome) account.outcomes[outcome] += people;
    if (state === 'skipped' || state === 'rejected') {
      const counts = account[state];
      counts[reason ?? 'no reason given'] = (counts[reason ?? 'no reason given'] ?? 0) + people;
    } else {
      account[state] += people;
    }
  }
  return { ...account, closes: audienceCount !== null && accountCloses(account) };
}

/** Written out, so that the planner sees that the partial index fits. */
export const isWaiting = sql`${providerBatches.state} in ('pending', 'sealed', 'sending')`;

/** Whether a provider batch still waits, for its turn or for an answer. */
export async function hasWaitingBatches(db: Database, id: string): Promise<boolean> {
  const [row] = await db
    .select({ number: providerBatches.number })
    .from(providerBatches)
    .where(and(eq(providerBatches.broadcastId, id), isWaiting))
    .limit(1);
  return row !== undefined;
}
