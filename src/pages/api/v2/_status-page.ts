import type { APIRoute } from 'astro';
import { listAffected } from '#src/domain/components/affected.ts';
import { listComponents, listRetiredComponents } from '#src/domain/components/queries.ts';
import { listIncidentsInFull, listOpenIncidents } from '#src/domain/incidents/queries.ts';
import {
  listActiveMaintenances,
  listNewestMaintenances,
  listUpcomingMaintenances,
} from '#src/domain/maintenances/queries.ts';
import { getSiteId } from '#src/domain/site/identity.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { once } from '#src/domain/snapshot.ts';
import { listPublishedStatements } from '#src/domain/statements/queries.ts';
import type { StatusPage } from '#src/feeds/statuspage-v2/documents.ts';
import { toldIncident, toldMaintenance } from '#src/feeds/statuspage-v2/timeline.ts';
import { jsonRoute } from '../_json.ts';

const NEWEST = 50;
const STATEMENTS_MAX = 500;

type Database = App.Locals['app']['db'];

/** A document of Statuspage's API. */
export function statusPageRoute(documentOf: (status: StatusPage) => object): APIRoute {
  return jsonRoute(async ({ locals: { app } }) => documentOf(await loadStatusPage(app)));
}

export function loadStatusPage({ db, settings }: App.Locals['app']): Promise<StatusPage> {
  return once(db, 'status-page', () => load(db, settings.publicUrl));
}

async function load(db: Database, publicUrl: string): Promise<StatusPage> {
  const site = await getSite(db);
  const components = await listComponents(db);
  const retired = await listRetiredComponents(db);
  const incidents = byId([
    ...(await listOpenIncidents(db)),
    ...(await listIncidentsInFull(db, NEWEST, { order: 'started' })),
  ]);
  const maintenances = byId([
    ...(await listActiveMaintenances(db)),
    ...(await listUpcomingMaintenances(db)),
    ...(await listNewestMaintenances(db, NEWEST)),
  ]);
  const statements = await listPublishedStatements(db, { limit: STATEMENTS_MAX });
  const affected = await listAffected(
    db,
    maintenances.flatMap(({ updates }) => updates.map(({ id }) => id)),
  );
  const changes = [
    ...[...components, ...incidents, ...maintenances].map(({ updatedAt }) => updatedAt),
    ...statements.map(({ changedAt }) => changedAt),
  ];
  return {
    id: await getSiteId(db),
    name: site.name,
    publicUrl,
    timeZone: site.timeZone,
    changedAt: new Date(Math.max(0, ...changes.map((at) => at.getTime()))),
    components,
    retired,
    incidents: incidents.map((each) =>
      toldIncident(each, { statements, publicUrl, timeZone: site.timeZone }),
    ),
    maintenances: maintenances.flatMap((each) => toldMaintenance(each, affected) ?? []),
  };
}

function byId<T extends { id: string }>(found: readonly T[]): T[] {
  return [...new Map(found.map((each) => [each.id, each])).values()];
}
