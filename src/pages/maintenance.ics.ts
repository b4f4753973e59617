import type { APIRoute } from 'astro';
import { listComponents } from '#src/domain/components/queries.ts';
import { listCalendar } from '#src/domain/maintenances/queries.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { maintenanceCalendar } from '#src/feeds/ics.ts';

export const GET: APIRoute = async ({ locals: { app, t, prefix } }) => {
  const components = await listComponents(app.db);
  const calendar = maintenanceCalendar({
    site: await getSite(app.db),
    publicUrl: app.settings.publicUrl,
    prefix,
    maintenances: await listCalendar(app.db),
    componentNames: new Map(components.map(({ id, name }) => [id, name])),
    t,
  });
  return new Response(calendar, { headers: { 'Content-Type': 'text/calendar; charset=utf-8' } });
};
