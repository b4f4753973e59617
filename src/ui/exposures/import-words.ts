import type { ImportFile } from '#db/schema/index.ts';
import { aboutTime, PHASE_WORDS } from '#src/domain/exposures/import/progress.ts';
import type { WatchedImport } from '#src/domain/exposures/import/watching/queries.ts';
import type { MarkName } from '../marks.ts';

const figure = new Intl.NumberFormat('en');

/** How the state of an import is drawn and called. */
export const importStates: Readonly<Record<WatchedImport['state'], { status: MarkName; word: string }>> = {
  receiving: { status: 'loading', word: 'Receiving' },
  working: { status: 'loading', word: 'Under way' },
  done: { status: 'done', word: 'Done' },
  refused: { status: 'block', word: 'Refused' },
  failed: { status: 'block', word: 'Failed' },
  cancelled: { status: 'cancelled', word: 'Cancelled' },
};

/** What is being done, in a few words. */
export function phaseOf({ cancelAskedAt, figures, state }: WatchedImport): string {
  if (cancelAskedAt) return 'Ending it';
  if (!figures) return state === 'receiving' ? 'Waiting for the files' : 'Beginning';
  return PHASE_WORDS[figures.phase];
}

/** "1,234,567 rows · 85,000 a second · 2 minutes left of this step"; the last two only where they are worth something. */
export function paceOf({ figures }: WatchedImport): string {
  if (!figures) return '';
  const { rows, rowsPerSecond, secondsLeft } = figures;
  return [
    rows === 1 ? '1 row' : `${figure.format(rows)} rows`,
    ...(rowsPerSecond === null ? [] : [`${figure.format(rowsPerSecond)} a second`]),
    ...(secondsLeft === null ? [] : [`about ${aboutTime(secondsLeft)} left of this step`]),
  ].join(' · ');
}

/** Whole percents of the whole; undefined while nobody can say. */
export function percentOf({ figures }: WatchedImport): number | undefined {
  return figures?.share == null ? undefined : Math.floor(figures.share * 100);
}

export function sizeOf({ bytes }: Pick<ImportFile, 'bytes'>): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
