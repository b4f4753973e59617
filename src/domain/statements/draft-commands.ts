import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { statementDrafts, statements } from '#db/schema/index.ts';
import { newId } from '#src/text/ids.ts';
import { slugOf } from '#src/text/slug.ts';
import { assertRole, type StaffMember } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { getIncident } from '../incidents/queries.ts';
import { getSite } from '../site/queries.ts';
import { completed } from './details.ts';
import { getStatement, nextDraftVersion } from './drafts.ts';
import { assertVersion, reviewDraft } from './gate/review.ts';
import type { CheckResult } from './gate/facts.ts';
import type { DraftStatement, DraftVersion, SaveDraft } from './input.ts';
import { emptyText } from './rules.ts';

/**
 * Starts a statement about an incident, as a draft that only staff see.
 *
 * @throws DomainError `forbidden` below editor; `not_found` without the incident; `conflict` when the slug asked for is taken.
 */
export async function draftStatement(
  db: Database,
  author: StaffMember,
  input: DraftStatement,
  now: Date,
): Promise<{ id: string; slug: string; version: number }> {
  assertRole(author, 'editor');
  return db.transaction(async (tx) => {
    await getIncident(tx, input.incidentId);
    const id = newId();
    const slug = input.slug ?? (await freeSlug(tx, input.title, id));
    const { incidentId, kind, title } = input;
    const { language } = await getSite(tx);
    const inserted = await tx
      .insert(statements)
      .values({ id, slug, incidentId, kind, language, createdAt: now })
      .onConflictDoNothing()
      .returning({ id: statements.id });
    if (inserted.length === 0) {
      throw new DomainError(
        'conflict',
        `There is already a statement called "${slug}". Open that one, or choose another name.`,
      );
    }
    const text = { ...emptyText, authorName: author.name, authorTitle: author.title, ...input.text, title };
    await tx.insert(statementDrafts).values({
      statementId: id,
      version: 1,
      text,
      authorId: author.id,
      writerIds: [author.id],
      savedAt: now,
    });
    const entry = { subject: `statement:${id}`, actor: author, details: { incidentId, kind, slug } };
    await appendEvidence(tx, { kind: 'statement_drafted', ...entry }, now);
    return { id, slug, version: 1 };
  });
}

async function freeSlug(tx: Database, title: string, id: string): Promise<string> {
  const slug = slugOf(title);
  const taken = await tx
    .select({ id: statements.id })
    .from(statements)
    .where(eq(statements.slug, slug))
    .limit(1);
  return taken.length > 0 ? `${slug}-${id.slice(0, 5)}` : slug;
}

/**
 * Starts a new version of a published or withdrawn statement, from the text that holds now. The public page does not change
 * until it is published.
 *
 * @throws DomainError `forbidden` below editor; `conflict` when nothing is published yet, or a draft is being written.
 */
export async function draftCorrection(
  db: Database,
  author: StaffMember,
  { statementId }: { statementId: string },
  now: Date,
): Promise<{ version: number }> {
  assertRole(author, 'editor');
  return db.transaction(async (tx) => {
    const statement = await lockedStatement(tx, statementId);
    const [current] = statement.revisions;
    if (!current) throw new DomainError('conflict', 'This statement is not published yet. Edit its draft.');
    if (statement.draft) {
      throw new DomainError(
        'conflict',
        'Somebody has already begun a new version of this statement. Go on with that draft.',
      );
    }
    // A withdrawal has no words of its own: a new version begins with what was withdrawn.
    const { text } = statement.revisions.find(({ kind }) => kind !== 'withdrawn') ?? current;
    const version = await nextDraftVersion(tx, statementId);
    await tx.insert(statementDrafts).values({
      statementId,
      version,
      // Whoever approves the new version says yes in their own name.
      text: { ...completed(text), approverName: '', approverTitle: '' },
      authorId: author.id,
      writerIds: [author.id],
      savedAt: now,
    });
    const entry = {
      subject: `statement:${statementId}`,
      actor: author,
      details: { corrects: current.number },
    };
    await appendEvidence(tx, { kind: 'statement_drafted', ...entry }, now);
    return { version };
  });
}

/**
 * Replaces the working text. It leaves the review: what is approved is one version and no other.
 *
 * @returns the new version, which the next save has to name.
 * @throws DomainError `forbidden` below editor; `conflict` when somebody saved since this version was opened.
 */
export async function saveDraft(
  db: Database,
  writer: StaffMember,
  input: SaveDraft,
  now: Date,
): Promise<{ version: number }> {
  assertRole(writer, 'editor');
  return db.transaction(async (tx) => {
    const { draft } = await lockedStatement(tx, input.statementId);
    if (!draft) {
      throw new DomainError(
        'conflict',
        'This draft has been published or withdrawn meanwhile. Copy your text, open the statement again and begin a new version.',
      );
    }
    if (draft.version !== input.version) {
      throw new DomainError(
        'conflict',
        `Somebody saved this draft while you were writing: it is at version ${draft.version}, and yours began at ${input.version}. Nothing of yours was saved. Copy your text, open the draft again and put your changes in.`,
      );
    }
    const version = draft.version + 1;
    await tx
      .update(statementDrafts)
      .set({
        version,
        text: input.text,
        changeSummary: input.changeSummary ?? draft.changeSummary,
        writerIds: [...new Set([...draft.writerIds, writer.id])],
        savedAt: now,
        submittedAt: null,
      })
      .where(eq(statementDrafts.statementId, input.statementId));
    if (input.deskAuthorities) {
      const deskAuthorities = [...input.deskAuthorities];
      await tx.update(statements).set({ deskAuthorities }).where(eq(statements.id, input.statementId));
    }
    return { version };
  });
}

/**
 * Puts one version before a second person, with what the gate says of it. A block is shown, not enforced yet.
 *
 * @throws DomainError `forbidden` below editor; `conflict` when the draft has changed.
 */
export async function submitStatement(
  db: Database,
  author: StaffMember,
  input: DraftVersion,
  now: Date,
): Promise<CheckResult[]> {
  assertRole(author, 'editor');
  return db.transaction(async (tx) => {
    const statement = await lockedStatement(tx, input.statementId);
    assertVersion(statement, input.version);
    await tx
      .update(statementDrafts)
      .set({ submittedAt: now })
      .where(eq(statementDrafts.statementId, statement.id));
    const results = await reviewDraft(tx, statement, input, now);
    const details = { draftVersion: input.version, gate: verdicts(results) };
    const entry = { subject: `statement:${statement.id}`, actor: author, details };
    await appendEvidence(tx, { kind: 'statement_submitted', ...entry }, now);
    return results;
  });
}

/** The statement with nobody else writing to it until the transaction ends. @throws DomainError `not_found`. */
export async function lockedStatement(tx: Database, statementId: string) {
  await tx.select({ id: statements.id }).from(statements).where(eq(statements.id, statementId)).for('update');
  return getStatement(tx, statementId);
}

/** For the evidence log: which checks did not pass. The sentences stay out, as they quote the text. */
export function verdicts(results: readonly CheckResult[]): Record<string, string> {
  return Object.fromEntries(
    results.filter(({ verdict }) => verdict !== 'pass').map(({ check, verdict }) => [check, verdict]),
  );
}
