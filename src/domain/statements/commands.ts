import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  staff as staffTable,
  statementDrafts,
  statementRevisions,
  statements,
  type Audience,
} from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { getAudienceSource } from '../broadcasts/audience.ts';
import { draftBroadcast } from '../broadcasts/commands.ts';
import { touch, type Dependency } from '../editions.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { findListFacts } from '../exposures/queries.ts';
import { putFaqsUnderReview } from '../faqs/commands.ts';
import { refuseUnfitText } from '../published-text.ts';
import { getSite } from '../site/queries.ts';
import { canonicalHash, canonicalText } from './canonical.ts';
import { contentOf, withdrawalContentOf } from './content.ts';
import { lockedStatement, verdicts } from './draft-commands.ts';
import type { Statement } from './drafts.ts';
import { assertGateOpen, type DraftedStatement } from './gate/review.ts';
import type { PublishStatement, WithdrawStatement } from './input.ts';
import type { Revision } from './queries.ts';
import { emptyText, putsRight } from './rules.ts';

/** More than anybody writes about one incident. */
const STATEMENTS_MAX = 200;

export type Published = {
  revision: { id: string; number: number; hash: string };
  broadcasts: readonly { id: string; purpose: 'duty' | 'update' }[];
};

/**
 * Makes an approved statement public and drafts the broadcasts about it, together or not at all. Nothing is mailed. The update
 * goes to subscribers; the duty to everybody exposed, when the incident has an imported list, or to those whose answer a
 * corrected list changed.
 *
 * @throws DomainError `not_found`; `conflict` unless it is approved, its incident public and every block answered, and when the
 *   duty is about a list that is no longer in force; `forbidden` below approver.
 */
export async function publishStatement(
  db: Database,
  publisher: StaffMember,
  input: PublishStatement,
  now: Date,
): Promise<Published> {
  assertRole(publisher, 'approver');
  return db.transaction(async (tx) => {
    const statement = await lockedStatement(tx, input.statementId);
    const { drafted, approverId } = publishable(statement);
    const gate = await assertGateOpen(tx, drafted, input, now);
    const { draft, revisions } = drafted;
    const revision = await addRevision(
      tx,
      statement,
      {
        kind: revisions.length === 0 ? 'published' : 'corrected',
        text: { ...draft.text, ...(await approverOf(tx, approverId)) },
        changeSummary: revisions.length === 0 ? '' : draft.changeSummary,
        authorId: draft.authorId,
        approverId,
        publisherId: publisher.id,
      },
      now,
    );
    await tx.delete(statementDrafts).where(eq(statementDrafts.statementId, statement.id));
    if (revision.kind === 'corrected' || putsRight(statement.kind))
      await putFaqsUnderReview(tx, statement.incident.id, now);
    const details = {
      revision: revision.number,
      hash: revision.hash,
      draftVersion: draft.version,
      gate: verdicts(gate),
    };
    const entry = { subject: `statement:${statement.id}`, actor: publisher, details };
    await appendEvidence(tx, { kind: 'statement_published', ...entry }, now);
    await touch(tx, ['faqs', ...(await aboutSameIncident(tx, statement.incident.id))]);
    return { revision, broadcasts: await draftBroadcasts(tx, publisher, statement, revision, input, now) };
  });
}

/** Who said yes to it, as the statement names them. */
async function approverOf(tx: Database, staffId: string) {
  const [approver] = await tx
    .select({ approverName: staffTable.name, approverTitle: staffTable.title })
    .from(staffTable)
    .where(eq(staffTable.id, staffId));
  return approver ?? { approverName: '', approverTitle: '' };
}

/** @throws DomainError `conflict` unless this draft may become public now; `forbidden` when who approved it has written on it. */
function publishable(statement: Statement): { drafted: DraftedStatement; approverId: string } {
  const { draft, incident } = statement;
  if (!draft)
    throw new DomainError('conflict', 'There is no new text to publish. Begin a new version first.');
  if (!draft.submittedAt || !draft.approval) {
    throw new DomainError(
      'conflict',
      'This text has not been approved in this version. Submit it, and have another person approve it.',
    );
  }
  if (draft.writerIds.includes(draft.approval.approverId)) {
    throw new DomainError(
      'forbidden',
      'Who approved this text has also written on it. Somebody else has to approve it.',
    );
  }
  if (!incident.publishedAt) {
    throw new DomainError(
      'conflict',
      'The incident is not public yet. Post its first update, then publish the statement about it.',
    );
  }
  return { drafted: { ...statement, draft }, approverId: draft.approval.approverId };
}

/**
 * Takes a published statement back, with the reason in its place. Every text it had stays public among its revisions.
 *
 * @throws DomainError `not_found`; `conflict` unless it is public and not withdrawn; `forbidden` below approver.
 */
