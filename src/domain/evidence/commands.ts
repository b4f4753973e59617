import { desc, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { evidence } from '#db/schema/index.ts';
import { actorLabel, type Actor } from '../actors.ts';
import { evidenceHash, GENESIS_HASH } from './rules.ts';

export type EvidenceKind =
  | 'keys_created'
  | 'staff_added'
  | 'staff_invited_again'
  | 'staff_set_up'
  | 'staff_role_changed'
  | 'staff_deactivated'
  | 'site_edited'
  | 'address_moved'
  | 'incident_opened'
  | 'incident_updated'
  | 'incident_discarded'
  | 'incident_backfilled'
  | 'incident_corrected'
  | 'incident_update_corrected'
  | 'incident_update_redacted'
  | 'incidents_related'
  | 'postmortem_published'
  | 'postmortem_corrected'
  | 'postmortem_redacted'
  | 'component_added'
  | 'component_edited'
  | 'component_status_set'
  | 'component_record_corrected'
  | 'component_moved'
  | 'component_retired'
  | 'component_restored'
  | 'day_recomputed'
  | 'exposures_imported'
  | 'exposures_applied'
  | 'exposures_closed'
  | 'exposures_destroyed'
  | 'exposures_emptied'
  | 'key_made'
  | 'key_rotated'
  | 'key_brought'
  | 'key_taken'
  | 'key_destroyed'
  | 'statement_drafted'
  | 'statement_submitted'
  | 'statement_approved'
  | 'gate_overridden'
  | 'statement_published'
  | 'statement_withdrawn'
  | 'statement_redacted'
  | 'promise_missed'
  | 'translation_published'
  | 'notice_published'
  | 'notice_corrected'
  | 'notice_withdrawn'
  | 'notice_redacted'
  | 'maintenance_updated'
  | 'maintenance_reminders_approved'
  | 'maintenance_reminded'
  | 'maintenance_series_scheduled'
  | 'maintenance_series_edited'
  | 'maintenance_series_extended'
  | 'maintenance_series_cancelled'
  | 'faq_published'
  | 'faq_changed'
  | 'faq_unpublished'
  | 'faq_discarded'
  | 'broadcast_drafted'
  | 'broadcast_released'
  | 'broadcast_stopped'
  | 'broadcast_resumed'
  | 'broadcast_finished'
  | 'sealed_originals_destroyed'
  | 'messages_stopped'
  | 'result_hidden'
  | 'person_erased'
  | 'support_question_answered'
  | 'support_question_refused';

export type EvidenceEntry = {
  kind: EvidenceKind;
  /** `noun:id`. */
  subject: string;
  /** The worker acts for nobody; a customer is not named. */
  actor: Actor | 'worker' | 'customer';
  /** Counts, hashes, reasons: nothing personal. */
  details?: Record<string, unknown>;
};

/** Adds one entry to the chain, in the caller's transaction. Entries are numbered without gaps. */
export async function appendEvidence(tx: Database, entry: EvidenceEntry, now: Date): Promise<void> {
  // One writer at a time: the lock is held until the caller's transaction ends.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('forthright evidence', 0))`);
  const [last] = await tx
    .select({ number: evidence.number, hash: evidence.hash })
    .from(evidence)
    .orderBy(desc(evidence.number))
    .limit(1);
  const row = {
    number: (last?.number ?? 0) + 1,
    kind: entry.kind,
    subject: entry.subject,
    actor: typeof entry.actor === 'string' ? entry.actor : actorLabel(entry.actor),
    details: entry.details ?? {},
    at: now,
    previousHash: last?.hash ?? GENESIS_HASH,
  };
  await tx.insert(evidence).values({ ...row, hash: evidenceHash(row) });
}
