import { and, eq, gt, inArray, lt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists } from '#db/schema/index.ts';
import { actorId, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { touch } from '../editions.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import type { ReplaceExposures } from './input.ts';
import { findCurrentList, getExposureList, type ExposureList } from './queries.ts';
import { assertAppliable, assertClosable, assertKept, assertSeen, type Replacing } from './rules.ts';

/**
 * Puts an incident's first list in force: from this commit it is what people are told, and its count is public.
 *
 * @throws DomainError `not_found`; `forbidden` below approver or for who imported it; `conflict` unless it is a draft,
 * and when a list is in force: then see `replaceExposureList`.
 */
export async function applyExposureList(
  db: Database,
  actor: Actor,
  listId: string,
  now: Date,
): Promise<ExposureList> {
  return putInForce(db, actor, listId, undefined, now);
}

/**
 * Puts a draft in the place of the list in force, which somebody has compared it with before. The versions before it are
 * superseded; the reason stands with the new count for everybody to read.
 *
 * @throws DomainError `not_found`; `forbidden` below approver or for who imported it; `conflict` unless it is the
 * newest draft, and when it was compared with another list than the one in force; `invalid` by what the reason says.
 */
export async function replaceExposureList(
  db: Database,
  actor: Actor,
  { listId, ...replacing }: ReplaceExposures,
  now: Date,
): Promise<ExposureList> {
  return putInForce(db, actor, listId, replacing, now);
}

async function putInForce(
  db: Database,
  actor: Actor,
  listId: string,
  replacing: Replacing | undefined,
  now: Date,
): Promise<ExposureList> {
  return db.transaction(async (tx) => {
    const list = await lockList(tx, listId);
    assertAppliable(actor, list);
    assertKept(list);
    await refuseNewerInForce(tx, list);
    assertSeen(list, await findCurrentList(tx, list.incident.id), replacing);
    if (replacing) await refuseUnfitText(tx, [replacing.reason], list.incident.id);
    await tx
      .update(exposureLists)
      .set({ state: 'superseded' })
      .where(
        and(
          eq(exposureLists.incidentId, list.incident.id),
          lt(exposureLists.version, list.version),
          inArray(exposureLists.state, ['draft', 'applied', 'closed']),
        ),
      );
    await tx
      .update(exposureLists)
      .set({
        state: 'applied',
        appliedBy: actorId(actor),
        appliedAt: now,
        appliedReason: replacing?.reason ?? null,
      })
      .where(eq(exposureLists.id, listId));
    await appendEvidence(tx, evidenceOf('exposures_applied', list, actor, replacing), now);
    await touch(tx, [`incident:${list.incident.slug}`]);
    return getExposureList(tx, listId);
  });
}

/**
 * Says that nothing more is to come: from this commit, people who are not in the list are told so.
 *
 * @throws DomainError `not_found`; `forbidden` below approver; `conflict` unless it is in force and open.
 */
export async function closeExposureList(
  db: Database,
  actor: Actor,
  listId: string,
  now: Date,
): Promise<ExposureList> {
  return db.transaction(async (tx) => {
    const list = await lockList(tx, listId);
    assertClosable(actor, list);
    assertKept(list);
    await tx
      .update(exposureLists)
      .set({ state: 'closed', closedBy: actorId(actor), closedAt: now })
      .where(eq(exposureLists.id, listId));
    await appendEvidence(tx, evidenceOf('exposures_closed', list, actor), now);
    return getExposureList(tx, listId);
  });
}

/** Two people who press at once: the second waits here and then sees what the first did. */
async function lockList(tx: Database, listId: string): Promise<ExposureList> {
  const { incident } = await getExposureList(tx, listId);
  await tx
    .select({ id: exposureLists.id })
    .from(exposureLists)
    .where(eq(exposureLists.incidentId, incident.id))
    .orderBy(exposureLists.id)
    .for('update');
  return getExposureList(tx, listId);
}

async function refuseNewerInForce(tx: Database, list: ExposureList): Promise<void> {
  const [newer] = await tx
    .select({ version: exposureLists.version })
    .from(exposureLists)
    .where(
      and(
        eq(exposureLists.incidentId, list.incident.id),
        gt(exposureLists.version, list.version),
        inArray(exposureLists.state, ['applied', 'closed']),
      ),
    )
    .limit(1);
  if (!newer) return;
  throw new DomainError(
    'conflict',
    `Version ${newer.version} is already in force and newer than this one. To go back, import the older file again: it becomes a new version.`,
  );
}

function evidenceOf(
  kind: 'exposures_applied' | 'exposures_closed',
  list: ExposureList,
  actor: Actor,
  replacing?: Replacing,
) {
  const details = {
    incident: list.incident.id,
    version: list.version,
    sourceHash: list.sourceHash,
    exposedAddresses: list.report?.exposedAddresses ?? 0,
    ...(replacing && {
      replacedVersion: replacing.version,
      reason: replacing.reason,
      difference: list.difference?.counts ?? null,
    }),
  };
  return { kind, subject: `exposure_list:${list.id}`, actor, details };
}
