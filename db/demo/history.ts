import type { App } from '#src/app.ts';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { addComponent, addComponentGroup } from '#src/domain/components/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { publishPostmortem, savePostmortem } from '#src/domain/incidents/postmortem-commands.ts';
import { relateIncidents } from '#src/domain/incidents/relation-commands.ts';
import { draftMaintenance, scheduleMaintenance } from '#src/domain/maintenances/commands.ts';
import { postMaintenanceUpdate } from '#src/domain/maintenances/timeline-commands.ts';
import { scheduleSeries } from '#src/domain/maintenances/series.ts';
import { formatLocalMoment } from '#src/text/dates.ts';
import { maintenanceWords } from '#src/words/maintenances.ts';
import * as past from './past.ts';
import * as story from './story.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Long enough for ninety whole days of history. */
const EXISTS_SINCE_DAYS = 120;

type Told = { app: App; leakedAt: Date; writer: StaffMember; publisher: StaffMember };

/** The quarter before the leak: a service with its small incidents, one of them explained, and its maintenance. */
export async function tellPast(told: Told): Promise<ReadonlyMap<string, string>> {
  const ids = await addComponents(told);
  const [first, second, third] = past.pastIncidents;
  await tellIncident(told, first, ids);
  await explain(told, await tellIncident(told, second, ids));
  await keepInRepair(told, ids);
  await tellIncident(told, third, ids);
  return ids;
}

const daysBefore = ({ leakedAt }: Told, days: number, hour = 8) =>
  new Date(leakedAt.getTime() - days * DAY_MS + hour * HOUR_MS);
const after = (at: Date, minutes: number) => new Date(at.getTime() + minutes * MINUTE_MS);
const idOf = (ids: ReadonlyMap<string, string>, name: string) => {
  const id = ids.get(name);
  if (!id) throw new Error(`The demonstration has no component called ${name}.`);
  return id;
};

/** Their ids, by name. */
async function addComponents(told: Told): Promise<ReadonlyMap<string, string>> {
  const { db } = told.app;
  const at = daysBefore(told, EXISTS_SINCE_DAYS);
  const ids = new Map<string, string>();
  for (const { group, children } of story.components) {
    const { id: groupId } = await addComponentGroup(db, operator, { name: group }, at);
    for (const name of children) ids.set(name, (await addComponent(db, operator, { name, groupId }, at)).id);
  }
  return ids;
}

async function tellIncident(
  told: Told,
  incident: (typeof past.pastIncidents)[number],
  ids: ReadonlyMap<string, string>,
): Promise<string> {
  const { db } = told.app;
  const { slug, title, impact, updates } = incident;
  const startedAt = daysBefore(told, incident.daysBefore);
  const { id: incidentId } = await openIncident(
    db,
    told.writer,
    { slug, title, nature: 'service', impact, startedAt },
    startedAt,
  );
  const componentId = idOf(ids, incident.component);
  for (const { minutes, status, body } of updates) {
    const componentStatus = status === 'resolved' ? ('operational' as const) : incident.status;
    const componentStatuses = [{ componentId, status: componentStatus }];
    await postIncidentUpdate(
      db,
      told.writer,
      { incidentId, status, body, componentStatuses },
      after(startedAt, minutes),
    );
  }
  return incidentId;
}

async function explain(told: Told, incidentId: string): Promise<void> {
  const { db, settings } = told.app;
  const { summary, whatHappened, whyItHappened, whatWeDid, whatWeChange, daysAfter } = past.postmortem;
  const at = daysBefore(told, past.pastIncidents[1].daysBefore - daysAfter);
  const { name: authorName, title: authorTitle } = story.people.owner;
  const text = { summary, whatHappened, whyItHappened, whatWeDid, whatWeChange, authorName, authorTitle };
  const { version } = await savePostmortem(
    db,
    told.writer,
    { incidentId, version: 0, text, changeSummary: '' },
    at,
  );
  await publishPostmortem(
    db,
    told.publisher,
    { incidentId, version, publicUrl: settings.publicUrl },
    after(at, 20),
  );
}

/** Done three weeks ago. */
async function keepInRepair(told: Told, ids: ReadonlyMap<string, string>): Promise<void> {
  const { app, writer } = told;
  const words = maintenanceWords(app.messages.in(story.site.language));
  const { title, description, component, minutes } = past.pastMaintenance;
  const scheduledFor = daysBefore(told, past.pastMaintenance.daysBefore, -4);
  const announcedAt = new Date(scheduledFor.getTime() - 5 * DAY_MS);
  const { id: maintenanceId } = await draftMaintenance(
    app.db,
    writer,
    {
      title,
      description,
      componentIds: [idOf(ids, component)],
      scheduledFor,
      scheduledUntil: after(scheduledFor, minutes),
      reminderMinutes: [],
    },
    announcedAt,
  );
  await scheduleMaintenance(app.db, writer, { maintenanceId }, announcedAt);
  const post = (status: 'in_progress' | 'completed', at: Date) =>
    postMaintenanceUpdate(app.db, writer, { maintenanceId, status, body: '' }, words, at);
  await post('in_progress', scheduledFor);
  await post('completed', after(scheduledFor, minutes - 9));
}

/** What is planned: one evening in four days, and every second Tuesday. */
export async function planAhead(
  { app, writer }: Told,
  ids: ReadonlyMap<string, string>,
  now: Date,
): Promise<void> {
  const midnight = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const { title, description, component } = past.comingMaintenance;
  const scheduledFor = new Date(midnight + 4 * DAY_MS + 20 * HOUR_MS);
  const { id: maintenanceId } = await draftMaintenance(
    app.db,
    writer,
    {
      title,
      description,
      componentIds: [idOf(ids, component)],
      scheduledFor,
      scheduledUntil: after(scheduledFor, 60),
      reminderMinutes: [],
    },
    now,
  );
  await scheduleMaintenance(app.db, writer, { maintenanceId }, now);
  const regular = past.regularMaintenance;
  const daysToTuesday = (9 - new Date(midnight).getUTCDay()) % 7 || 7;
  const firstAt = new Date(midnight + daysToTuesday * DAY_MS + 2 * HOUR_MS);
  await scheduleSeries(
    app.db,
    writer,
    {
      title: regular.title,
      description: regular.description,
      componentIds: [idOf(ids, regular.component)],
      rule: regular.rule,
      startsAt: formatLocalMoment(firstAt, story.site.timeZone),
      timeZone: story.site.timeZone,
      durationMinutes: regular.minutes,
      reminderMinutes: [],
    },
    now,
  );
}

/** Another misfortune on the day of the statement: said to be unrelated, and why. */
export async function tellTakeover({ app, writer }: Told, leakId: string, startedAt: Date): Promise<void> {
  const { slug, title, updates, reason } = past.takeover;
  const { id: incidentId } = await openIncident(
    app.db,
    writer,
    { slug, title, nature: 'service', impact: 'none', startedAt },
    startedAt,
  );
  for (const { minutes, status, body } of updates) {
    await postIncidentUpdate(app.db, writer, { incidentId, status, body }, after(startedAt, minutes));
  }
  const toldAt = after(startedAt, updates.at(-1)?.minutes ?? 0);
  await relateIncidents(app.db, writer, { incidentId, otherId: leakId, kind: 'unrelated', reason }, toldAt);
}
