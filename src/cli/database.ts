import type { Command } from 'commander';
import { SettingsError, type Settings } from '#src/settings.ts';
import { CommandRefused, startRefusal, type CommandContext } from './context.ts';

export function registerDatabase(program: Command, open: () => Promise<CommandContext>): void {
  program
    .command('migrate')
    .description('bring the database up to date (starting the server does it too)')
    .action(async () => {
      const { out, store } = await open();
      out(`The ${store.engine === 'pglite' ? 'embedded' : 'PostgreSQL'} database is up to date.`);
    });

  program
    .command('doctor')
    .description('check settings, database, keys and mail transport, and say what is wrong')
    .action(async () => {
      const refusal = startRefusal();
      const { keys, out, settings, store } = await open().catch((error: unknown) => {
        // What the command line itself cannot read: the whole list says more than its own.
        if (error instanceof SettingsError && refusal) {
          throw new CommandRefused(`${refusal.message}\nDatabase, keys and mail were not checked.`);
        }
        throw error;
      });
      await store.ping();
      keys.current('addresses');
      out(
        refusal
          ? 'settings   npm start would refuse them, as listed at the end'
          : `settings   fine; links lead to ${settings.publicUrl}`,
      );
      out(
        `database   ${store.engine === 'pglite' ? `embedded, in ${settings.dataDir}` : 'PostgreSQL'}, up to date`,
      );
      out(
        `keys       ${keys.list().length} in ${settings.keysDir}: back this folder up apart from the database`,
      );
      const chosen = !refusal?.problems.some((problem) => problem.startsWith('MAIL_TRANSPORT is missing'));
      out(`mail       ${chosen ? mailWay(settings) : 'not chosen: MAIL_TRANSPORT is not set'}`);
      if (refusal) throw refusal;
    });
}

function mailWay({ mail }: Settings): string {
  return mail.transport === 'folder'
    ? `goes to files in ${mail.outboxDir}; nobody receives it`
    : `goes out through Resend, ${mail.requestsPerSecond} requests a second at most`;
}
