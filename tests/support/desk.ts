import { randomBytes } from 'node:crypto';
import type { Database } from '#db/client.ts';
import { evidence, exposureLists, staff, type ImportReport } from '#db/schema/index.ts';
import type { Role, StaffMember } from '#src/domain/actors.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { draftStatement, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { newId } from '#src/text/ids.ts';

export const now = new Date('2019-11-04T09:00:00.000Z');
export const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
export const publicUrl = 'https://status.example';

/** Somebody of the comms team, as the session gives them. */
export async function staffMember(db: Database, role: Role, name = `An ${role}`): Promise<StaffMember> {
  const id = newId();
  await db.insert(staff).values({
    id,
    name,
    title: 'Communications',
    role,
    addressKey: randomBytes(32),
    keyVersion: 1,
    sealedAddress: randomBytes(60),
    createdAt: now,
  });
  return { id, name, title: 'Communications', role };
}

export async function desk(db: Database) {
  return {
    viewer: await staffMember(db, 'viewer'),
    editor: await staffMember(db, 'editor', 'Tom Reuter'),
    approver: await staffMember(db, 'approver', 'Ines Okafor'),
    owner: await staffMember(db, 'owner', 'Mo Owner'),
  };
}

export type Desk = Awaited<ReturnType<typeof desk>>;

/** A data incident whose first update has been posted. */
export async function publicIncident(db: Database, { editor }: Desk) {
  const incident = await openIncident(
    db,
    editor,
    { title: 'Addresses were visible', nature: 'data', impact: 'major' },
    now,
  );
  const update = {
    incidentId: incident.id,
    status: 'investigating',
    body: 'We are looking into it.',
  } as const;
  await postIncidentUpdate(db, editor, update, now);
  return incident;
}

/** A text with nothing for the gate to say about. */
export const completeText = {
  title: 'What happened to our customers’ addresses',
  summary: 'A mail showed the addresses of many customers to each other. We are sorry.',
  whatHappened: 'We wrote to everybody, and the addresses stood in the visible line.',
  whatInformation: '**Shown:** your email address.\n\n**Not shown:** your password, your balance.',
  whatWeAreDoing: '- The program is out of service.',
  whatYouCanDo: '1. Delete the mail.\n2. Turn on a second factor.',
  forMoreInformation: 'Sign in on this site.',
  occurredAt: { at: '2019-11-01T06:00:00.000Z', precision: 'exact' },
  awareAt: { at: '2019-11-01T07:15:00.000Z', precision: 'estimated' },
  containedAt: null,
  nextUpdateAt: '2019-11-08T12:00:00.000Z',
  authorName: 'Ines Okafor',
  authorTitle: 'Chief Operating Officer',
} as const;

/** A draft by the editor about a public incident. */
export async function draftedStatement(db: Database, people: Desk, text: Partial<typeof completeText> = {}) {
  const incident = await publicIncident(db, people);
  const full = { ...completeText, ...text };
  const input = { incidentId: incident.id, kind: 'first_account', title: full.title, text: full } as const;
  return { ...(await draftStatement(db, people.editor, input, now)), incident };
}

/** Submitted by the editor and approved by the approver. */
export async function approvedStatement(db: Database, people: Desk, text: Partial<typeof completeText> = {}) {
  const statement = await draftedStatement(db, people, text);
  const draft = { statementId: statement.id, version: statement.version };
  await submitStatement(db, people.editor, draft, now);
  await approveStatement(db, people.approver, draft, now);
  return statement;
}

/** An imported list with the figures of the case. */
export async function importedList(db: Database, incidentId: string, report: Partial<ImportReport> = {}) {
  const id = newId();
  await db.insert(exposureLists).values({
    id,
    incidentId,
    version: 1,
    state: 'applied',
    sourceName: 'mailing.mbox',
    keyVersion: 1,
    keyFingerprint: 'a fingerprint',
    normVersion: 'n1',
    importedAt: now,
    report: {
      lines: 20,
      leakedBatches: 18,
      stoppedBatches: 2,
      listed: 20_000,
      distinctAddresses: 18_214,
      exposedAddresses: 18_214,
      queuedNotSent: 0,
      bounced: 3,
      duplicates: 12,
      rejected: {},
      smallestBatch: 700,
      medianBatch: 1000,
      largestBatch: 1000,
      containsName: 2768,
      sealed: 0,
      ...report,
    },
  });
  return id;
}

/** The evidence log's kinds, in order. */
export async function evidenceKinds(db: Database): Promise<string[]> {
  const rows = await db.select({ kind: evidence.kind }).from(evidence).orderBy(evidence.number);
  return rows.map(({ kind }) => kind);
}
