import { aboutTime, importMeter } from '#src/domain/exposures/import/progress.ts';
import type { ImportProgress } from '#src/domain/exposures/import/request.ts';
import type { ImportFigures } from '#db/schema/index.ts';

/** A line of a terminal that is written over stays one line when it is this narrow. */
const COLUMNS_MAX = 79;
const SHOWN_EVERY_MS = 200;
/** Where nobody looks, in a log: a short import says nothing. */
const LOGGED_EVERY_MS = 30_000;

type Terminal = { isTTY?: boolean; columns?: number; write(text: string): unknown };

/** Says on standard error how far an import is: one line, written over; in a log a line every half minute. */
export function progressOn(
  terminal: Terminal,
  bytesTotal: number | undefined,
  clock: () => number = () => performance.now(),
): { show(progress: ImportProgress): void; clear(): void } {
  const meter = importMeter(bytesTotal);
  const everyMs = terminal.isTTY ? SHOWN_EVERY_MS : LOGGED_EVERY_MS;
  let saidAtMs = terminal.isTTY ? Number.NEGATIVE_INFINITY : clock();
  let open = false;
  return {
    show(progress) {
      const atMs = clock();
      meter.take(progress, atMs);
      const figures = meter.figures();
      if (!figures || atMs - saidAtMs < everyMs) return;
      saidAtMs = atMs;
      if (terminal.isTTY) {
        // A terminal that does not know how wide it is says 0.
        const width = Math.min(COLUMNS_MAX, (terminal.columns || COLUMNS_MAX + 1) - 1);
        terminal.write(`\r\u001b[K${progressLine(figures).slice(0, width)}`);
        open = true;
      } else terminal.write(`${progressLine(figures)}\n`);
    },
    clear() {
      if (open) terminal.write('\r\u001b[K');
      open = false;
    },
  };
}

const figure = new Intl.NumberFormat('en');

/** "reading 42 %, 1,234,567 rows, 85,000/s, 2 minutes left of this step": at most 79 characters up to a billion rows. */
export function progressLine({ phase, share, rows, rowsPerSecond, secondsLeft }: ImportFigures): string {
  return [
    share === null ? phase : `${phase} ${Math.floor(share * 100)} %`,
    `${figure.format(rows)} rows`,
    ...(rowsPerSecond === null ? [] : [`${figure.format(rowsPerSecond)}/s`]),
    ...(secondsLeft === null ? [] : [`${aboutTime(secondsLeft)} left of this step`]),
  ].join(', ');
}

/** Of all sources; undefined when one of them does not know its own. */
export function bytesOfAll(sources: readonly { size?: number | undefined }[]): number | undefined {
  let total = 0;
  for (const { size } of sources) {
    if (size === undefined) return undefined;
    total += size;
  }
  return total;
}
