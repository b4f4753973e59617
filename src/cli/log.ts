import type { Command } from 'commander';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { CommandRefused, type CommandContext } from './context.ts';

export function registerLog(program: Command, open: () => Promise<CommandContext>): void {
  const log = program.command('log').description('the evidence log: what was done, when, by whom');
  log
    .command('verify')
    .description('recompute the chain of hashes; exit code 1 if an entry was changed, removed or reordered')
    .action(async () => {
      const { out, store } = await open();
      const verdict = await verifyEvidence(store.db);
      if (!verdict.ok) {
        throw new CommandRefused(
          `The evidence log is broken: entry ${verdict.number} ${verdict.problem}. Keep this database as it is and compare it with a backup.`,
        );
      }
      out(`The evidence log is whole: ${verdict.entries} entries, ending in ${verdict.head}.`);
    });
}
