import { and, asc, desc, eq, gt, lt, lte, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { components, impacts } from '#db/schema/index.ts';
import type { ComponentStatus } from './rules.ts';

/** Of one component within a span; beyond it only the first are told. */
const CHANGES_MAX = 2000;

/** A stretch of time in which a component was not operational. */
export type Trouble = {
  componentId: string;
  name: string;
  status: ComponentStatus;
  from: Date;
  until: Date;
  /** An incident or a maintenance told of it. */
  told: boolean;
};

/** Whatever was below operational within a span, as far as it lies in it; a component out of view until it was taken out. */
export async function listTroubles(
  db: Database,
  { from, until }: { from: Date; until: Date },
): Promise<Trouble[]> {
  const rows = await listStatuses(db, { from, until });
  const earlier = (a: Date, b: Date | null) => (b && b < a ? b : a);
  return [...Map.groupBy(rows, ({ componentId }) => componentId).values()].flatMap((changes) =>
    changes.flatMap(({ componentId, name, status, at, told, retiredAt }, index) => {
      const end = earlier(changes[index + 1]?.at ?? until, retiredAt);
      const start = at > from ? at : from;
      return status === 'operational' || end <= start
        ? []
        : [{ componentId, name, status, from: start, until: end, told }];
    }),
  );
}

/** What held of each component when the span began and what changed in it, oldest first. */
async function listStatuses(db: Database, { from, until }: { from: Date; until: Date }) {
  const columns = {
    status: impacts.status,
    at: impacts.startsAt,
    id: impacts.id,
    told: sql<boolean>`(${impacts.incidentUpdateId} is not null or ${impacts.maintenanceUpdateId} is not null)`.as(
      'told',
    ),
  };
  const isOf = eq(impacts.componentId, components.id);
  const before = db
    .select(columns)
    .from(impacts)
    .where(and(isOf, lte(impacts.startsAt, from)))
    .orderBy(desc(impacts.startsAt), desc(impacts.id))
    .limit(1);
  const within = db
    .select(columns)
    .from(impacts)
    .where(and(isOf, gt(impacts.startsAt, from), lt(impacts.startsAt, until)))
    .orderBy(asc(impacts.startsAt), asc(impacts.id))
    .limit(CHANGES_MAX);
  const changes = before.unionAll(within).as('changes');
  return db
    .select({
      componentId: components.id,
      name: components.name,
      retiredAt: components.retiredAt,
      status: changes.status,
      at: changes.at,
      told: changes.told,
    })
    .from(components)
    .innerJoinLateral(changes, sql`true`)
    .where(eq(components.isGroup, false))
    .orderBy(asc(components.position), asc(components.name), asc(changes.at), asc(changes.id));
}
