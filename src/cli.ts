import { Command, CommanderError } from 'commander';
import { registerBroadcasts } from './cli/broadcasts.ts';
import { CommandRefused, commandContext } from './cli/context.ts';
import { registerDatabase } from './cli/database.ts';
import { registerExport } from './cli/export.ts';
import { registerExposures } from './cli/exposures.ts';
import { registerKeys } from './cli/keys.ts';
import { registerLog } from './cli/log.ts';
import { registerStaff } from './cli/staff.ts';
import { plainMessage } from './plain-errors.ts';

const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

/** Runs one command and returns its exit code: 0 done, 1 refused or failed, 2 not a command as it was typed, 130 or 143 ended by a signal. */
export async function main(argv: readonly string[]): Promise<number> {
  const context = commandContext();
  const program = new Command('forthright')
    .description('Forthright from the terminal. Everything here acts as the operator of this installation.')
    .showHelpAfterError('(add --help for what can be typed here)')
    .configureHelp({ sortSubcommands: false })
    .exitOverride();
  for (const register of [
    registerStaff,
    registerKeys,
    registerExposures,
    registerBroadcasts,
    registerLog,
    registerExport,
    registerDatabase,
  ]) {
    register(program, context.open);
  }
  for (const command of everyCommand(program))
    command.exitOverride().showHelpAfterError('(add --help for what can be typed here)');
  if (argv.length <= 2) {
    program.outputHelp({ error: true });
    return EXIT_USAGE;
  }
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  } finally {
    await context.close();
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const message = error instanceof CommandRefused ? error.message : plainMessage(error);
  process.stderr.write(
    message === undefined ? `forthright failed by a fault of its own.\n${stackOf(error)}\n` : `${message}\n`,
  );
  return error instanceof CommandRefused ? error.exitCode : EXIT_REFUSED;
}

/** Where it arose. The message is left out: it can repeat the values it was given. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(typeof error);
  const code = 'code' in error ? ` (${String(error.code)})` : '';
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return [`${error.name}${code}`, ...places].join('\n');
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)]);
}
