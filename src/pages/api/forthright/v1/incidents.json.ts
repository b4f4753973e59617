import { listIncidentsInFull, listOpenIncidents } from '#src/domain/incidents/queries.ts';
import { incidentAnswer } from '#src/feeds/forthright-v1/answers.ts';
import { answerRoute } from './_answer.ts';

const NEWEST = 50;

export const GET = answerRoute('incidents', async ({ db, speaker }) => {
  const found = [
    ...(await listOpenIncidents(db)),
    ...(await listIncidentsInFull(db, NEWEST, { order: 'started' })),
  ];
  const once = [...new Map(found.map((incident) => [incident.id, incident])).values()];
  once.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime() || (a.id < b.id ? 1 : -1));
  return { incidents: once.flatMap((incident) => incidentAnswer(incident, speaker) ?? []) };
});
