import type { Delivered } from '../readers/lines.ts';

/** What became of a copy, as one bit, so that what several lines say is the sum of them. */
export const FATES: Readonly<Record<Delivered, number>> = { unknown: 1, yes: 2, bounced: 4, stopped: 8 };

const LEFT_OPEN = FATES.unknown | FATES.yes;

/**
 * Of several lines, the copy was stopped if all say so, not delivered if none leaves it open, and else counts as delivered:
 * then it is the others who saw it.
 */
export function joinedFate(said: number): number {
  if (said === FATES.stopped) return FATES.stopped;
  if ((said & LEFT_OPEN) === 0) return FATES.bounced;
  return (said & FATES.yes) === 0 ? FATES.unknown : FATES.yes;
}

/** Whether this one copy did not arrive. */
export function missedItsReader(fate: number): boolean {
  return (fate & LEFT_OPEN) === 0;
}