export async function withdrawStatement(
  db: Database,
  staff: StaffMember,
  input: WithdrawStatement,
  now: Date,
): Promise<Published> {
  assertRole(staff, 'approver');
  return db.transaction(async (tx) => {
    const statement = await lockedStatement(tx, input.statementId);
    const [current] = statement.revisions;
    if (!current)
      throw new DomainError(
        'conflict',
        'This statement was never published, so there is nothing to withdraw.',
      );
    if (current.kind === 'withdrawn')
      throw new DomainError('conflict', 'This statement has been withdrawn already.');
    await refuseUnfitText(tx, [input.reason], statement.incident.id);
    const { title, authorName, authorTitle } = current.text;
    // The words themselves stay with the revision that said them.
    const text = { ...emptyText, title, authorName, authorTitle };
    const people = { authorId: staff.id, approverId: staff.id, publisherId: staff.id };
    const revision = await addRevision(
      tx,
      statement,
      { kind: 'withdrawn', text, changeSummary: input.reason, ...people },
      now,
    );
    await putFaqsUnderReview(tx, statement.incident.id, now);
    const details = { revision: revision.number, hash: revision.hash, reason: input.reason };
    const entry = { subject: `statement:${statement.id}`, actor: staff, details };
    await appendEvidence(tx, { kind: 'statement_withdrawn', ...entry }, now);
    await touch(tx, ['faqs', ...(await aboutSameIncident(tx, statement.incident.id))]);
    return { revision, broadcasts: await draftBroadcasts(tx, staff, statement, revision, input, now) };
  });
}

/** Every statement about an incident: one of them may have promised what another now says. */
async function aboutSameIncident(tx: Database, incidentId: string): Promise<Dependency[]> {
  const rows = await tx
    .select({ slug: statements.slug })
    .from(statements)
    .where(eq(statements.incidentId, incidentId))
    .limit(STATEMENTS_MAX);
  return rows.map(({ slug }) => `statement:${slug}` as const);
}

type NewRevision = Pick<Revision, 'kind' | 'text' | 'changeSummary'> & {
  authorId: string;
  approverId: string;
  publisherId: string;
};

/** The next revision, chained to the one before by its hash. */
async function addRevision(
  tx: Database,
  statement: Statement,
  revision: NewRevision,
  now: Date,
): Promise<Revision> {
  const [previous] = statement.revisions;
  const chained = {
    statementId: statement.id,
    number: (previous?.number ?? 0) + 1,
    previousHash: previous?.hash ?? null,
    publishedAt: now,
    ...revision,
  };
  const { incident, language } = statement;
  const hash = canonicalHash(canonicalText({ ...chained, incidentId: incident.id, language }));
  const row = { id: newId(), hash, ...chained };
  await tx.insert(statementRevisions).values(row);
  return { ...row, promiseMissedAt: null, redaction: null };
}

function dutyAudience(
  incidentId: string,
  {
    changed,
    segment,
  }: { changed: PublishStatement['dutyToChanged']; segment: PublishStatement['dutyToSegment'] },
): Audience {
  if (segment) return { kind: 'segment', incidentId, ...segment };
  return changed ? { kind: 'changed', incidentId, ...changed } : { kind: 'exposed', incidentId };
}

type Telling = Pick<PublishStatement, 'publicUrl' | 'draftBroadcasts' | 'dutyToChanged' | 'dutyToSegment'>;

async function draftBroadcasts(
  tx: Database,
  publisher: StaffMember,
  { slug, incident }: Statement,
  revision: Revision,
  { publicUrl, draftBroadcasts: wanted = true, dutyToChanged: changed, dutyToSegment: segment }: Telling,
  now: Date,
): Promise<Published['broadcasts']> {
  if (!wanted) return [];
  const { timeZone } = await getSite(tx);
  const told = {
    text: revision.text,
    changeSummary: revision.changeSummary,
    publishedAt: now,
    permalink: `${publicUrl}/statements/${slug}/revisions/${revision.number}`,
    timeZone,
  };
  const content = revision.kind === 'withdrawn' ? withdrawalContentOf(told) : contentOf(told);
  const about = { kind: 'statement_revision', id: revision.id } as const;
  const drafts: { id: string; purpose: 'duty' | 'update' }[] = [];
  if (await findListFacts(tx, incident.id)) {
    const audience = dutyAudience(incident.id, { changed, segment });
    // What was chosen beside a count is refused when another list is in force by now.
    if (audience.kind !== 'exposed') await getAudienceSource(tx, audience);
    const { id } = await draftBroadcast(tx, publisher, { purpose: 'duty', about, content, audience }, now);
    drafts.push({ id, purpose: 'duty' });
  }
  const audience = { kind: 'subscribers', topic: 'statements' } as const;
  const { id } = await draftBroadcast(tx, publisher, { purpose: 'update', about, content, audience }, now);
  return [...drafts, { id, purpose: 'update' }];
}
