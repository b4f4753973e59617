import { operator } from '#src/domain/actors.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { draftFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { publishPostmortem, savePostmortem } from '#src/domain/incidents/postmortem-commands.ts';
import { findPublishedIncident } from '#src/domain/incidents/queries.ts';
import { relateIncidents } from '#src/domain/incidents/relation-commands.ts';
import { draftMaintenance, scheduleMaintenance } from '#src/domain/maintenances/commands.ts';
import { scheduleSeries } from '#src/domain/maintenances/series.ts';
import { cancelMaintenance } from '#src/domain/maintenances/timeline-commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import { draftStatement, saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { redactRevision } from '#src/domain/statements/redaction.ts';
import { statementText } from './full-statement.ts';
import type { TestSite } from './site.ts';
import { correctStatement, offerSpanish, translateToSpanish } from './statement-site.ts';
import type { Story } from './story.ts';

const HOUR_MS = 3_600_000;

/** Beside the story: a page of every kind, in every state that looks different. */
export async function tellEverything(site: TestSite, story: Story): Promise<void> {
  await offerSpanish(site, story);
  const leakId = (await findPublishedIncident(site.app.db, story.incidentSlug))?.id ?? '';
  await service(site, story, leakId);
  await statements(site, story, leakId);
  await maintenances(site, story);
}

/** An outage that is over, with its post-mortem and its relation to the leak; one that is not; one added afterwards. */
async function service(site: TestSite, story: Story, leakId: string): Promise<void> {
  const { db, now, settings } = site.app;
  const { writer, owner } = { writer: story.writer.member, owner: story.owner.member };
  const begin = now().getTime();
  const ago = (hours: number) => new Date(begin - hours * HOUR_MS);
  const { id: componentId } = await addComponent(db, operator, { name: 'Orders' }, ago(300));
  const outage = { title: 'Orders were refused', nature: 'service', impact: 'major' } as const;
  const said = [
    { at: ago(200), status: 'investigating', componentStatuses: [{ componentId, status: 'major_outage' }] },
    { at: ago(198), status: 'resolved', componentStatuses: [{ componentId, status: 'operational' }] },
  ] as const;
  const updates = said.map((update) => ({ ...update, body: 'Every **second** order.' }));
  const { id } = await backfillIncident(db, writer, { ...outage, startedAt: ago(200), updates }, now());
  const text = {
    summary: 'A setting was changed by hand.',
    whatHappened: 'Orders were refused.',
    whyItHappened: 'Nobody tried the setting out.',
    whatWeDid: 'We took it back.',
    whatWeChange: '1. Settings are tried out.',
    authorName: 'Tom Reuter',
    authorTitle: 'Head of Engineering',
  };
  const { version } = await savePostmortem(
    db,
    writer,
    { incidentId: id, version: 0, text, changeSummary: '' },
    now(),
  );
  await publishPostmortem(db, owner, { incidentId: id, version, publicUrl: settings.publicUrl }, now());
  const relation = { incidentId: id, otherId: leakId, kind: 'unrelated', reason: 'Another system.' } as const;
  await relateIncidents(db, writer, relation, now());
  const slow = { title: 'Orders are slow', nature: 'service', impact: 'minor' } as const;
  const open = await openIncident(db, writer, slow, now());
  await postIncidentUpdate(
    db,
    writer,
    {
      incidentId: open.id,
      status: 'investigating',
      body: 'We look into it.',
      componentStatuses: [{ componentId, status: 'degraded_performance' }],
    },
    now(),
  );
}

/** The story's, corrected twice, its first revision redacted, its translation overtaken; one withdrawn; one in review. */
async function statements(site: TestSite, story: Story, incidentId: string): Promise<void> {
  const { db, now, settings } = site.app;
  const { mailFrom, publicUrl } = settings;
  const { writer, owner } = { writer: story.writer.member, owner: story.owner.member };
  const statementId = await correctStatement(site, story, statementText(), 'Figures were added.');
  await translateToSpanish(site, story, 'statement', statementId);
  const full = statementText();
  const sharper = { ...full, whatWeAreDoing: `${full.whatWeAreDoing}\n\nAnd we ask.` };
  await correctStatement(site, story, sharper, 'What we ask was added.');
  await redactRevision(db, owner, { statementId, number: 1, reason: 'It named somebody.' }, now());
  for (const title of ['A first word', 'A further word']) {
    const drafted = await draftStatement(db, writer, { incidentId, kind: 'further_account', title }, now());
    const text = { ...statementText(), title };
    const { version } = await saveDraft(
      db,
      writer,
      { statementId: drafted.id, version: drafted.version, text },
      now(),
    );
    await submitStatement(db, writer, { statementId: drafted.id, version, mailFrom }, now());
    if (title === 'A further word') continue;
    await approveStatement(db, owner, { statementId: drafted.id, version, mailFrom }, now());
    const published = { statementId: drafted.id, publicUrl, mailFrom, draftBroadcasts: false };
    await publishStatement(db, owner, published, now());
    const withdrawal = { statementId: drafted.id, reason: 'It was too early.', publicUrl };
    await withdrawStatement(db, owner, { ...withdrawal, draftBroadcasts: false }, now());
  }
  const answer = { category: 'About you', question: 'And my data?', answer: '**No.**', incidentId };
  const { id: faqId } = await draftFaq(db, writer, answer, now());
  await publishFaq(db, owner, { faqId }, now());
}

/** One under way, one ahead, one called off, one that repeats, one that is a draft. */
async function maintenances(site: TestSite, story: Story): Promise<void> {
  const { db, now } = site.app;
  const writer = story.writer.member;
  const plan = async (title: string, from: number) => {
    const at = (hours: number) => new Date(now().getTime() + hours * HOUR_MS);
    const description = 'We change **disks**.';
    const span = { scheduledFor: at(from), scheduledUntil: at(from + 3) };
    const input = { title, description, ...span, componentIds: [], reminderMinutes: [60] };
    return draftMaintenance(db, writer, input, now());
  };
  await plan('Perhaps', 90);
  for (const [title, from] of [
    ['New disks', -1],
    ['New cables', 30],
    ['New fans', 60],
  ] as const) {
    const { id: maintenanceId } = await plan(title, from);
    await scheduleMaintenance(db, writer, { maintenanceId }, now());
    if (title === 'New fans')
      await cancelMaintenance(db, writer, { maintenanceId, reason: 'No fans.' }, now());
  }
  const tomorrow = new Date(now().getTime() + 24 * HOUR_MS).toISOString().slice(0, 16);
  const series = { title: 'Copies', description: 'We copy.', rule: 'FREQ=WEEKLY', startsAt: tomorrow };
  const rest = { timeZone: 'UTC', durationMinutes: 60, componentIds: [], reminderMinutes: [] };
  await scheduleSeries(db, writer, { ...series, ...rest }, now());
}
