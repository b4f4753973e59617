import { Command, CommanderError } from 'commander';
import type { Store } from '#db/client.ts';
import { registerKeys } from '#src/cli/keys.ts';
import { localFallbacks, readSettings } from '#src/settings.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { now } from '#tests/exposures/moments.ts';

/** What a terminal would show after `forthright keys …`, and how it would end: 0, or the error's message. */
export type Typed = { out: string; err: string; end: string | number };

export function terminal(store: Store, keys: KeyStore): (...words: string[]) => Promise<Typed> {
  return async (...words) => {
    const out: string[] = [];
    const err: string[] = [];
    const context = {
      store,
      keys,
      settings: readSettings({}, localFallbacks),
      now: () => now,
      out: (line: string) => void out.push(line),
      err: (line: string) => void err.push(line),
    };
    const program = new Command('forthright');
    registerKeys(program, async () => context);
    const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];
    for (const command of every(program))
      command.exitOverride().configureOutput({ writeErr: (text) => void err.push(text) });
    const end = await program.parseAsync(['node', 'forthright', 'keys', ...words]).then(
      () => 0,
      (error: unknown) =>
        error instanceof CommanderError ? 2 : error instanceof Error ? error.message : 'failed',
    );
    return { out: out.join('\n'), err: err.join('\n'), end };
  };
}
