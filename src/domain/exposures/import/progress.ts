import type { ImportFigures } from '#db/schema/index.ts';
import type { ImportProgress } from './request.ts';

type Phase = ImportFigures['phase'];

/** What of a whole import each phase is, as measured on a list of a million: only the bar rests on it, no time does. */
const SHARES: Readonly<Record<Phase, { from: number; of: number }>> = {
  reading: { from: 0, of: 0.6 },
  counting: { from: 0.6, of: 0.1 },
  writing: { from: 0.7, of: 0.3 },
};
/** A rate is that of the last seconds. */
const WINDOW_MS = 5000;
const SAMPLE_MS = 250;
/** Before that a rate is chance. */
const RATE_AFTER_MS = 1000;
const TIME_LEFT_AFTER_MS = 3000;
const TIME_LEFT_AFTER_PART = 0.02;

/** How much of a phase was done at one moment. */
type Sample = { atMs: number; rows: number; part: number };

export type ImportMeter = {
  take(progress: ImportProgress, atMs: number): void;
  /** Undefined before the first progress. */
  figures(): ImportFigures | undefined;
};

/**
 * Makes rows, a rate and the time left of what an import says. Times are milliseconds of any clock that only goes forward.
 *
 * @param bytesTotal of all files; without it nobody knows how long reading takes.
 */
export function importMeter(bytesTotal: number | undefined): ImportMeter {
  let phase: Phase | undefined;
  let rows = 0;
  let begunAtMs = 0;
  let samples: Sample[] = [];
  let latest: Sample = { atMs: 0, rows: 0, part: 0 };
  return {
    take(progress, atMs) {
      if (progress.phase !== phase) {
        phase = progress.phase;
        begunAtMs = atMs;
        samples = [{ atMs, rows: 0, part: 0 }];
      }
      if (progress.phase === 'reading') {
        rows = progress.lines;
        latest = { atMs, rows, part: partOf(progress.bytes, bytesTotal) };
      } else {
        latest = { atMs, rows: rows * progress.part, part: progress.part };
      }
      if (atMs - (samples.at(-1)?.atMs ?? 0) >= SAMPLE_MS) samples.push(latest);
      while (samples.length > 2 && atMs - (samples[1]?.atMs ?? atMs) >= WINDOW_MS) samples.shift();
    },
    figures() {
      if (!phase) return undefined;
      const first = samples[0] ?? latest;
      const spanMs = latest.atMs - first.atMs;
      const known = phase !== 'reading' || bytesTotal !== undefined;
      const worthTime = latest.atMs - begunAtMs >= TIME_LEFT_AFTER_MS && latest.part >= TIME_LEFT_AFTER_PART;
      const partPerMs = spanMs === 0 ? 0 : (latest.part - first.part) / spanMs;
      return {
        phase,
        rows,
        rowsPerSecond:
          spanMs < RATE_AFTER_MS ? null : Math.round(((latest.rows - first.rows) / spanMs) * 1000),
        secondsLeft:
          known && worthTime && partPerMs > 0 ? Math.round((1 - latest.part) / partPerMs / 1000) : null,
        share: known ? SHARES[phase].from + SHARES[phase].of * latest.part : null,
      };
    },
  };
}

/** An upload's total holds a little more than its files: the rest of the form. */
function partOf(bytes: number, total: number | undefined): number {
  return total === undefined || total === 0 ? 0 : Math.min(1, bytes / total);
}

/** Of all phases, in their order. */
export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  reading: 'Reading the files',
  counting: 'Counting',
  writing: 'Writing the rows',
};

/** As exact as it is worth: 40 seconds, 5 minutes, 2 hours. */
export function aboutTime(seconds: number): string {
  if (seconds < 5) return 'a few seconds';
  if (seconds < 60) return `${Math.ceil(seconds / 5) * 5} seconds`.replace(/^60 seconds$/, '1 minute');
  if (seconds < 90) return '1 minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return `${hours} hours`;
}
