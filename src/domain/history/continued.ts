import { and, desc, eq, gte, isNotNull, lt, sql } from '#db/drizzle.ts';
import { unionAll, type AnyPgColumn } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import {
  incidentRevisions,
  incidents,
  incidentUpdateRevisions,
  incidentUpdates,
  postmortemRevisions,
} from '#db/schema/index.ts';
import { dayIn } from '#src/text/dates.ts';
import { addDays, startOfDay } from '#src/text/days.ts';
import { listTroubles } from '../components/troubles.ts';
import { listIncidentsDuring } from '../incidents/queries.ts';
import { listMaintenancesDuring } from '../maintenances/queries.ts';
import type { HistoryEntry } from './queries.ts';
import type { Span } from './rules.ts';

const EACH_MAX = 500;

/** What a day is told in one line: what had begun before it, what was told of afterwards, what did not run as it should. */
export type DayLine =
  | { kind: 'line'; at: Date; word: 'continuing' | 'ended' | 'updated'; path: string; title: string }
  | { kind: 'components'; at: Date; names: readonly string[] };

/** Something with a beginning and, unless it lasts, an end. */
type Lasting = { id: string; path: string; title: string; startedAt: Date; endedAt: Date | null };

/**
 * For every day of a span what it shows beside the entries that stand on it, so that a day without either was quiet:
 * nothing was open, told of or below operational.
 */
export async function listDayLines(
  db: Database,
  span: Span,
  { entries, now, timeZone }: { entries: readonly HistoryEntry[]; now: Date; timeZone: string },
): Promise<DayLine[]> {
  const until = span.until < now ? span.until : now;
  if (until <= span.from) return [];
  const during = { from: span.from, until };
  const lasting: Lasting[] = [
    ...(await listIncidentsDuring(db, during, EACH_MAX)).map((incident) => ({
      ...incident,
      path: `/incidents/${incident.slug}`,
    })),
    ...(await listMaintenancesDuring(db, during)).map((maintenance) => ({
      ...maintenance,
      path: `/maintenance/${maintenance.slug}`,
    })),
  ];
  const updated = await listUpdated(db, during);
  const troubles = await listTroubles(db, during);
  const entryDays = new Set(entries.map((entry) => dayIn(entry.at, timeZone)));
  const begun = new Set(entries.map((entry) => `${idOf(entry)} ${dayIn(entry.at, timeZone)}`));
  return daysWithin(during, timeZone).flatMap(({ day, from, until: end }) => {
    const open = lasting.filter(
      ({ id, startedAt, endedAt }) =>
        startedAt < end && (!endedAt || endedAt >= from) && !begun.has(`${id} ${day}`),
    );
    const shown = new Set(open.map(({ id }) => id));
    const lines = open.map(({ path, title, endedAt }): DayLine => {
      const over = endedAt && endedAt < end;
      return { kind: 'line', at: over ? endedAt : from, word: over ? 'ended' : 'continuing', path, title };
    });
    for (const { id, slug, title, at } of updated) {
      if (at < from || at >= end || shown.has(id) || begun.has(`${id} ${day}`)) continue;
      shown.add(id);
      lines.push({ kind: 'line', at, word: 'updated', path: `/incidents/${slug}`, title });
    }
    const isTold = lines.length > 0 || entryDays.has(day);
    const below = troubles.filter(
      (trouble) => trouble.from < end && trouble.until > from && !(trouble.told && isTold),
    );
    const names = [...new Set(below.map(({ name }) => name))];
    return names.length > 0 ? [...lines, { kind: 'components', at: from, names }] : lines;
  });
}

function idOf(entry: HistoryEntry): string | undefined {
  if (entry.kind === 'incident') return entry.incident.id;
  return entry.kind === 'maintenance' ? entry.maintenance.id : undefined;
}

function daysWithin({ from, until }: Span, timeZone: string): (Span & { day: string })[] {
  const days = [];
  let start = from;
  for (let day = dayIn(from, timeZone); start < until; day = addDays(day, 1)) {
    const end = startOfDay(addDays(day, 1), timeZone);
    days.push({ day, from: start, until: end });
    start = end;
  }
  return days;
}

/** Public incidents of which something was told or put right within a span, the latest first. */
async function listUpdated(db: Database, { from, until }: Span) {
  const is = (column: AnyPgColumn) => and(gte(column, from), lt(column, until));
  const told = unionAll(
    db
      .select({ incidentId: incidentUpdates.incidentId, at: incidentUpdates.displayAt })
      .from(incidentUpdates)
      .where(is(incidentUpdates.displayAt)),
    db
      .select({ incidentId: incidentUpdates.incidentId, at: incidentUpdateRevisions.correctedAt })
      .from(incidentUpdateRevisions)
      .innerJoin(incidentUpdates, eq(incidentUpdates.id, incidentUpdateRevisions.updateId))
      .where(is(incidentUpdateRevisions.correctedAt)),
    db
      .select({ incidentId: incidentRevisions.incidentId, at: incidentRevisions.correctedAt })
      .from(incidentRevisions)
      .where(is(incidentRevisions.correctedAt)),
    db
      .select({ incidentId: postmortemRevisions.incidentId, at: postmortemRevisions.publishedAt })
      .from(postmortemRevisions)
      .where(is(postmortemRevisions.publishedAt)),
    db
      .select({ incidentId: incidents.id, at: sql<Date>`${incidents.backfilledAt}` })
      .from(incidents)
      .where(is(incidents.backfilledAt)),
  ).as('told');
  return db
    .select({ id: incidents.id, slug: incidents.slug, title: incidents.title, at: told.at })
    .from(told)
    .innerJoin(incidents, eq(incidents.id, told.incidentId))
    .where(isNotNull(incidents.publishedAt))
    .orderBy(desc(told.at))
    .limit(EACH_MAX);
}
