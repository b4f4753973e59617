import { desc, eq, or } from '#db/drizzle.ts';
import { alias } from '#db/drizzle-tables.ts';
import type { Database } from '#db/client.ts';
import { incidentRelations, incidents } from '#db/schema/index.ts';
import { relationSaid, type RelationSaid } from './rules.ts';

const RELATIONS_MAX = 500;

/** What was said of an incident and another one, as the first one's page says it. */
export type Relation = {
  said: RelationSaid;
  /** Empty when none was given. */
  reason: string;
  saidAt: Date;
  other: { id: string; slug: string; title: string; publishedAt: Date | null };
  /** What was said in public before, the newest first. */
  before: readonly { said: RelationSaid; reason: string; saidAt: Date }[];
};

/** How an incident relates to others, the latest said first. For staff: drafts are among them. */
export async function listRelations(db: Database, incidentId: string): Promise<Relation[]> {
  const one = alias(incidents, 'one');
  const another = alias(incidents, 'another');
  const columns = (table: typeof one | typeof another) => ({
    id: table.id,
    slug: table.slug,
    title: table.title,
    publishedAt: table.publishedAt,
  });
  const rows = await db
    .select({
      kind: incidentRelations.kind,
      reason: incidentRelations.reason,
      saidAt: incidentRelations.saidAt,
      one: columns(one),
      another: columns(another),
    })
    .from(incidentRelations)
    .innerJoin(one, eq(one.id, incidentRelations.incidentId))
    .innerJoin(another, eq(another.id, incidentRelations.otherId))
    .where(or(eq(incidentRelations.incidentId, incidentId), eq(incidentRelations.otherId, incidentId)))
    .orderBy(desc(incidentRelations.saidAt), desc(incidentRelations.id))
    .limit(RELATIONS_MAX);

  const relations = new Map<string, Relation & { replacedAt: Date }>();
  for (const row of rows) {
    const fromTheOther = row.another.id === incidentId;
    const [self, other] = fromTheOther ? [row.another, row.one] : [row.one, row.another];
    const { reason, saidAt } = row;
    const words = { said: relationSaid(row.kind, fromTheOther), reason, saidAt };
    const newer = relations.get(other.id);
    if (!newer) {
      relations.set(other.id, { ...words, other, before: [], replacedAt: saidAt });
      continue;
    }
    // What was replaced before both were public was never said in public.
    const bothPublicAt = Math.max(timeOf(self.publishedAt), timeOf(other.publishedAt));
    const before = newer.replacedAt.getTime() > bothPublicAt ? [...newer.before, words] : newer.before;
    relations.set(other.id, { ...newer, before, replacedAt: saidAt });
  }
  return [...relations.values()].map(({ replacedAt: _, ...relation }) => relation);
}

/** Those that readers see: of an incident that is public to others that are. */
export async function listPublicRelations(
  db: Database,
  { id, publishedAt }: { id: string; publishedAt: Date | null },
): Promise<Relation[]> {
  if (!publishedAt) return [];
  return (await listRelations(db, id)).filter(({ other }) => other.publishedAt !== null);
}

function timeOf(publishedAt: Date | null): number {
  return publishedAt?.getTime() ?? Infinity;
}
