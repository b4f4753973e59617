import type { Repeats } from '#src/domain/maintenances/input.ts';

const DAY_MINUTES = 24 * 60;

/** "1 day before". */
export function leadWords(minutes: number): string {
  const [count, unit] = minutes % DAY_MINUTES === 0 ? [minutes / DAY_MINUTES, 'day'] : [minutes / 60, 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'} before`;
}

export const repeatWords: Readonly<Record<Repeats, string>> = {
  never: 'Once',
  daily: 'Every day',
  weekly: 'Every week, on that day',
  fortnightly: 'Every two weeks, on that day',
  monthly: 'Every month, on that date',
  rule: 'By a rule of its own',
};
