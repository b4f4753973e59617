import type { App } from '#src/app.ts';
import { addStaff } from '#src/domain/accounts/commands.ts';
import { operator, type Role, type StaffMember } from '#src/domain/actors.ts';
import { completeSetUp, newEnrolment } from '#src/domain/accounts/set-up.ts';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { addComponent, addComponentGroup } from '#src/domain/components/commands.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { draftFaq, publishFaq } from '#src/domain/faqs/commands.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { draftNotice, publishNotice } from '#src/domain/notices/commands.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftStatement, saveDraft, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import * as demo from '#db/demo/story.ts';

export type StaffWithSecrets = {
  member: StaffMember;
  address: string;
  totpSecret: string;
  sessionToken: string;
};

export type Story = {
  owner: StaffWithSecrets;
  writer: StaffWithSecrets;
  incidentSlug: string;
  statementSlug: string;
  noticeSlug: string;
  broadcasts: readonly { id: string; purpose: 'duty' | 'update' }[];
  exposed: string;
  notExposed: string;
  /** Stands in every draft and may stand nowhere in public. */
  secretDraftWord: string;
};

const HOUR_MS = 3_600_000;
const secretDraftWord = 'Zwetschgenkuchen';

/** A mailing of two leaked batches, three people each. */
const LEAKED = `address,batch,delivered,password_reset
mara.lindqvist@customers.example,1,yes,We reset your password.
one@example.org,1,yes,
two@example.org,1,bounced,
three@example.org,2,yes,
four@example.org,2,yes,
five@example.org,2,yes,
`;

/** One of everything, published, with a draft beside each: enough for every page to have something to show. */
export async function tellStory(app: App): Promise<Story> {
  const now = app.now();
  const earlier = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);
  const owner = await enrolledStaff(app, { ...demo.people.owner });
  const writer = await enrolledStaff(app, { ...demo.people.writer });
  await editSite(app.db, owner.member, demo.site, now);
  const { id: groupId } = await addComponentGroup(app.db, operator, { name: 'Trading' }, now);
  await addComponent(app.db, operator, { name: 'Trading engine', groupId }, now);
  const { id: incidentId } = await openIncident(
    app.db,
    writer.member,
    { ...demo.incident, startedAt: earlier(72) },
    earlier(72),
  );
  for (const [index, { status, body }] of demo.incidentUpdates.entries()) {
    await postIncidentUpdate(app.db, writer.member, { incidentId, status, body }, earlier(70 - index));
  }
  await openIncident(
    app.db,
    writer.member,
    { title: `${secretDraftWord} incident`, nature: 'service', impact: 'minor' },
    now,
  );
  await importList(app, LEAKED, demo.incident.slug);
  const faq = {
    category: 'About you',
    question: 'Was my address shown?',
    answer: 'Sign in to see.',
    incidentId,
  };
  const { id: faqId } = await draftFaq(app.db, writer.member, faq, now);
  await publishFaq(app.db, owner.member, { faqId }, now);
  await draftFaq(app.db, writer.member, { ...faq, question: `${secretDraftWord}?` }, now);
  const notice = { title: 'Index changes', body: 'From the next roll.', effectiveAt: earlier(-240) };
  const posted = await draftNotice(app.db, writer.member, { ...notice, slug: 'index-changes' }, now);
  const { publicUrl } = app.settings;
  await publishNotice(app.db, owner.member, { noticeId: posted.id, publicUrl, draftBroadcast: false }, now);
  await draftNotice(app.db, writer.member, { ...notice, title: `${secretDraftWord} notice` }, now);
  const broadcasts = await publishAccount(app, incidentId, writer.member, owner.member);
  return {
    owner,
    writer,
    incidentSlug: demo.incident.slug,
    statementSlug: 'what-happened',
    noticeSlug: posted.slug,
    broadcasts,
    exposed: demo.customers.exposed,
    notExposed: demo.customers.notExposed,
    secretDraftWord,
  };
}

/** Added, set up with a second factor, and signed in. */
export async function enrolledStaff(
  app: App,
  person: { name: string; title: string; role: Role; address: string },
): Promise<StaffWithSecrets> {
  const { db, keys, settings } = app;
  const now = app.now();
  const linked = { ...person, address: mailbox(person.address), publicUrl: settings.publicUrl };
  const { link } = await addStaff(db, keys, operator, linked, now);
  const token = link.slice(link.lastIndexOf('/') + 1);
  const { sealed, secret } = newEnrolment(keys, token);
  const code = totpCode(secret, new Date(now.getTime() - 30_000));
  const { staff, sessionToken } = await completeSetUp(db, keys, { token, enrolment: sealed, code }, now);
  return { member: staff, address: person.address, totpSecret: secret, sessionToken };
}

/** Imported by the operator, applied and closed. */
export async function importList(app: App, csv: string, incidentSlug: string): Promise<string> {
  const now = app.now();
  const { list } = await importExposures(
    app,
    operator,
    {
      sources: [{ name: 'leaked.csv', bytes: piecesOf(csv) }],
      incidentSlug,
      seal: { until: new Date(now.getTime() + 90 * 24 * HOUR_MS) },
      dryRun: false,
    },
    now,
  );
  if (!list) throw new Error('The list was not imported.');
  await applyExposureList(app.db, operator, list.id, now);
  await closeExposureList(app.db, operator, list.id, now);
  return list.id;
}

async function publishAccount(app: App, incidentId: string, writer: StaffMember, publisher: StaffMember) {
  const { db, settings } = app;
  const { mailFrom, publicUrl } = settings;
  const now = app.now();
  const at = (hours: number) => new Date(now.getTime() + hours * HOUR_MS).toISOString();
  const text = demo.statementText({
    occurredAt: at(-72),
    occurredUntil: at(-71),
    awareAt: at(-71),
    containedAt: at(-48),
    counted: 6,
    countedAt: at(-49),
    authorityToldAt: at(-40),
    nextUpdateAt: at(48),
    day: '1 November 2026',
  });
  const { id: statementId, version } = await draftStatement(
    db,
    writer,
    { incidentId, kind: 'first_account', title: text.title, slug: 'what-happened' },
    now,
  );
  const saved = await saveDraft(db, writer, { statementId, version, text }, now);
  const draft = { statementId, version: saved.version, mailFrom };
  await submitStatement(db, writer, draft, now);
  await approveStatement(db, publisher, draft, now);
  const { broadcasts } = await publishStatement(db, publisher, { statementId, publicUrl, mailFrom }, now);
  const secret = { incidentId, kind: 'further_account' as const, title: `${secretDraftWord} statement` };
  await draftStatement(db, writer, secret, now);
  return broadcasts;
}

export function mailbox(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.address;
}

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
