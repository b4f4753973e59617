import type { Database } from '#db/client.ts';
import type { StaffMember } from '#src/domain/actors.ts';
import { addComponent } from '#src/domain/components/commands.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { advanceMaintenances, extendSeries } from '#src/domain/maintenances/advance.ts';
import { draftMaintenance, scheduleMaintenance } from '#src/domain/maintenances/commands.ts';
import type { DraftMaintenance, PlanSeries } from '#src/domain/maintenances/input.ts';
import { openMessages } from '#src/messages/messages.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { maintenanceWords } from '#src/words/maintenances.ts';
import { later, publicUrl } from '#tests/support/desk.ts';

export const words = maintenanceWords(openMessages().in('en'));
export const letterhead = { from: 'Harbourline <status@harbourline.example>', publicUrl };

/** From one hour after the tests' clock, for two. */
export const plan = {
  title: 'New disks for the database',
  description: 'We change disks. Payments may be slow.',
  componentIds: [],
  scheduledFor: later(60),
  scheduledUntil: later(180),
  reminderMinutes: [],
} satisfies DraftMaintenance;

/** Every night at two in Madrid, from 24 November 2019. */
export const nightly = {
  title: 'Nightly copies',
  description: 'We copy everything.',
  componentIds: [],
  reminderMinutes: [],
  rule: 'FREQ=DAILY',
  startsAt: '2019-11-24T02:00',
  timeZone: 'Europe/Madrid',
  durationMinutes: 60,
} satisfies PlanSeries;

/** Announced by this editor. */
export async function announced(
  db: Database,
  editor: StaffMember,
  input: Partial<DraftMaintenance> = {},
  at: Date = later(0),
): Promise<{ id: string; slug: string }> {
  const draft = await draftMaintenance(db, editor, { ...plan, ...input }, at);
  await scheduleMaintenance(db, editor, { maintenanceId: draft.id }, at);
  return draft;
}

/** The worker's turns until nothing is due; how many there were. */
export async function workAt(db: Database, keys: KeyStore, at: Date): Promise<number> {
  for (let turns = 0; turns < 500; turns += 1) {
    const advanced = await advanceMaintenances(db, { keys, letterhead }, words, at);
    if (!advanced && !(await extendSeries(db, at))) return turns;
  }
  throw new Error('It never came to rest.');
}

export async function part(db: Database, editor: StaffMember, name: string): Promise<string> {
  return (await addComponent(db, editor, { name }, later(0))).id;
}

export async function statusOf(db: Database, componentId: string): Promise<string | undefined> {
  return (await listComponents(db)).find(({ id }) => id === componentId)?.status;
}
