import { and, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { components, maintenanceComponents, maintenances } from '#db/schema/index.ts';
import { slugOf } from '#src/text/slug.ts';
import { DomainError } from '../errors.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { PlanMaintenance } from './input.ts';
import { DURATION_MINUTES_MAX } from './rules.ts';

const MINUTE_MS = 60_000;
const DAY_LENGTH = '-2026-11-24'.length;
const SLUG_MAX = 60;

/** @throws DomainError `invalid` when this cannot be planned: it ends before it begins, lasts too long, or says what it may not. */
export async function assertPlannable(
  tx: Database,
  {
    title,
    description,
    scheduledFor,
    scheduledUntil,
    componentIds,
  }: Omit<PlanMaintenance, 'reminderMinutes'>,
): Promise<void> {
  assertLasting((scheduledUntil.getTime() - scheduledFor.getTime()) / MINUTE_MS);
  await refuseUnfitText(tx, [title, description], null);
  await assertComponents(tx, componentIds);
}

/** @throws DomainError `invalid`. */
export function assertLasting(minutes: number): void {
  if (!(minutes > 0)) throw new DomainError('invalid', 'It ends before it begins. Give a later end.');
  if (minutes > DURATION_MINUTES_MAX) {
    throw new DomainError(
      'invalid',
      'A maintenance lasts 14 days at most. Announce longer work as a notice, with a maintenance for each part of it.',
    );
  }
}

/** @throws DomainError `invalid`. */
export async function assertComponents(tx: Database, componentIds: readonly string[]): Promise<void> {
  const ids = [...new Set(componentIds)];
  if (ids.length === 0) return;
  const known = await tx
    .select({ id: components.id })
    .from(components)
    .where(and(inArray(components.id, ids), eq(components.isGroup, false)));
  if (known.length < ids.length) {
    throw new DomainError('invalid', 'A component of this maintenance is not there any more. Choose again.');
  }
}

export async function setComponents(
  tx: Database,
  maintenanceId: string,
  componentIds: readonly string[],
): Promise<void> {
  await tx.delete(maintenanceComponents).where(eq(maintenanceComponents.maintenanceId, maintenanceId));
  const rows = [...new Set(componentIds)].map((componentId) => ({ maintenanceId, componentId }));
  if (rows.length > 0) await tx.insert(maintenanceComponents).values(rows);
}

/** The same, or with a part of the id behind it where the slug is taken. */
export async function freeSlugs<One extends { id: string; slug: string }>(
  tx: Database,
  wanted: readonly One[],
): Promise<One[]> {
  if (wanted.length === 0) return [];
  const taken = await tx
    .select({ slug: maintenances.slug })
    .from(maintenances)
    .where(
      inArray(
        maintenances.slug,
        wanted.map(({ slug }) => slug),
      ),
    );
  const known = new Set(taken.map(({ slug }) => slug));
  return wanted.map((one) =>
    known.has(one.slug) ? { ...one, slug: `${one.slug}-${one.id.slice(0, 5)}` } : one,
  );
}

/** Of one occurrence: the title and its day. */
export function occurrenceSlug(title: string, day: string): string {
  const name = slugOf(title)
    .slice(0, SLUG_MAX - DAY_LENGTH)
    .replace(/-+$/, '');
  return `${name}-${day}`;
}

export function isOver(): DomainError {
  return new DomainError('invalid', 'The time you gave is over. Give one that is still to come.');
}
