import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApp, type App } from '#src/app.ts';
import { operator, type StaffMember } from '#src/domain/actors.ts';
import { releaseBroadcast } from '#src/domain/broadcasts/commands.ts';
import { setComponentStatus } from '#src/domain/components/commands.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { draftFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { draftNotice, publishNotice } from '#src/domain/notices/commands.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftStatement, saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { openLog } from '#src/log.ts';
import type { Settings } from '#src/settings.ts';
import { formatDay } from '#src/text/dates.ts';
import { translate } from './translating.ts';
import { planAhead, tellPast, tellTakeover } from './history.ts';
import { demoMailing } from './mailing.ts';
import { addSubscribers, enrol, named } from './people.ts';
import * as story from './story.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEED = 20191101;

export type DemonstrationPeople = {
  staff: readonly { name: string; role: string; address: string; totpSecret: string }[];
  exposed: string;
  notExposed: string;
};

type Load = { app: App; leakedAt: Date; progress: (line: string) => void };

/**
 * Tells the whole story through the commands that the desk and an operator use: a leak three days ago, a statement an hour
 * ago, two broadcasts released. The worker sends them as soon as it runs.
 */
export async function loadDemonstration(
  settings: Settings,
  progress: (line: string) => void,
): Promise<DemonstrationPeople> {
  const app = await openApp(settings, { log: openLog('silent') });
  try {
    const leakedAt = new Date(Math.floor(app.now().getTime() / DAY_MS) * DAY_MS - 3 * DAY_MS + 6 * HOUR_MS);
    const load: Load = { app, leakedAt, progress };
    const owner = await enrol(app, story.people.owner);
    const writer = await enrol(app, story.people.writer);
    const told = { app, leakedAt, writer: writer.member, publisher: owner.member };
    await editSite(app.db, operator, story.site, leakedAt);
    const components = await tellPast(told);
    progress('a quarter of history is told: incidents, maintenance, a post-mortem');
    await becomeCareful(load, components);
    await postNotice(load, writer.member, owner.member);
    progress(`${await addSubscribers(app)} subscribers have confirmed`);
    const incidentId = await tellIncident(load, writer.member);
    const counted = await importMailing(load);
    const faqIds = await publishFaqs(load, incidentId, writer.member, owner.member);
    await tellTakeover(told, incidentId, new Date(app.now().getTime() - 4 * HOUR_MS));
    await planAhead(told, components, new Date(app.now().getTime() - 2 * HOUR_MS));
    const statementId = await publishAccount(load, { incidentId, counted }, writer.member, owner.member);
    await translate(told, { statementId, faqIds });
    return {
      staff: [
        { ...named(story.people.owner), totpSecret: owner.totpSecret },
        { ...named(story.people.writer), totpSecret: writer.totpSecret },
      ],
      exposed: story.customers.exposed,
      notExposed: story.customers.notExposed,
    };
  } finally {
    await app.close();
  }
}

async function becomeCareful({ app, leakedAt }: Load, ids: ReadonlyMap<string, string>): Promise<void> {
  const { component, status } = story.careful;
  const at = new Date(leakedAt.getTime() + 4 * HOUR_MS);
  await setComponentStatus(app.db, operator, { componentId: ids.get(component) ?? '', status }, at);
}

async function postNotice(
  { app, leakedAt }: Load,
  writer: StaffMember,
  publisher: StaffMember,
): Promise<void> {
  const at = new Date(leakedAt.getTime() - 2 * DAY_MS);
  const effectiveAt = new Date(leakedAt.getTime() + 21 * DAY_MS);
  const { id } = await draftNotice(app.db, writer, { ...story.notice, effectiveAt }, at);
  const input = { noticeId: id, publicUrl: app.settings.publicUrl, draftBroadcast: false };
  await publishNotice(app.db, publisher, input, at);
}

async function tellIncident({ app, leakedAt }: Load, writer: StaffMember): Promise<string> {
  const { id: incidentId } = await openIncident(
    app.db,
    writer,
    { ...story.incident, startedAt: leakedAt },
    new Date(leakedAt.getTime() + HOUR_MS),
  );
  for (const { minutes, status, body } of story.incidentUpdates) {
    const at = new Date(leakedAt.getTime() + minutes * 60_000);
    await postIncidentUpdate(app.db, writer, { incidentId, status, body }, at);
  }
  return incidentId;
}

