import { ImportCancelled } from '#src/domain/exposures/import/request.ts';
import { CommandRefused } from './context.ts';

/** As shells count: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof EXIT_CODES;

/**
 * Runs an import that Ctrl-C and SIGTERM cancel: it is undone before this ends. A second signal does not wait for that; what is
 * left then is swept at the next start.
 *
 * @throws CommandRefused with the exit code of the signal; whatever the work throws.
 */
export async function interruptible<Done>(work: (signal: AbortSignal) => Promise<Done>): Promise<Done> {
  const controller = new AbortController();
  let received: Signal | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    if (received) process.exit(EXIT_CODES[signal as Signal]);
    received = signal as Signal;
    controller.abort(new ImportCancelled('Cancelled. Nothing was imported.'));
  };
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (error instanceof ImportCancelled && received) {
      throw new CommandRefused(error.message, EXIT_CODES[received]);
    }
    throw error;
  } finally {
    for (const signal of Object.keys(EXIT_CODES)) process.off(signal, interrupt);
  }
}
