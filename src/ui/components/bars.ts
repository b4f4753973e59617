import { componentStatuses, type ComponentStatus } from '#src/domain/components/rules.ts';
import { worstIn, type Day } from '#src/domain/components/uptime.ts';

/** A bar and the gap after it, in the units of the drawing. */
const PITCH = 3;
const GAP = 1;
export const BARS_HEIGHT = 28;

export type BarKind = ComponentStatus | 'unknown';

const kinds: readonly BarKind[] = [...componentStatuses, 'unknown'];

/** Where the middle of each kind's bar lies; maintenance is a bar with another one floating above it. */
const MIDDLES: Readonly<Record<BarKind, readonly number[]>> = {
  unknown: [27],
  operational: [24],
  under_maintenance: [24, 15],
  degraded_performance: [21],
  partial_outage: [18],
  major_outage: [14],
};

/**
 * One path for each kind of day. A path is a row of horizontal lines, one for each run of days, which the style sheet makes as
 * thick as a bar is high and dashes into days: ninety of them cost the bytes of a few.
 */
export function barPaths(days: readonly Day[]): { kind: BarKind; path: string }[] {
  const runs = new Map<BarKind, string>();
  for (let from = 0; from < days.length;) {
    const kind = kindOf(days[from]);
    let until = from + 1;
    while (until < days.length && kindOf(days[until]) === kind) until += 1;
    const length = (until - from) * PITCH - GAP;
    const lines = MIDDLES[kind].map((middle) => `M${from * PITCH} ${middle}h${length}`);
    runs.set(kind, (runs.get(kind) ?? '') + lines.join(''));
    from = until;
  }
  return [...runs].map(([kind, path]) => ({ kind, path }));
}

/** One bar, for the key. */
export const keyPath = (kind: BarKind): string =>
  MIDDLES[kind].map((middle) => `M0 ${middle}h${PITCH - GAP}`).join('');

export const widthOf = (days: readonly Day[]): number => days.length * PITCH - GAP;

/** The kinds that occur, from the best to the worst. */
export function kindsIn(histories: readonly (readonly Day[])[]): BarKind[] {
  const found = new Set(histories.flatMap((days) => days.map(kindOf)));
  return kinds.filter((kind) => found.has(kind));
}

function kindOf(day: Day | undefined): BarKind {
  return (day && worstIn(day.seconds)) ?? 'unknown';
}