/** How many addresses others could see. The files lie in the data folder, to try the command line with. */
async function importMailing({ app, leakedAt, progress }: Load): Promise<number> {
  const { db, settings } = app;
  const mailing = demoMailing(SEED, leakedAt);
  const files = {
    mbox: join(settings.dataDir, 'leaked.mbox'),
    delivery: join(settings.dataDir, 'delivery.csv'),
  };
  await writeFile(files.mbox, mailing.mbox);
  await writeFile(files.delivery, mailing.delivery);
  const importedAt = new Date(leakedAt.getTime() + 20 * HOUR_MS);
  const { list, report } = await importExposures(
    app,
    operator,
    {
      sources: [{ name: 'leaked.mbox', bytes: createReadStream(files.mbox) }],
      delivery: { name: 'delivery.csv', bytes: createReadStream(files.delivery) },
      incidentSlug: story.incident.slug,
      seal: { until: new Date(importedAt.getTime() + 90 * DAY_MS) },
      dryRun: false,
    },
    importedAt,
  );
  if (!list) throw new Error('The demonstration’s mailing was not imported.');
  await applyExposureList(db, operator, list.id, new Date(importedAt.getTime() + HOUR_MS));
  await closeExposureList(db, operator, list.id, new Date(importedAt.getTime() + 2 * HOUR_MS));
  const { distinctAddresses, exposedAddresses, leakedBatches } = report;
  progress(
    `${leakedBatches} leaked messages imported: ${figure(distinctAddresses)} addresses, ${figure(exposedAddresses)} of them shown to others`,
  );
  return exposedAddresses;
}

async function publishFaqs(
  { app, leakedAt }: Load,
  incidentId: string,
  writer: StaffMember,
  publisher: StaffMember,
): Promise<string[]> {
  const at = new Date(leakedAt.getTime() + 25 * HOUR_MS);
  const ids: string[] = [];
  for (const faq of story.faqs) {
    const { id } = await draftFaq(app.db, writer, { ...faq, incidentId }, at);
    await publishFaq(app.db, publisher, { faqId: id }, at);
    ids.push(id);
  }
  return ids;
}

async function publishAccount(
  { app, leakedAt, progress }: Load,
  { incidentId, counted }: { incidentId: string; counted: number },
  writer: StaffMember,
  publisher: StaffMember,
): Promise<string> {
  const { db, keys, settings } = app;
  const { mailFrom, publicUrl } = settings;
  const now = app.now();
  const publishedAt = new Date(now.getTime() - HOUR_MS);
  const after = (minutes: number) => new Date(leakedAt.getTime() + minutes * 60_000).toISOString();
  const text = story.statementText({
    occurredAt: after(0),
    occurredUntil: after(75),
    awareAt: after(75),
    containedAt: after(1480),
    counted,
    countedAt: after(1200),
    authorityToldAt: after(1800),
    nextUpdateAt: new Date(now.getTime() + 2 * DAY_MS).toISOString(),
    day: formatDay(leakedAt, story.site.timeZone).text,
  });
  const { id: statementId, version } = await draftStatement(
    db,
    writer,
    { incidentId, kind: 'first_account', title: text.title, slug: 'what-happened' },
    publishedAt,
  );
  const saved = await saveDraft(db, writer, { statementId, version, text }, publishedAt);
  const draft = { statementId, version: saved.version, mailFrom };
  await submitStatement(db, writer, draft, publishedAt);
  await approveStatement(db, publisher, draft, publishedAt);
  const { broadcasts } = await publishStatement(
    db,
    publisher,
    { statementId, publicUrl, mailFrom },
    publishedAt,
  );
  for (const { id } of broadcasts) {
    const letterhead = { from: mailFrom, publicUrl };
    await releaseBroadcast(db, keys, writer, { broadcastId: id, letterhead }, now);
  }
  progress(`a statement is published; ${broadcasts.length} broadcasts are released`);
  return statementId;
}

function figure(number: number): string {
  return number.toLocaleString('en');
}
