import type { Command } from 'commander';
import { operator } from '#src/domain/actors.ts';
import { resumeBroadcast, stopBroadcast } from '#src/domain/broadcasts/commands.ts';
import { accountBroadcast, listBroadcasts } from '#src/domain/broadcasts/queries.ts';
import { total, type Account } from '#src/domain/broadcasts/rules.ts';
import { CommandRefused, type CommandContext } from './context.ts';

const figure = new Intl.NumberFormat('en');

export function registerBroadcasts(program: Command, open: () => Promise<CommandContext>): void {
  const broadcasts = program
    .command('broadcasts')
    .description('mail to many, each by a message of their own');
  broadcasts
    .command('list')
    .description('every broadcast with its state, newest first')
    .action(async () => {
      const { out, store } = await open();
      const listed = await listBroadcasts(store.db);
      if (listed.length === 0) out('There are no broadcasts. Publishing a statement drafts them.');
      for (const { id, purpose, state, title, reason } of listed) {
        out(`${id}  ${purpose.padEnd(6)}  ${state.padEnd(8)}  ${title}${reason ? ` (${reason})` : ''}`);
      }
    });
  broadcasts
    .command('stop')
    .description('stop sending now: no provider batch starts after this, what is in flight is counted')
    .argument('<id>')
    .action(async (broadcastId: string) => {
      const { now, out, store } = await open();
      await stopBroadcast(store.db, operator, { broadcastId }, now());
      out(`Stopped. "forthright broadcasts resume ${broadcastId}" goes on exactly there.`);
      for (const line of accountLines(await accountBroadcast(store.db, broadcastId))) out(line);
    });
  broadcasts
    .command('resume')
    .description('go on with a broadcast that was stopped or has halted')
    .argument('<id>')
    .action(async (broadcastId: string) => {
      const { now, out, store } = await open();
      await resumeBroadcast(store.db, operator, { broadcastId }, now());
      out('Resumed. The worker goes on where it stopped.');
    });
  broadcasts
    .command('account')
    .description('where every recipient is; exit code 1 while the account does not close')
    .argument('<id>')
    .action(async (broadcastId: string) => {
      const { out, store } = await open();
      const account = await accountBroadcast(store.db, broadcastId);
      for (const line of accountLines(account)) out(line);
      if (!account.closes)
        throw new CommandRefused('The account does not close yet: some are pending or unknown.');
    });
}

/** The balance, a line for each figure. */
export function accountLines(account: Account): string[] {
  const { audience, pending, accepted, skipped, rejected, unknown, outcomes, closes } = account;
  const line = (label: string, count: number) => `${label.padEnd(28)}${figure.format(count).padStart(12)}`;
  const reasons = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([reason, count]) => line(`  ${reason}`, count));
  return [
    line('audience', audience),
    line('accepted by the provider', accepted),
    ...Object.entries(outcomes)
      .filter(([, count]) => count > 0)
      .map(([outcome, count]) => line(`  of these ${outcome}`, count)),
    line('skipped', total(skipped)),
    ...reasons(skipped),
    line('rejected', total(rejected)),
    ...reasons(rejected),
    line('pending', pending),
    line('unknown', unknown),
    closes ? 'The account closes.' : 'The account does not close.',
  ];
}
