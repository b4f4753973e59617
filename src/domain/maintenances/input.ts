import { z } from 'zod';
import { optionalText, requiredLine, requiredText, subjectId } from '../form-fields.ts';
import { maintenanceStates, reminderLeads, type MaintenanceStatus } from './rules.ts';

const BODY_MAX = 10_000;

/** How the form offers what most people need; `rule` is for everything else. */
export const repeats = ['never', 'daily', 'weekly', 'fortnightly', 'monthly', 'rule'] as const;
export type Repeats = (typeof repeats)[number];

export const FREQUENCIES: Readonly<Record<Exclude<Repeats, 'never' | 'rule'>, string>> = {
  daily: 'FREQ=DAILY',
  weekly: 'FREQ=WEEKLY',
  fortnightly: 'FREQ=WEEKLY;INTERVAL=2',
  monthly: 'FREQ=MONTHLY',
};

const fields = {
  title: requiredLine(140, 'Give it a title.'),
  description: requiredText(BODY_MAX, 'Say what is done, and what readers will notice of it.'),
  components: z.array(z.string().max(40)).max(500),
  /** Wall-clock times of the site's zone. */
  scheduledFor: requiredText(40, 'Say when it begins.'),
  scheduledUntil: requiredText(40, 'Say when it ends.'),
  reminders: z
    .array(z.coerce.number().refine((minutes) => reminderLeads.some((lead) => lead === minutes)))
    .max(reminderLeads.length),
};

const recurring = {
  repeats: z.enum(repeats, 'Say whether it repeats.'),
  /** Refused by its length where rules are read, with words of its own. */
  rule: z
    .string()
    .nullish()
    .transform((rule) => rule ?? ''),
  /** A day, 2027-12-31; empty: it goes on. */
  repeatsUntil: optionalText(10),
};

export const newMaintenanceForm = z.object({
  ...fields,
  ...recurring,
  as: z.enum(['draft', 'scheduled']).default('scheduled'),
});
export const editMaintenanceForm = z.object({ ...fields, maintenanceId: subjectId });
export const editSeriesForm = z.object({ ...fields, rule: recurring.rule, seriesId: subjectId });

export const maintenanceUpdateForm = z.object({
  maintenanceId: subjectId,
  status: z.enum(maintenanceStates).exclude(['draft', 'cancelled']),
  body: optionalText(BODY_MAX),
});
export const extendMaintenanceForm = z.object({
  maintenanceId: subjectId,
  scheduledUntil: requiredText(40, 'Say until when.'),
  body: optionalText(BODY_MAX),
});
export const cancelForm = z.object({
  id: subjectId,
  reason: requiredText(BODY_MAX, 'Say why: readers who have planned for it want to know.'),
});
export const subjectForm = z.object({ id: subjectId });

export type PlanMaintenance = {
  title: string;
  /** Markdown. */
  description: string;
  componentIds: readonly string[];
  scheduledFor: Date;
  scheduledUntil: Date;
  /** How long before the start subscribers are reminded. */
  reminderMinutes: readonly number[];
};
export type DraftMaintenance = PlanMaintenance & {
  /** Made from the title when absent. */
  slug?: string;
};
export type EditMaintenance = PlanMaintenance & { maintenanceId: string };

export type PlanSeries = Omit<PlanMaintenance, 'scheduledFor' | 'scheduledUntil'> & {
  /** RRULE (RFC 5545). */
  rule: string;
  /** The wall clock of the first occurrence, 2026-11-24T02:00. */
  startsAt: string;
  timeZone: string;
  durationMinutes: number;
};
export type EditSeries = PlanSeries & { seriesId: string };

export type PostMaintenanceUpdate = {
  maintenanceId: string;
  status: Exclude<MaintenanceStatus, 'cancelled'>;
  /** Markdown; empty where the state says enough. */
  body: string;
};
export type ExtendMaintenance = { maintenanceId: string; scheduledUntil: Date; body: string };
