import { and, desc, eq, inArray, isNull, ne } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { impacts, maintenanceComponents, maintenances } from '#db/schema/index.ts';
import type { Actor } from '../actors.ts';
import { recordImpact } from '../components/commands.ts';
import { worstStatus, type ComponentStatus } from '../components/rules.ts';
import { activeStates } from './rules.ts';

type Cause = { maintenanceId: string; updateId: string; actor: Actor | 'worker' };

/** What is broken already stays what it is: planned work excuses no outage. The components are locked. */
export async function beginImpacts(
  tx: Database,
  componentIds: readonly string[],
  cause: Cause,
  now: Date,
): Promise<void> {
  for (const componentId of componentIds) {
    const current = await newestStatus(tx, componentId);
    if (worstStatus([current, 'under_maintenance']) !== 'under_maintenance') continue;
    await record(tx, componentId, 'under_maintenance', cause, now);
  }
}

/**
 * Each goes back to what incidents and the team say of it, unless other work on it is still under way, or somebody has said
 * something of it since. The components are locked.
 */
export async function endImpacts(
  tx: Database,
  componentIds: readonly string[],
  cause: Cause,
  now: Date,
): Promise<void> {
  for (const componentId of componentIds) {
    if ((await newestStatus(tx, componentId)) !== 'under_maintenance') continue;
    if (await isWorkedOnElsewhere(tx, componentId, cause.maintenanceId)) continue;
    await record(tx, componentId, await statusWithoutMaintenance(tx, componentId), cause, now);
  }
}

async function record(
  tx: Database,
  componentId: string,
  status: ComponentStatus,
  { updateId: maintenanceUpdateId, actor }: Cause,
  now: Date,
): Promise<void> {
  await recordImpact(tx, actor, { componentId, status, maintenanceUpdateId }, now);
}

async function newestStatus(tx: Database, componentId: string): Promise<ComponentStatus> {
  return statusIn(tx, componentId, false);
}

async function statusWithoutMaintenance(tx: Database, componentId: string): Promise<ComponentStatus> {
  return statusIn(tx, componentId, true);
}

async function statusIn(
  tx: Database,
  componentId: string,
  withoutMaintenance: boolean,
): Promise<ComponentStatus> {
  const [newest] = await tx
    .select({ status: impacts.status })
    .from(impacts)
    .where(
      and(
        eq(impacts.componentId, componentId),
        withoutMaintenance
          ? and(isNull(impacts.maintenanceUpdateId), eq(impacts.isCorrection, false))
          : undefined,
      ),
    )
    .orderBy(desc(impacts.startsAt), desc(impacts.id))
    .limit(1);
  return newest?.status ?? 'operational';
}

async function isWorkedOnElsewhere(
  tx: Database,
  componentId: string,
  maintenanceId: string,
): Promise<boolean> {
  const others = await tx
    .select({ id: maintenances.id })
    .from(maintenances)
    .innerJoin(maintenanceComponents, eq(maintenanceComponents.maintenanceId, maintenances.id))
    .where(
      and(
        eq(maintenanceComponents.componentId, componentId),
        ne(maintenances.id, maintenanceId),
        inArray(maintenances.state, [...activeStates]),
      ),
    )
    .limit(1);
  return others.length > 0;
}
