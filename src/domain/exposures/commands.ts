import { and, eq, gt, inArray, lt } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists } from '#db/schema/index.ts';
import { actorId, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { getExposureList, type ExposureList } from './queries.ts';
import { assertAppliable, assertClosable } from './rules.ts';

/**
 * Puts a draft in force: from this commit it is what people are told, and the versions before it are superseded.
 *
 * @throws DomainError `not_found`; `forbidden` below approver or for who imported it; `conflict` unless it is the
 * newest draft.
 */
export async function applyExposureList(
  db: Database,
  actor: Actor,
  listId: string,
  now: Date,
): Promise<ExposureList> {
  return db.transaction(async (tx) => {
    const list = await lockList(tx, listId);
    assertAppliable(actor, list);
    await refuseNewerInForce(tx, list);
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
      .set({ state: 'applied', appliedBy: actorId(actor), appliedAt: now })
      .where(eq(exposureLists.id, listId));
    await appendEvidence(tx, evidenceOf('exposures_applied', list, actor), now);
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

function evidenceOf(kind: 'exposures_applied' | 'exposures_closed', list: ExposureList, actor: Actor) {
  const details = {
    incident: list.incident.id,
    version: list.version,
    sourceHash: list.sourceHash,
    exposedAddresses: list.report?.exposedAddresses ?? 0,
  };
  return { kind, subject: `exposure_list:${list.id}`, actor, details };
}
