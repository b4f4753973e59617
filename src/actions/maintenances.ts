import { defineAction } from 'astro:actions';
import { draftMaintenance, editMaintenance, scheduleMaintenance } from '#src/domain/maintenances/commands.ts';
import {
  cancelMaintenance,
  extendMaintenance,
  postMaintenanceUpdate,
} from '#src/domain/maintenances/timeline-commands.ts';
import {
  cancelForm,
  editMaintenanceForm,
  editSeriesForm,
  extendMaintenanceForm,
  FREQUENCIES,
  maintenanceUpdateForm,
  newMaintenanceForm,
  subjectForm,
  type Repeats,
} from '#src/domain/maintenances/input.ts';
import { approveReminders, approveSeriesReminders } from '#src/domain/maintenances/reminders.ts';
import { cancelSeries, editSeries, scheduleSeries } from '#src/domain/maintenances/series.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { maintenanceWords } from '#src/words/maintenances.ts';
import { asStaff, type StaffAsking } from './as-staff.ts';
import { fieldErrors, momentFrom } from './local-times.ts';

const MINUTE_MS = 60_000;

/** The words of the site and the zone that its clocks show. */
async function siteOf({ app }: StaffAsking) {
  const { timeZone, language } = await getSite(app.db);
  return { timeZone, words: maintenanceWords(app.messages.in(language)) };
}

type Planned = {
  title: string;
  description: string;
  components: string[];
  scheduledFor: string;
  scheduledUntil: string;
  reminders: number[];
};

function plannedIn(timeZone: string, { components, reminders, ...input }: Planned) {
  return {
    title: input.title,
    description: input.description,
    componentIds: components,
    reminderMinutes: reminders,
    scheduledFor: momentFrom('scheduledFor', input.scheduledFor, timeZone),
    scheduledUntil: momentFrom('scheduledUntil', input.scheduledUntil, timeZone),
  };
}

function seriesIn(timeZone: string, input: Planned, rule: string) {
  const { scheduledFor, scheduledUntil, ...plan } = plannedIn(timeZone, input);
  const durationMinutes = Math.round((scheduledUntil.getTime() - scheduledFor.getTime()) / MINUTE_MS);
  return { ...plan, rule, timeZone, durationMinutes, startsAt: input.scheduledFor.slice(0, 16) };
}

function ruleFrom(repeats: Exclude<Repeats, 'never'>, typed: string, until: string): string {
  const rule = repeats === 'rule' ? typed : FREQUENCIES[repeats];
  if (until === '') return rule;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until)) {
    throw fieldErrors({ repeatsUntil: 'This is not a day. Give one, or leave it empty.' });
  }
  return `${rule};UNTIL=${until.replaceAll('-', '')}`;
}

export const maintenances = {
  plan: defineAction({
    accept: 'form',
    input: newMaintenanceForm,
    handler: asStaff('editor', async ({ repeats, rule, repeatsUntil, as, ...input }, asking) => {
      const { app, staff, now } = asking;
      const { timeZone } = await siteOf(asking);
      if (repeats === 'never') {
        const { id } = await draftMaintenance(app.db, staff, plannedIn(timeZone, input), now);
        if (as === 'scheduled') await scheduleMaintenance(app.db, staff, { maintenanceId: id }, now);
        return { path: `/admin/maintenances/${id}?done=${as}` };
      }
      if (as === 'draft') {
        throw fieldErrors({ repeats: 'What repeats has no draft. Announce it, or choose “Once”.' });
      }
      const series = seriesIn(timeZone, input, ruleFrom(repeats, rule, repeatsUntil));
      const { id } = await scheduleSeries(app.db, staff, series, now);
      return { path: `/admin/maintenances/series/${id}?done=scheduled` };
    }),
  }),
  announce: defineAction({
    accept: 'form',
    input: subjectForm,
    handler: asStaff('editor', async ({ id }, { app, staff, now }) => {
      await scheduleMaintenance(app.db, staff, { maintenanceId: id }, now);
      return { id };
    }),
  }),
  edit: defineAction({
    accept: 'form',
    input: editMaintenanceForm,
    handler: asStaff('editor', async ({ maintenanceId, ...input }, asking) => {
      const { timeZone, words } = await siteOf(asking);
      const plan = { maintenanceId, ...plannedIn(timeZone, input) };
      await editMaintenance(asking.app.db, asking.staff, plan, words, asking.now);
      return { id: maintenanceId };
    }),
  }),
  postUpdate: defineAction({
    accept: 'form',
    input: maintenanceUpdateForm,
    handler: asStaff('editor', async (input, asking) => {
      const { words } = await siteOf(asking);
      await postMaintenanceUpdate(asking.app.db, asking.staff, input, words, asking.now);
      return { id: input.maintenanceId };
    }),
  }),
  extend: defineAction({
    accept: 'form',
    input: extendMaintenanceForm,
    handler: asStaff('editor', async ({ scheduledUntil: typed, ...input }, asking) => {
      const { timeZone, words } = await siteOf(asking);
      const scheduledUntil = momentFrom('scheduledUntil', typed, timeZone);
      await extendMaintenance(asking.app.db, asking.staff, { ...input, scheduledUntil }, words, asking.now);
      return { id: input.maintenanceId };
    }),
  }),
  cancel: defineAction({
    accept: 'form',
    input: cancelForm,
    handler: asStaff('editor', async ({ id, reason }, { app, staff, now }) => {
      await cancelMaintenance(app.db, staff, { maintenanceId: id, reason }, now);
      return { id };
    }),
  }),
  approveReminders: defineAction({
    accept: 'form',
    input: subjectForm,
    handler: asStaff('approver', async ({ id }, { app, staff, now }) => {
      await approveReminders(app.db, staff, { maintenanceId: id }, now);
      return { id };
    }),
  }),
  editSeries: defineAction({
    accept: 'form',
    input: editSeriesForm,
    handler: asStaff('editor', async ({ seriesId, rule, ...input }, asking) => {
      const { timeZone, words } = await siteOf(asking);
      const series = { seriesId, ...seriesIn(timeZone, input, rule) };
      await editSeries(asking.app.db, asking.staff, series, words, asking.now);
      return { id: seriesId };
    }),
  }),
  cancelSeries: defineAction({
    accept: 'form',
    input: cancelForm,
    handler: asStaff('editor', async ({ id, reason }, { app, staff, now }) => {
      await cancelSeries(app.db, staff, { seriesId: id, reason }, now);
      return { id };
    }),
  }),
  approveSeriesReminders: defineAction({
    accept: 'form',
    input: subjectForm,
    handler: asStaff('approver', async ({ id }, { app, staff, now }) => {
      await approveSeriesReminders(app.db, staff, { seriesId: id }, now);
      return { id };
    }),
  }),
};
