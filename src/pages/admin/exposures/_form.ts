import type { Database } from '#db/client.ts';
import { listIncidentChoices, type Incident } from '#src/domain/incidents/queries.ts';

const SEAL_DAYS = 90;
const DAY_MS = 86_400_000;

/** What the form offers: the data incidents, and the usual day for destroying sealed addresses. */
export async function importFormProps(
  db: Database,
  now: Date,
): Promise<{ incidents: Incident[]; sealUntil: string }> {
  return {
    incidents: await listIncidentChoices(db, { nature: 'data' }),
    sealUntil: new Date(now.getTime() + SEAL_DAYS * DAY_MS).toISOString().slice(0, 10),
  };
}
