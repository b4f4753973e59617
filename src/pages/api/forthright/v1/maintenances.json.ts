import {
  listActiveMaintenances,
  listNewestMaintenances,
  listUpcomingMaintenances,
} from '#src/domain/maintenances/queries.ts';
import { maintenanceAnswers } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from './_answer.ts';

const NEWEST = 50;

export const GET = answerRoute('maintenances', async ({ db, speaker }) => {
  const found = [
    ...(await listActiveMaintenances(db)),
    ...(await listUpcomingMaintenances(db, NEWEST)),
    ...(await listNewestMaintenances(db, NEWEST, { cancelledToo: true })),
  ];
  const once = [...new Map(found.map((maintenance) => [maintenance.id, maintenance])).values()];
  once.sort((a, b) => b.scheduledFor.getTime() - a.scheduledFor.getTime() || (a.id < b.id ? 1 : -1));
  return { maintenances: once.flatMap((maintenance) => maintenanceAnswers(maintenance, speaker)) };
});
