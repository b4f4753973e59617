import { listComponents, statusesOf } from '#src/domain/components/queries.ts';
import { headline, serviceState } from '#src/domain/components/rules.ts';
import { listOpenIncidents } from '#src/domain/incidents/queries.ts';
import { countActiveMaintenances } from '#src/domain/maintenances/queries.ts';
import { answerRoute } from './_answer.ts';

export const GET = answerRoute('currentStatus', async ({ db, context }) => {
  const { t } = context.locals;
  const statuses = statusesOf(await listComponents(db));
  const open = await listOpenIncidents(db);
  const active = await countActiveMaintenances(db);
  const leaks = open.filter(({ nature }) => nature === 'data').length;
  return {
    ...serviceState(statuses, open, active),
    headline: headline(statuses, open, active).map(({ key, count, tone }) => ({
      tone,
      text: t(key, { count }),
    })),
    open_service_incidents: open.length - leaks,
    open_data_incidents: leaks,
    maintenances_in_progress: active,
  };
});
