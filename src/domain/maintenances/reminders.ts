import { and, eq, inArray } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import {
  components,
  maintenances,
  maintenanceSeries,
  staff,
  type BroadcastContent,
} from '#db/schema/index.ts';
import { markdownToText, renderMarkdown } from '#src/text/markdown.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { assertRole, operator, type Actor, type StaffMember } from '../actors.ts';
import { countAudience } from '../broadcasts/audience.ts';
import { draftBroadcast, releaseBroadcast } from '../broadcasts/commands.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import type { Letterhead } from '../letters/rules.ts';
import { getSite } from '../site/queries.ts';
import type { MaintenanceInFull } from './queries.ts';
import { getSeries } from './series-queries.ts';
import { dueAt } from './rules.ts';
import { lockedMaintenance } from './timeline.ts';
import type { MaintenanceWords } from './words.ts';

const audience = { kind: 'subscribers', topic: 'maintenance' } as const;

/**
 * Lets the reminders of a maintenance be sent by themselves, when their time has come: this is the release of each of them,
 * given ahead, and it ends with any change to what they would say.
 *
 * @throws DomainError `forbidden` below approver, and for whoever planned it; `conflict` when there is nothing to remind of.
 */
export async function approveReminders(
  db: Database,
  approver: StaffMember,
  input: { maintenanceId: string },
  now: Date,
): Promise<void> {
  assertRole(approver, 'approver');
  await db.transaction(async (tx) => {
    const maintenance = await lockedMaintenance(tx, input.maintenanceId);
    if (maintenance.state !== 'scheduled' || maintenance.reminderMinutes.length === 0)
      throw nothingToRemind();
    assertOther(maintenance.authorId, approver);
    await tx
      .update(maintenances)
      .set({ remindersApprovedBy: approver.id })
      .where(eq(maintenances.id, maintenance.id));
    await recordApproval(tx, approver, `maintenance:${maintenance.id}`, maintenance.reminderMinutes, now);
  });
}

/** The same for a whole series: those that are announced, and those that will be. @throws DomainError */
export async function approveSeriesReminders(
  db: Database,
  approver: StaffMember,
  input: { seriesId: string },
  now: Date,
): Promise<void> {
  assertRole(approver, 'approver');
  await db.transaction(async (tx) => {
    const series = await getSeries(tx, input.seriesId);
    if (series.cancelledAt || series.reminderMinutes.length === 0) throw nothingToRemind();
    assertOther(series.authorId, approver);
    const remindersApprovedBy = approver.id;
    await tx
      .update(maintenanceSeries)
      .set({ remindersApprovedBy })
      .where(eq(maintenanceSeries.id, series.id));
    await tx
      .update(maintenances)
      .set({ remindersApprovedBy })
      .where(and(eq(maintenances.seriesId, series.id), eq(maintenances.state, 'scheduled')));
    await recordApproval(tx, approver, `maintenance_series:${series.id}`, series.reminderMinutes, now);
  });
}

/**
 * Reminds subscribers of a locked maintenance: drafts the mail in its author's name, and releases it in the name of whoever
 * approved it ahead. Without an approval that still counts, the draft waits for a person among the broadcasts.
 */
export async function remind(
  tx: Database,
  keys: KeyStore,
  letterhead: Letterhead,
  maintenance: MaintenanceInFull,
  words: MaintenanceWords,
  now: Date,
): Promise<void> {
  const remindedAt = now;
  await tx
    .update(maintenances)
    .set({ remindedAt, dueAt: dueAt({ ...maintenance, remindedAt }) })
    .where(eq(maintenances.id, maintenance.id));
  const { people } = await countAudience(tx, audience);
  const details =
    people === 0 ? { people } : { people, ...(await mailed(tx, keys, letterhead, maintenance, words, now)) };
  const subject = `maintenance:${maintenance.id}`;
  await appendEvidence(tx, { kind: 'maintenance_reminded', subject, actor: 'worker', details }, now);
}

async function mailed(
  tx: Database,
  keys: KeyStore,
  letterhead: Letterhead,
  maintenance: MaintenanceInFull,
  words: MaintenanceWords,
  now: Date,
): Promise<Record<string, unknown>> {
  const author = await authorOf(tx, maintenance.authorId);
  const content = await contentOf(tx, maintenance, letterhead.publicUrl, words);
  const about = { kind: 'maintenance', id: maintenance.id } as const;
  const draft = { purpose: 'update', about, content, audience } as const;
  const { id: broadcastId } = await draftBroadcast(tx, author, draft, now);
  const approver = await findStaffMember(tx, maintenance.remindersApprovedBy);
  if (!approver) return { broadcastId, released: false };
  try {
    await tx.transaction((inner) =>
      releaseBroadcast(inner, keys, approver, { broadcastId, letterhead }, now),
    );
    return { broadcastId, released: true, approvedBy: approver.id };
  } catch (error) {
    // It cannot be mailed as it is, or may not any more: a person sees it among the drafts.
    if (!(error instanceof DomainError)) throw error;
    return { broadcastId, released: false, reason: error.code };
  }
}

async function contentOf(
  tx: Database,
  { title, description, slug, scheduledFor, scheduledUntil, componentIds }: MaintenanceInFull,
  publicUrl: string,
  words: MaintenanceWords,
): Promise<BroadcastContent> {
  const { timeZone } = await getSite(tx);
  const parts =
    componentIds.length === 0
      ? []
      : await tx
          .select({ name: components.name })
          .from(components)
          .where(inArray(components.id, [...componentIds]))
          .orderBy(components.position, components.id);
  return {
    title: words.reminder(title),
    summary: words.planned(
      { from: scheduledFor, until: scheduledUntil, timeZone },
      parts.map(({ name }) => name),
    ),
    html: renderMarkdown(description),
    text: markdownToText(description),
    permalink: `${publicUrl}/maintenance/${slug}`,
  };
}

/** Whoever planned it was an editor then; what they may do today decides nothing about what they have planned. */
async function authorOf(tx: Database, authorId: string | null): Promise<Actor> {
  const [row] = authorId === null ? [] : await tx.select().from(staff).where(eq(staff.id, authorId));
  return row ? { id: row.id, name: row.name, title: row.title, role: 'editor' } : operator;
}

async function findStaffMember(tx: Database, id: string | null): Promise<StaffMember | undefined> {
  if (id === null) return undefined;
  const [row] = await tx.select().from(staff).where(eq(staff.id, id));
  if (!row || row.deactivatedAt) return undefined;
  return { id: row.id, name: row.name, title: row.title, role: row.role };
}

async function recordApproval(
  tx: Database,
  actor: StaffMember,
  subject: string,
  reminderMinutes: readonly number[],
  now: Date,
): Promise<void> {
  const entry = { subject, actor, details: { reminderMinutes } };
  await appendEvidence(tx, { kind: 'maintenance_reminders_approved', ...entry }, now);
}

function assertOther(authorId: string | null, approver: StaffMember): void {
  if (authorId !== approver.id) return;
  throw new DomainError(
    'forbidden',
    'You planned this, so another person has to approve its reminders. Ask a colleague with the role approver.',
  );
}

function nothingToRemind(): DomainError {
  return new DomainError(
    'conflict',
    'No reminder of this will be sent: it is not announced, has begun, or has none. Nothing was approved.',
  );
}
