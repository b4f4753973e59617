export const maintenanceStates = [
  'draft',
  'scheduled',
  'in_progress',
  'verifying',
  'completed',
  'cancelled',
] as const;
export type MaintenanceState = (typeof maintenanceStates)[number];

/** What an update on the timeline may say. */
export type MaintenanceStatus = Exclude<MaintenanceState, 'draft'>;

export const maintenanceStateWords: Readonly<Record<MaintenanceState, string>> = {
  draft: 'Draft',
  scheduled: 'Scheduled',
  in_progress: 'In progress',
  verifying: 'Verifying',
  completed: 'Completed',
  cancelled: 'Cancelled',
};

export const activeStates = ['in_progress', 'verifying'] as const satisfies readonly MaintenanceState[];
export const endedStates = ['completed', 'cancelled'] as const satisfies readonly MaintenanceState[];

/** Every state may be said again with news; what is over stays over. */
const MOVES: Readonly<Record<MaintenanceState, readonly MaintenanceStatus[]>> = {
  draft: ['scheduled', 'cancelled'],
  scheduled: ['scheduled', 'in_progress', 'cancelled'],
  in_progress: ['in_progress', 'verifying', 'completed', 'cancelled'],
  verifying: ['verifying', 'in_progress', 'completed', 'cancelled'],
  completed: ['completed'],
  cancelled: ['cancelled'],
};

export function nextStates(from: MaintenanceState): readonly MaintenanceStatus[] {
  return MOVES[from];
}

export function canMoveTo(from: MaintenanceState, to: MaintenanceStatus): boolean {
  return MOVES[from].includes(to);
}

export function isActiveState(state: MaintenanceState): boolean {
  return (activeStates as readonly MaintenanceState[]).includes(state);
}

export function isEndedState(state: MaintenanceState): boolean {
  return (endedStates as readonly MaintenanceState[]).includes(state);
}

const MINUTE_MS = 60_000;
export const DURATION_MINUTES_MAX = 14 * 24 * 60;

/** The choices of how long before the start subscribers are reminded, in minutes. */
export const reminderLeads = [7 * 24 * 60, 24 * 60, 60] as const;

/** What is needed to say what a maintenance does next by itself. */
export type Timetable = {
  state: MaintenanceState;
  scheduledFor: Date;
  scheduledUntil: Date;
  reminderMinutes: readonly number[];
  remindedAt: Date | null;
};

/** When something next happens by itself; null when nothing will. */
export function dueAt(timetable: Timetable): Date | null {
  const { state, scheduledFor, scheduledUntil } = timetable;
  if (isActiveState(state)) return scheduledUntil;
  if (state !== 'scheduled') return null;
  return remindersAhead(timetable)[0] ?? scheduledFor;
}

/** What is due: the start and the end go before a reminder that came too late. */
export function dueStep(timetable: Timetable, now: Date): 'remind' | 'start' | 'end' | undefined {
  if (isActiveState(timetable.state)) return timetable.scheduledUntil <= now ? 'end' : undefined;
  if (timetable.state !== 'scheduled') return undefined;
  if (timetable.scheduledFor <= now) return 'start';
  const [next] = remindersAhead(timetable);
  return next && next <= now ? 'remind' : undefined;
}

/** Those not dealt with yet, the earliest first. */
function remindersAhead({ scheduledFor, reminderMinutes, remindedAt }: Timetable): Date[] {
  return reminderMinutes
    .map((minutes) => new Date(scheduledFor.getTime() - minutes * MINUTE_MS))
    .filter((at) => remindedAt === null || at > remindedAt)
    .sort((a, b) => a.getTime() - b.getTime());
}

/** In the order of `names`, which is that of the page. */
export function concernedNames(ids: readonly string[], names: ReadonlyMap<string, string>): string[] {
  return [...names].flatMap(([id, name]) => (ids.includes(id) ? [name] : []));
}
